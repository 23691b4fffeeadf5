"""Permissions, passwords, names, and where a sign-in may lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.rules import (
    MAX_NAME,
    MAX_PASSWORD,
    MIN_PASSWORD,
    ROLE_PERMISSIONS,
    Permission,
    Role,
    name_fault,
    name_key,
    password_fault,
    permissions_of,
)


def test_every_role_has_its_line() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_an_admin_may_everything_and_a_judge_only_judge() -> None:
    assert permissions_of(frozenset({Role.ADMIN})) == frozenset(Permission)
    assert permissions_of(frozenset({Role.JUDGE})) == frozenset({Permission.JUDGE})
    assert permissions_of(frozenset()) == frozenset()


def test_only_an_admin_manages_users() -> None:
    others = frozenset(Role) - {Role.ADMIN}
    assert Permission.MANAGE_USERS not in permissions_of(others)


def test_roles_add_up() -> None:
    both = permissions_of(frozenset({Role.GATE, Role.SUPERVISOR}))
    assert both == ROLE_PERMISSIONS[Role.GATE] | ROLE_PERMISSIONS[Role.SUPERVISOR]


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "too_short"),
        ("x" * (MIN_PASSWORD - 1), "too_short"),
        ("x" * MIN_PASSWORD, None),
        ("x" * MAX_PASSWORD, None),
        ("x" * (MAX_PASSWORD + 1), "too_long"),
        ("SITI aminah gerbang", "is_name"),
        (" siti aminah gerbang ", "is_name"),
        ("siti aminah gerbang a", None),
    ],
)
def test_passwords(password: str, fault: str | None) -> None:
    assert password_fault(password, "Siti Aminah Gerbang") == fault


@pytest.mark.parametrize("spelling", ["Siti Aminah", "siti aminah", " SITI  AMINAH ", "Ｓｉｔｉ Aminah"])
def test_spellings_of_one_name(spelling: str) -> None:
    assert name_key(spelling) == "siti aminah"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a", None),
        ("Suharto", None),
        ("n" * MAX_NAME, None),
        ("n" * (MAX_NAME + 1), "too_long"),
        ("ß" * MAX_NAME, "too_long"),  # folds to twice as many letters
        ("Siti\u202eAminah", "unprintable"),
        ("Siti\x00", "unprintable"),
    ],
)
def test_names(name: str, fault: str | None) -> None:
    assert name_fault(name) == fault


@given(st.text())
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)
