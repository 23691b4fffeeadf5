"""A certificate authority for one venue: ``pekan tls``.

A phone gives camera and service worker only to pages of a trusted certificate, and nobody outside can certify a
laptop at 192.168.1.5. So the laptop has an authority of its own, which the phones of the volunteers install. It can
speak for nothing but names and addresses of local networks (name constraints, RFC 5280 section 4.2.1.10), so that
a phone that keeps trusting it after the festival cannot be deceived about any other site.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.core.local_network import LOCAL_NAMES, LOCAL_NETWORKS, is_local, parsed
from app.operations.trust import AUTHORITY, AUTHORITY_KEY, FOLDER, SERVER, SERVER_KEY, Trust

AUTHORITY_LIFETIME = timedelta(days=3 * 365)
# Apple refuses a server's certificate of more than 825 days, also one of an authority that was installed by hand.
SERVER_LIFETIME = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
SKEW = timedelta(days=2)  # a phone whose clock is a day behind must not find it "not yet valid"
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)


class NotLocal(ValueError):
    """A name or address that the authority may not speak for; ``args[0]`` is it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server needs to serve TLS, and what its phones need to trust it."""

    certificate: Path
    key: Path
    names: tuple[str, ...]
    trust: Trust
    renewed: bool


def local_certificate(instance: Path, names: Sequence[str], now: datetime) -> Certificate:
    """The certificate of this server for these names and addresses; made or renewed where it does not fit.

    The authority stays the same for years, so that phones install it once, whatever addresses the laptop gets.

    Raises:
        NotLocal: a name outside of local networks.
        OSError: the folder cannot be written.
    """
    wanted = _unique(names)
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    issuer, issuer_key = _authority(folder, now)
    trust = Trust(issuer.public_bytes(serialization.Encoding.DER))
    certificate, key = folder / SERVER, folder / SERVER_KEY
    fits = key.exists() and _fits(certificate, wanted, issuer, now)
    if not fits:
        wanted = tuple(dict.fromkeys([*wanted, *_names_so_far(certificate)]))
        _issue(certificate, key, wanted, issuer, issuer_key, now)
    return Certificate(certificate, key, wanted, trust, renewed=not fits)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """The names as they go into a certificate, each once; raises NotLocal."""
    found = list(dict.fromkeys(_checked(name) for name in names))
    if not found:
        raise NotLocal("")
    return tuple(found)


def _checked(name: str) -> str:
    text = name.strip().strip("[]").lower().rstrip(".")
    address = parsed(text)
    if address is None and (len(text) > 253 or not _HOST.fullmatch(text)):
        raise NotLocal(name)
    text = str(address) if address else text
    if not is_local(text):
        raise NotLocal(name)
    return text


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The authority of this folder; made anew where there is none or it is about to end."""
    try:
        found = x509.load_der_x509_certificate((folder / AUTHORITY).read_bytes())
        key = serialization.load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and now + SERVER_LIFETIME < found.not_valid_after_utc:
            return found, key
    except (FileNotFoundError, ValueError):
        pass
    return _new_authority(folder, now)


def _new_authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    # The date makes the names of two authorities different in a phone's list.
    name = _named(f"Pekan Koperasi {now.date().isoformat()}", "Pekan (local network only)")
    permitted: list[x509.GeneralName] = [x509.DNSName(n) for n in LOCAL_NAMES]
    permitted += [x509.IPAddress(ipaddress.ip_network(n)) for n in LOCAL_NETWORKS]
    made = (
        _builder(name, name, key, now, AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / AUTHORITY_KEY, _pem(key), 0o600)
    _write(folder / AUTHORITY, made.public_bytes(serialization.Encoding.DER), 0o644)
    return made, key


def _fits(path: Path, names: Sequence[str], issuer: x509.Certificate, now: datetime) -> bool:
    """Whether the certificate there is of this authority, for all these names, and good for a while."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        found.verify_directly_issued_by(issuer)
    except Exception:  # missing, cut short, or of another authority: a new one is made in either case
        return False
    covered = {str(name.value) for name in _alternatives(found)}
    return set(names) <= covered and now + RENEW_BEFORE < found.not_valid_after_utc


def _names_so_far(path: Path) -> list[str]:
    """The names, not the addresses, of the certificate there was: the laptop keeps them on another network."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        return [n for n in _alternatives(found).get_values_for_type(x509.DNSName) if is_local(n)]
    except (OSError, ValueError, x509.ExtensionNotFound):
        return []


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _issue(
    path: Path, key_path: Path, names: Sequence[str], issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey, now: datetime,
) -> None:  # fmt: skip
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _builder(_named(names[0]), issuer.subject, key, now, SERVER_LIFETIME)
        .add_extension(x509.SubjectAlternativeName(list(_general(names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    _write(key_path, _pem(key), 0o600)
    _write(path, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    """What both kinds have in common."""
    start = now.replace(microsecond=0) - SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
    )


def _general(names: Sequence[str]) -> Iterable[x509.GeneralName]:
    for name in names:
        address = parsed(name)
        yield x509.DNSName(name) if address is None else x509.IPAddress(address)


def _named(common: str, organisation: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common[:64])]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all: a laptop that is switched off meanwhile must not be left with half a key."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, mode)
        file.write(content)
        file.flush()
        os.fsync(handle)
    Path(draft).replace(path)
