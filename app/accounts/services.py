"""Staff users: made, signed in, changed, shut out; and the audit log that every feature writes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts import queries
from app.accounts.models import AuditEntry, EndedSession, Role, SignInLink, User, UserRole
from app.accounts.rules import (
    LINK_LIFETIME,
    MAX_NAME,
    MAX_PASSWORD,
    MIN_PASSWORD,
    SESSION_LIFETIME,
    name_fault,
    name_key,
    password_fault,
)
from app.core.codes import random_token
from app.core.crypto import hash_token
from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.passwords import hash_password, needs_rehash, verify_password


@dataclass(frozen=True, slots=True)
class Proof:
    """That somebody knew a user's password a moment ago. ``fresh_hash`` replaces one of old parameters."""

    user_id: int
    password_hash: str = field(repr=False)
    fresh_hash: str | None = field(default=None, repr=False)


def record_audit(action: str, subject: str, user_id: int | None, now: datetime, **details: object) -> None:
    """Write down who did what; in the transaction of the deed itself.

    ``action`` is a dotted code (``activity.edited``), ``subject`` a kind and an id (``activity:12``),
    ``user_id`` None for the command line and the worker. ``details`` are JSON values: ids and codes, never
    names, telephone numbers or tokens.
    """
    db.session.add(AuditEntry(at=now, user_id=user_id, action=action, subject=subject, details=details))


def add_user(name: str, roles: Iterable[Role], now: datetime, by_id: int | None = None) -> User:
    """A new user without a password, who comes in by a one-time link.

    Raises:
        InvalidInput: a name or roles that cannot be.
        DomainError: ``name_taken``.
    """
    name = " ".join(name.split())
    if fault := name_fault(name):
        raise InvalidInput(_name_message(fault), {"name": _name_message(fault)}, code=f"name_{fault}")
    user = User(name=name, name_key=name_key(name), active=True, session_version=1, created_at=now)
    user.role_rows = [UserRole(role=role) for role in _some(roles)]
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError:
        message = _("Nama masuk ini sudah dipakai. Pilih nama lain.")
        raise DomainError("name_taken", message, fields={"name": message}) from None
    record_audit("user.added", _subject(user), by_id, now, roles=sorted(user.roles))
    return user


def ensure_user(name: str, roles: Iterable[Role], now: datetime) -> User:
    """The user of this name with these roles, made when there is none: adding twice changes nothing.

    Raises:
        InvalidInput: as ``add_user``.
        DomainError: ``name_taken`` when the user has other roles.
    """
    wanted = frozenset(roles)
    user = queries.user_by_name(name)
    return user if user is not None and user.roles == wanted else add_user(name, wanted, now)


def new_sign_in_link(user: User, now: datetime, by_id: int | None = None) -> str:
    """The token of a new one-time link (128 random bits, 24 hours); older unused ones die.

    Raises:
        DomainError: ``user_inactive``.
    """
    if not user.active:
        raise DomainError("user_inactive", _("Akun ini tidak aktif. Aktifkan dulu, lalu buat tautan."))
    _kill_links(user.id)
    token = random_token()
    db.session.add(
        SignInLink(user_id=user.id, token_hash=hash_token(token), created_at=now, expires_at=now + LINK_LIFETIME)
    )
    record_audit("user.link_made", _subject(user), by_id, now)
    return token


