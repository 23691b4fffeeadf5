"""Roles and the one list of permissions; what makes a password acceptable."""

from __future__ import annotations

import enum

MIN_PASSWORD = 12  # BSSN 4/2021: passwords of 12 characters or more
MAX_PASSWORD = 256  # argon2 would hash a megabyte too, at our cost


class Role(enum.StrEnum):
    """What a staff user is here for."""

    ADMIN = "admin"
    COMMITTEE = "committee"
    SUPERVISOR = "supervisor"
    GATE = "gate"
    JUDGE = "judge"


class Permission(enum.StrEnum):
    """One line for each thing that not everybody may do."""

    SEE_DASHBOARD = "see_dashboard"
    EDIT_PROGRAMME = "edit_programme"
    SEE_REGISTRATIONS = "see_registrations"
    SEND_MESSAGES = "send_messages"
    MANAGE_POINTS = "manage_points"
    PAIR_DEVICES = "pair_devices"
    SEE_SCANS = "see_scans"
    MANAGE_USERS = "manage_users"


_P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.COMMITTEE: frozenset(Permission) - {_P.MANAGE_USERS},
    Role.SUPERVISOR: frozenset({_P.SEE_DASHBOARD, _P.PAIR_DEVICES, _P.SEE_SCANS}),
    Role.GATE: frozenset({_P.SEE_DASHBOARD}),
    Role.JUDGE: frozenset(),
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that any of the roles allows."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def password_fault(password: str, name: str) -> str | None:
    """The code of what is wrong with a new password, or None: ``too_short``, ``too_long``, ``is_name``."""
    if len(password) < MIN_PASSWORD:
        return "too_short"
    if len(password) > MAX_PASSWORD:
        return "too_long"
    if password.casefold().strip() == name.casefold().strip():
        return "is_name"
    return None
