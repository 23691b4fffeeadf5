"""Staff users: made, signed in, changed, shut out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import current_app

from app.accounts import queries, services
from app.accounts.models import AuditEntry, EndedSession, Role, SignInLink, User
from app.accounts.rules import LINK_LIFETIME, MAX_PASSWORD
from app.core import clock, passwords
from app.core.crypto import hash_token
from app.core.db import db, in_transaction, transaction
from app.core.errors import DomainError, InvalidInput
from tests import factories

PASSWORD = "kuda lumping menari pagi"
NOW = clock.now().replace(microsecond=0)
pytestmark = pytest.mark.usefixtures("ctx")


def with_password(user: User, password: str = PASSWORD) -> User:
    hashed = services.acceptable_hash(password, user.name)
    with transaction():
        return services.set_password(queries.user_by_id(user.id), hashed, NOW)


def link_for(user: User) -> str:
    with transaction():
        return services.new_sign_in_link(queries.user_by_id(user.id), NOW)


def actions() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def refused(code: str, work: object) -> DomainError:
    with pytest.raises(DomainError) as caught, transaction():
        work()  # type: ignore[operator]
    assert caught.value.code == code
    return caught.value


# --- adding


def test_a_new_user_has_roles_and_no_password() -> None:
    with transaction():
        services.add_user("  Siti   Aminah ", [Role.GATE, Role.JUDGE], NOW)
    user = queries.user_by_name("SITI aminah")
    assert user is not None
    assert (user.name, user.roles, user.password_hash) == ("Siti Aminah", {Role.GATE, Role.JUDGE}, None)
    assert actions() == ["user.added"]


def test_a_name_is_taken_whatever_its_capitals() -> None:
    factories.user("Budi")
    refused("name_taken", lambda: services.add_user("bUDI", [Role.GATE], NOW))


@pytest.mark.parametrize(("name", "code"), [("", "name_empty"), ("x" * 81, "name_too_long")])
def test_a_name_that_cannot_be(name: str, code: str) -> None:
    refused(code, lambda: services.add_user(name, [Role.GATE], NOW))


def test_a_user_without_a_role_makes_no_sense() -> None:
    refused("no_role", lambda: services.add_user("Budi", [], NOW))


def test_adding_twice_gives_the_same_user() -> None:
    with transaction():
        first = services.ensure_user("panitia", [Role.ADMIN], NOW).id
    with transaction():
        assert services.ensure_user("Panitia", [Role.ADMIN], NOW).id == first
    refused("name_taken", lambda: services.ensure_user("panitia", [Role.GATE], NOW))


# --- one-time links


def test_a_link_works_once() -> None:
    user = factories.user()
    token = link_for(user)
    with transaction():
        assert services.use_sign_in_link(token, NOW).id == user.id
    assert refused("link_dead", lambda: services.use_sign_in_link(token, NOW)).status == 410


def test_only_the_hash_of_a_token_is_kept() -> None:
    token = link_for(factories.user())
    assert len(token) == 22
    assert db.session.scalar(sa.select(SignInLink.token_hash)) == hash_token(token)


@pytest.mark.parametrize(("age", "works"), [(LINK_LIFETIME - timedelta(seconds=1), True), (LINK_LIFETIME, False)])
def test_a_link_lives_a_day(age: timedelta, works: bool) -> None:
    token = link_for(factories.user())
    assert (queries.link_owner(token, NOW + age) is not None) == works
    if works:
        with transaction():
            services.use_sign_in_link(token, NOW + age)
    else:
        refused("link_dead", lambda: services.use_sign_in_link(token, NOW + age))


def test_a_newer_link_kills_the_older_one() -> None:
    user = factories.user()
    old, new = link_for(user), link_for(user)
    refused("link_dead", lambda: services.use_sign_in_link(old, NOW))
    with transaction():
        services.use_sign_in_link(new, NOW)


def test_two_clicks_at_once_sign_in_once() -> None:
    token = link_for(factories.user())
    app, answers, start = current_app._get_current_object(), [], threading.Barrier(4)  # type: ignore[attr-defined]

    def click() -> None:
        with app.app_context():
            start.wait()
            try:
                in_transaction(lambda: services.use_sign_in_link(token, NOW))
                answers.append("in")
            except DomainError as refusal:
                answers.append(refusal.code)

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["in", "link_dead", "link_dead", "link_dead"]


def test_no_link_for_who_was_shut_out() -> None:
    user = factories.user()
    token = link_for(user)
    with transaction():
        services.deactivate(queries.user_by_id(user.id), NOW)
    refused("link_dead", lambda: services.use_sign_in_link(token, NOW))
    refused("user_inactive", lambda: services.new_sign_in_link(queries.user_by_id(user.id), NOW))


# --- passwords


def test_the_right_password_signs_in() -> None:
    user = with_password(factories.user("Siti"))
    proof = services.check_password(" SITI ", PASSWORD)
    assert proof is not None
    with transaction():
        assert services.sign_in(proof, NOW).id == user.id
    assert queries.user_by_id(user.id).signed_in_at == NOW  # type: ignore[union-attr]
    assert actions()[-1] == "user.signed_in"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Siti", "salah salah salah"),
        ("nobody", PASSWORD),
        ("Baru", PASSWORD),
        ("Keluar", PASSWORD),
        ("", ""),
        ("Siti", ""),
    ],
)
def test_anything_else_does_not(name: str, password: str) -> None:
    with_password(factories.user("Siti"))
    factories.user("Baru")  # no password yet
    gone = with_password(factories.user("Keluar"))
    with transaction():
        services.deactivate(queries.user_by_id(gone.id), NOW)
    assert services.check_password(name, password) is None


def test_an_unknown_name_costs_one_hash_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with_password(factories.user("Siti"))
    checked = []

    class Counting(PasswordHasher):
        def verify(self, *arguments: object) -> bool:  # type: ignore[override]
            checked.append(arguments)
            return super().verify(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=2, memory_cost=19 * 1024, parallelism=1))
    for name in ("Siti", "nobody", "", "x" * 500):
        checked.clear()
        assert services.check_password(name, "salah salah salah") is None
        assert len(checked) == 1


def test_a_longer_text_than_any_password_is_not_cut_to_fit() -> None:
    longest = "p" * MAX_PASSWORD
    with_password(factories.user("Siti"), longest)
    assert services.check_password("Siti", longest) is not None
    assert services.check_password("Siti", longest + "p") is None


def test_one_keyboard_composes_accents_another_does_not() -> None:
    with_password(factories.user("Siti"), "kafé kafé kafé")
    assert services.check_password("Siti", "kafe\u0301 kafe\u0301 kafe\u0301") is not None


def test_a_hash_of_old_parameters_is_renewed() -> None:
    user = factories.user("Siti")
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with transaction():
        services.set_password(queries.user_by_id(user.id), old, NOW)
    proof = services.check_password("Siti", PASSWORD)
    assert proof is not None
    with transaction():
        services.sign_in(proof, NOW)
    stored = queries.user_by_id(user.id).password_hash  # type: ignore[union-attr]
    assert stored != old
    assert not passwords.needs_rehash(str(stored))
    assert services.check_password("Siti", PASSWORD) is not None


def test_a_password_changed_meanwhile_wins() -> None:
    user = with_password(factories.user("Siti"))
    proof = services.check_password("Siti", PASSWORD)
    with_password(user, "kata sandi yang lain")
    assert refused("bad_credentials", lambda: services.sign_in(proof, NOW)).status == 401  # type: ignore[arg-type]


def test_a_weak_password_is_refused_at_its_field() -> None:
    with pytest.raises(InvalidInput) as caught:
        services.acceptable_hash("pendek", "Siti")
    assert caught.value.code == "password_too_short"
    assert "12" in caught.value.fields["password"]


def test_a_new_password_ends_every_session_and_link() -> None:
    user = factories.user("Siti")
    before, token = user.get_id(), link_for(user)
    assert queries.user_for_session(before) is not None
    with_password(user)
    assert queries.user_for_session(before) is None
    assert queries.link_owner(token, NOW) is None


# --- roles and shutting out


def test_roles_are_replaced() -> None:
    user = factories.user("Siti", Role.GATE, Role.JUDGE)
    with transaction():
        services.set_roles(queries.user_by_id(user.id), [Role.JUDGE, Role.COMMITTEE], NOW)
    db.session.expire_all()
    assert queries.user_by_id(user.id).roles == {Role.JUDGE, Role.COMMITTEE}  # type: ignore[union-attr]
    assert actions() == ["user.roles_set"]


def test_the_last_admin_stays() -> None:
    admin, helper = factories.user("Admin", Role.ADMIN), factories.user("Siti", Role.COMMITTEE)
    refused("last_admin", lambda: services.deactivate(queries.user_by_id(admin.id), NOW, helper.id))
    refused("last_admin", lambda: services.set_roles(queries.user_by_id(admin.id), [Role.GATE], NOW))
    factories.user("Admin dua", Role.ADMIN)
    with transaction():
        services.deactivate(queries.user_by_id(admin.id), NOW)
    assert not queries.user_by_id(admin.id).active  # type: ignore[union-attr]


def test_nobody_shuts_themselves_out() -> None:
    factories.user("Admin", Role.ADMIN)
    other = factories.user("Admin dua", Role.ADMIN)
    refused("own_account", lambda: services.deactivate(queries.user_by_id(other.id), NOW, other.id))


def test_two_admins_who_remove_each_other_leave_one() -> None:
    ids = [factories.user(f"Admin {n}", Role.ADMIN).id for n in range(2)]
    app, start = current_app._get_current_object(), threading.Barrier(2)  # type: ignore[attr-defined]
    refusals = []

    def remove(user_id: int, how: object) -> None:
        with app.app_context():
            start.wait()
            try:
                in_transaction(lambda: how(queries.user_by_id(user_id)))  # type: ignore[operator]
            except DomainError as refusal:
                refusals.append(refusal.code)

    def strip(user: User) -> None:
        services.set_roles(user, [Role.GATE], NOW)

    def shut_out(user: User) -> None:
        services.deactivate(user, NOW)

    threads = [threading.Thread(target=remove, args=pair) for pair in zip(ids, (strip, shut_out), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert refusals == ["last_admin"]
    left = [u for u in queries.users_page(1)[0] if u.active and Role.ADMIN in u.roles]
    assert len(left) == 1


def test_who_was_let_in_again_has_no_old_session() -> None:
    user = factories.user("Siti")
    session = user.get_id()
    for change in (services.deactivate, services.activate):
        with transaction():
            change(queries.user_by_id(user.id), NOW)  # type: ignore[operator]
    assert queries.user_by_id(user.id).active  # type: ignore[union-attr]
    assert queries.user_for_session(session) is None


@pytest.mark.parametrize("text", ["", ":", "1", "x:1", "-1:1", "1:x", "99999999999:1", "²:1", "1:1:1"])
def test_nonsense_is_no_session(text: str) -> None:
    factories.user()
    assert queries.user_for_session(text) is None


# --- sessions and the audit log


def test_an_ended_session_is_known_until_it_would_have_lapsed() -> None:
    user = factories.user()
    with transaction():
        services.end_session("old", user.id, NOW - timedelta(hours=14))
    with transaction():
        services.end_session("new", user.id, NOW)
    with transaction():
        services.end_session("new", user.id, NOW)
    assert queries.session_ended("new")
    assert list(db.session.scalars(sa.select(EndedSession.session_hash))) == [hash_token("new")]


def test_a_failed_sign_in_is_noted_without_a_name() -> None:
    with transaction():
        services.note_failed_sign_in(NOW)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.user_id, entry.details) == ("user.sign_in_failed", None, {})


def test_every_change_is_on_record() -> None:
    admin, user = factories.user("Admin", Role.ADMIN), factories.user("Siti", Role.GATE)
    with transaction():
        services.record_audit("activity.edited", "activity:3", admin.id, NOW, fields=["title"])
        target = queries.user_by_id(user.id)
        services.set_roles(target, [Role.JUDGE], NOW, admin.id)  # type: ignore[arg-type]
        services.deactivate(target, NOW, admin.id)  # type: ignore[arg-type]
        services.activate(target, NOW, admin.id)  # type: ignore[arg-type]
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.action, e.subject, e.user_id) for e in entries] == [
        ("activity.edited", "activity:3", admin.id),
        ("user.roles_set", f"user:{user.id}", admin.id),
        ("user.deactivated", f"user:{user.id}", admin.id),
        ("user.activated", f"user:{user.id}", admin.id),
    ]
    assert entries[0].details == {"fields": ["title"]}
    assert "Siti" not in str([(e.subject, e.details) for e in entries])


def test_no_secret_is_in_the_words_of_an_object() -> None:
    assert "rahasia" not in repr(services.Proof(1, "rahasia", "rahasia"))