def use_sign_in_link(token: str, now: datetime) -> User:
    """Sign in by a one-time link; the guarded UPDATE lets exactly one of two clicks through.

    Raises:
        DomainError: ``link_dead`` (410): unknown, used, replaced, too old, or the user was shut out.
    """
    used = db.session.execute(
        sa.update(SignInLink)
        .where(
            SignInLink.token_hash == hash_token(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLink.user_id)
    ).scalar()
    user = queries.user_by_id(used) if used is not None else None
    if user is None or not user.active:
        raise link_dead()
    user.signed_in_at = now
    record_audit("user.signed_in", _subject(user), user.id, now, by="link")
    return user


def link_dead() -> DomainError:
    """The refusal for every one-time link that does not work; it never says which reason."""
    message = _("Tautan masuk ini sudah dipakai atau sudah lewat waktunya. Minta tautan baru kepada admin.")
    return DomainError("link_dead", message, status=410)


def check_password(name: str, password: str) -> Proof | None:
    """Whether name and password belong together. Slow on purpose (20 ms): call it outside a transaction.

    An unknown name, a user without a password, one who was shut out and a wrong password all take the same
    time and give the same None.
    """
    found = queries.password_by_name(name) if not name_fault(name) else None
    user_id, known = found if found and len(password) <= MAX_PASSWORD else (0, None)
    if not verify_password(known, password[:MAX_PASSWORD]) or known is None:
        return None
    return Proof(user_id, known, hash_password(password) if needs_rehash(known) else None)


def sign_in(proof: Proof, now: datetime) -> User:
    """Let in who has just proved the password, unless it was changed or the user shut out meanwhile.

    Raises:
        DomainError: ``bad_credentials`` (401).
    """
    let_in = db.session.execute(
        sa.update(User)
        .where(User.id == proof.user_id, User.active, User.password_hash == proof.password_hash)
        .values(signed_in_at=now, password_hash=proof.fresh_hash or proof.password_hash)
        .returning(User.id)
    ).scalar()
    user = queries.user_by_id(let_in) if let_in is not None else None
    if user is None:
        raise bad_credentials()
    record_audit("user.signed_in", _subject(user), user.id, now, by="password")
    return user


def note_failed_sign_in(now: datetime) -> None:
    """Write down that somebody failed to sign in. The name is not kept: people type their password there."""
    record_audit("user.sign_in_failed", "user", None, now)


def bad_credentials() -> DomainError:
    """The one refusal of a sign-in."""
    message = _("Nama masuk atau kata sandi tidak cocok. Periksa lagi, atau minta tautan masuk kepada admin.")
    return DomainError("bad_credentials", message, status=401)


def acceptable_hash(password: str, name: str) -> str:
    """The hash of a new password. Slow on purpose: call it outside a transaction.

    Raises:
        InvalidInput: the password is too short, too long or the name itself (field ``password``).
    """
    if fault := password_fault(password, name):
        message = _password_message(fault)
        raise InvalidInput(message, {"password": message}, code=f"password_{fault}")
    return hash_password(password)


def set_password(user: User, password_hash: str, now: datetime) -> User:
    """Store a hash from ``acceptable_hash`` and end all sessions; the caller renews the one at hand."""
    user.password_hash = password_hash
    user.session_version = User.session_version + 1
    _kill_links(user.id)
    record_audit("user.password_set", _subject(user), user.id, now)
    return _refreshed(user)


def set_roles(user: User, roles: Iterable[Role], now: datetime, by_id: int | None = None) -> None:
    """Give a user exactly these roles; they count from the next page on.

    Raises:
        InvalidInput: no role at all.
        DomainError: ``last_admin``.
    """
    wanted = frozenset(_some(roles))
    if wanted == user.roles:
        return
    if Role.ADMIN in user.roles - wanted:
        _keep_an_admin(user)
    kept = [row for row in user.role_rows if row.role in wanted]
    user.role_rows = kept + [UserRole(role=role) for role in wanted - user.roles]
    record_audit("user.roles_set", _subject(user), by_id, now, roles=sorted(wanted))


def deactivate(user: User, now: datetime, by_id: int | None = None) -> None:
    """Shut a user out: sessions end with the next request, unused links die.

    Raises:
        DomainError: ``own_account`` or ``last_admin``.
    """
    if user.id == by_id:
        raise DomainError("own_account", _("Anda tidak dapat menonaktifkan akun Anda sendiri."))
    if not user.active:
        return
    if Role.ADMIN in user.roles:
        _keep_an_admin(user)
    user.active = False
    user.session_version = User.session_version + 1
    _kill_links(user.id)
    record_audit("user.deactivated", _subject(user), by_id, now)
    _refreshed(user)


def activate(user: User, now: datetime, by_id: int | None = None) -> None:
    """Let a user in again, with the password of before."""
    if not user.active:
        user.active = True
        record_audit("user.activated", _subject(user), by_id, now)


def end_session(secret: str, user_id: int, now: datetime) -> None:
    """Sign one session out for good: a copy of its cookie is refused as well."""
    # A session older than its lifetime is refused anyway, so its row may go (an hour more for slow clocks).
    forgotten = now - SESSION_LIFETIME - timedelta(hours=1)
    db.session.execute(sa.delete(EndedSession).where(EndedSession.ended_at < forgotten))
    if not queries.session_ended(secret):
        db.session.add(EndedSession(session_hash=hash_token(secret), ended_at=now))
    record_audit("user.signed_out", f"user:{user_id}", user_id, now)


def _keep_an_admin(user: User) -> None:
    """Refuse when this user is the last active admin. Two who remove each other go one after the other."""
    admins = queries.lock_admins()
    _refreshed(user)
    if user.active and Role.ADMIN in user.roles and admins < 2:
        raise DomainError("last_admin", _("Harus ada paling sedikit satu admin aktif. Angkat admin lain dulu."))


def _kill_links(user_id: int) -> None:
    db.session.execute(sa.delete(SignInLink).where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None)))


def _refreshed(user: User) -> User:
    db.session.flush()
    db.session.refresh(user)
    return user


def _some(roles: Iterable[Role]) -> list[Role]:
    wanted = sorted(set(roles))
    if not wanted:
        message = _("Pilih paling sedikit satu peran.")
        raise InvalidInput(message, {"roles": message}, code="no_role")
    return wanted


def _subject(user: User) -> str:
    return f"user:{user.id}"


def _name_message(fault: str) -> str:
    if fault == "empty":
        return _("Isi nama masuk.")
    if fault == "too_long":
        return _("Nama masuk paling banyak %(count)s huruf.", count=MAX_NAME)
    return _("Nama masuk memuat tanda yang tidak terlihat. Ketik ulang.")


def _password_message(fault: str) -> str:
    if fault == "too_short":
        return _("Kata sandi paling sedikit %(count)s huruf atau angka.", count=MIN_PASSWORD)
    if fault == "too_long":
        return _("Kata sandi paling banyak %(count)s huruf atau angka.", count=MAX_PASSWORD)
    return _("Kata sandi tidak boleh sama dengan nama masuk.")
