"""Reads of staff users and their sessions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app.accounts.models import EndedSession, Role, SignInLink, User, UserRole
from app.accounts.rules import name_key
from app.core.crypto import hash_token
from app.core.db import db

PAGE = 50


def user_for_session(session_id: str) -> User | None:
    """The active user of ``<id>:<session version>``; None for any other text, or when the version moved on."""
    user_id, _colon, version = session_id.partition(":")
    if not (user_id.isascii() and user_id.isdigit() and len(user_id) < 10):
        return None
    user = db.session.get(User, int(user_id))
    return user if user is not None and user.active and user.get_id() == f"{user_id}:{version}" else None


def session_ended(secret: str) -> bool:
    """Whether the session with this secret was signed out."""
    found = sa.exists().where(EndedSession.session_hash == hash_token(secret))
    return bool(db.session.scalar(sa.select(found)))


def user_by_name(name: str) -> User | None:
    """The user whose sign-in name this is, by its key."""
    return db.session.scalar(sa.select(User).where(User.name_key == name_key(name)))


def password_by_name(name: str) -> tuple[int, str] | None:
    """Id and password hash of the active user with this sign-in name, where there is a password.

    One statement whether there is one or not: a user is not told from nobody by the time it takes.
    """
    known = sa.select(User.id, User.password_hash).where(
        User.name_key == name_key(name), User.active, User.password_hash.is_not(None)
    )
    row = db.session.execute(known).one_or_none()
    return None if row is None else (row.id, row.password_hash)


def user_by_id(user_id: int) -> User | None:
    """The user with this id."""
    return db.session.get(User, user_id)


def users_page(page: int) -> tuple[list[User], int]:
    """One page of users by name (from 1), and how many there are in all."""
    total = db.session.scalar(sa.select(sa.func.count()).select_from(User)) or 0
    rows = sa.select(User).order_by(User.active.desc(), User.name_key).limit(PAGE).offset(PAGE * (page - 1))
    return list(db.session.scalars(rows)), total


def link_owner(token: str, now: datetime) -> User | None:
    """Whose one-time link this is, while it can still be used; for the page that asks before using it."""
    return db.session.scalar(
        sa.select(User)
        .join(SignInLink)
        .where(
            SignInLink.token_hash == hash_token(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
            User.active,
        )
    )


def lock_admins() -> int:
    """Lock the active admins in id order and count them.

    Counting is a statement of its own: at READ COMMITTED it sees what the one we waited for has done.
    """
    admins = (User.active, UserRole.role == Role.ADMIN)
    ids = sa.select(User.id).join(UserRole).where(*admins).order_by(User.id)
    db.session.execute(ids.with_for_update(of=User)).all()
    return db.session.scalar(sa.select(sa.func.count()).select_from(User).join(UserRole).where(*admins)) or 0
