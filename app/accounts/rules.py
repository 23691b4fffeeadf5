"""Roles and the one list of permissions; what makes a password acceptable."""

from __future__ import annotations

import enum
import unicodedata
from datetime import timedelta

MIN_PASSWORD = 12  # BSSN 4/2021: passwords of 12 characters or more
MAX_PASSWORD = 256  # argon2 would hash a megabyte too, at our cost
MAX_NAME = 80
LINK_LIFETIME = timedelta(hours=24)  # of a one-time sign-in link
SESSION_LIFETIME = timedelta(hours=12)  # one long festival day, counted from the sign-in
FRESH_LINK = timedelta(minutes=15)  # so long may who came by a link set a password without the old one


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
    REISSUE_TICKETS = "reissue_tickets"
    SIGN_UP_GROUPS = "sign_up_groups"  # lists of people, links for sending them, blank tickets
    BIND_TICKETS = "bind_tickets"  # write a name to a blank ticket
    MANAGE_COOPERATIVES = "manage_cooperatives"  # directory: edit, import, merge, export
    COACH_COOPERATIVES = "coach_cooperatives"  # see the directory, keep coaching cases
    MANAGE_COMPETITIONS = "manage_competitions"  # criteria, entrants, judges, plans, results
    JUDGE = "judge"  # score sheets of one's own, where one is a judge


_P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.COMMITTEE: frozenset(Permission) - {_P.MANAGE_USERS, _P.JUDGE},
    Role.SUPERVISOR: frozenset(
        {_P.SEE_DASHBOARD, _P.PAIR_DEVICES, _P.SEE_SCANS, _P.REISSUE_TICKETS, _P.BIND_TICKETS}
    ),
    Role.GATE: frozenset({_P.SEE_DASHBOARD, _P.BIND_TICKETS}),
    Role.JUDGE: frozenset({_P.JUDGE}),
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


def name_key(name: str) -> str:
    """What two spellings of one sign-in name have in common: case, width of letters and spaces do not count."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())  # folding can take letters apart again


def name_fault(name: str) -> str | None:
    """The code of what is wrong with a sign-in name, or None: ``empty``, ``too_long``, ``unprintable``."""
    if not name_key(name):
        return "empty"
    if len(name) > MAX_NAME or len(name_key(name)) > MAX_NAME:  # ß and the like grow when folded
        return "too_long"
    return None if name.isprintable() else "unprintable"
