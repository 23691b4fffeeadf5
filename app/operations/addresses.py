"""Under which names and addresses the machines of its network reach this one; asks nobody outside."""

from __future__ import annotations

import fcntl
import ipaddress
import re
import socket
import struct

from app.core.local_network import is_local

_SIOCGIFADDR = 0x8915  # linux/sockios.h: the IPv4 address of an interface
_VIRTUAL = ("docker", "br-", "veth", "virbr", "lxc", "podman")  # bridges inside this machine: no phone is behind


def addresses() -> list[str]:
    """The private IPv4 addresses of this machine, that of the way out first; no loopback."""
    found = [address for name in _interfaces() if (address := _address_of(name))]
    local = [a for a in found if is_local(a) and not ipaddress.ip_address(a).is_loopback]
    way_out = _way_out()
    return sorted(dict.fromkeys(local), key=lambda address: address != way_out)


def names() -> list[str]:
    """``laptop.local``, under which machines with multicast DNS find this one, and ``localhost``."""
    host = socket.gethostname().partition(".")[0].lower()
    mine = [f"{host}.local"] if re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", host) else []
    return [*mine, "localhost"]


def everything() -> list[str]:
    """All of it, the most useful first, as a certificate should cover it."""
    return [*addresses(), *names(), "127.0.0.1", "::1"]


def _interfaces() -> list[str]:
    return [name for _index, name in socket.if_nameindex() if not name.startswith(_VIRTUAL)]


def _address_of(interface: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            answer = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
        except OSError:  # it has none
            return None
    return socket.inet_ntoa(answer[20:24])


def _way_out() -> str | None:
    """The address that packets to elsewhere would carry; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737
        except OSError:
            return None
        return str(probe.getsockname()[0])
