"""Names and addresses that exist only inside a building."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LOCAL_NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "100.64.0.0/10",
    "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
LOCAL_NAMES = ("local", "lan", "internal", "home.arpa", "localhost")


def parsed(text: str) -> Address | None:
    """The address that a text is, or None for a name."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_local(name: str) -> bool:
    """Whether a name or an address belongs to networks without a way in from outside."""
    address = parsed(name)
    if address is None:
        return any(name == ending or name.endswith(f".{ending}") for ending in LOCAL_NAMES)
    networks = [ipaddress.ip_network(n) for n in LOCAL_NETWORKS]
    return any(address.version == n.version and address in n for n in networks)
