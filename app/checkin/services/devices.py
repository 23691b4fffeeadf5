"""A phone becomes a device of a point by a one-time code, and can be cut off. Secrets are stored hashed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.checkin import queries
from app.checkin.models import CheckinPoint, Device, PairingCode
from app.core.codes import new_typed_code, normalise_typed_code, random_token
from app.core.crypto import hash_token
from app.core.db import db
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.i18n import gettext as _

PAIRING_LIFETIME = timedelta(minutes=10)
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Paired:
    """A new device. ``token`` is told this once; only its hash is kept."""

    device_id: int
    device_name: str
    point_slug: str
    point_name: str
    token: str = field(repr=False)


def create_pairing(point: CheckinPoint, user_id: int | None, now: datetime) -> str:
    """A one-time code for a phone, 10 typed characters (45 random bits), good for ten minutes.

    That is short for a secret, but it is guarded by a limit of ten attempts a minute an address, and it dies
    with its first use. Codes of this point that nobody can use any more are removed.
    """
    code = new_typed_code()
    db.session.execute(
        sa.delete(PairingCode).where(
            PairingCode.point_id == point.id, PairingCode.expires_at < now - timedelta(days=1)
        )
    )
    db.session.add(
        PairingCode(
            point_id=point.id, code_hash=hash_token(code), created_by_id=user_id, created_at=now,
            expires_at=now + PAIRING_LIFETIME,
        )
    )  # fmt: skip
    record_audit("pairing.created", f"point:{point.id}", user_id, now)
    return code


def pair(code: str, name: str, now: datetime) -> Paired:
    """Turn a phone into a device; the guarded UPDATE lets exactly one of two phones through.

    Raises:
        InvalidInput: a name that is empty or too long.
        DomainError: ``pairing_used`` (409), ``pairing_expired`` (410).
        NotFound: ``pairing_unknown`` (404).
    """
    name = _clean_name(name)
    typed = normalise_typed_code(code[:200])
    if typed is None:
        raise _unknown()
    used = db.session.execute(
        sa.update(PairingCode)
        .where(
            PairingCode.code_hash == hash_token(typed), PairingCode.used_at.is_(None), PairingCode.expires_at > now
        )
        .values(used_at=now)
        .returning(PairingCode.point_id, PairingCode.created_by_id)
    ).one_or_none()
    if used is None:
        raise _why_not(typed)
    point = db.session.get_one(CheckinPoint, used.point_id)
    return _new_device(point, name, used.created_by_id, now)


def pair_directly(point: CheckinPoint, name: str, now: datetime) -> Paired:
    """A device without a pairing code: for scripts on the server's own command line."""
    return _new_device(point, _clean_name(name), None, now)


def revoke(device: Device, user_id: int | None, now: datetime) -> bool:
    """Cut a device off; False when it was already. Its later scans are stored and let nobody in."""
    done = db.session.execute(
        sa.update(Device)
        .where(Device.id == device.id, Device.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(Device.id)
    ).scalar()
    if done is None:
        return False
    record_audit("device.revoked", f"device:{device.id}", user_id, now, point=device.point_id)
    return True


def _new_device(point: CheckinPoint, name: str, user_id: int | None, now: datetime) -> Paired:
    token = random_token()
    device = Device(
        festival_id=point.festival_id, point_id=point.id, name=name, token_hash=hash_token(token), paired_at=now
    )
    db.session.add(device)
    db.session.flush()
    record_audit("device.paired", f"device:{device.id}", user_id, now, point=point.id)
    return Paired(device.id, name, point.slug, point.name, token)


def _clean_name(name: str) -> str:
    # Unprintable characters go: direction marks would turn the committee's table around, NUL has no place in it.
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in name[:1000]).split())
    if not cleaned:
        message = _("Isi nama HP atau nama petugas.")
        raise InvalidInput(message, {"name": message})
    if len(cleaned) > LONGEST_NAME:
        message = _("Nama paling banyak %(count)s huruf.", count=LONGEST_NAME)
        raise InvalidInput(message, {"name": message})
    return cleaned


def _why_not(typed: str) -> DomainError:
    found = queries.pairing_by_hash(hash_token(typed))
    if found is None:
        return _unknown()
    if found.used_at is not None:
        return DomainError("pairing_used", _("Kode ini sudah dipakai HP lain. Minta panitia membuat kode baru."))
    return DomainError(
        "pairing_expired", _("Kode ini sudah lewat sepuluh menit. Minta panitia membuat kode baru."), status=410
    )


def _unknown() -> NotFound:
    return NotFound(
        _("Kode ini tidak dikenal. Periksa lagi, atau minta panitia membuat kode baru."), code="pairing_unknown"
    )
