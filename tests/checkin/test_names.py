"""Names on phones: readable with the ticket's own text, and with nothing else."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.checkin import services
from app.checkin.models import SealedName, TicketChange
from app.checkin.queries import names
from app.core import clock
from app.core.codes import base45_decode, ticket_id_from_bytes
from app.core.db import db, transaction
from app.core.sealing import open_name, seal_name
from app.registration.models import Participant
from tests.checkin.conftest import Gate, Printed
from tests.checkin.snapshots import decode


def fetch(gate: Gate, since: str | None = None) -> tuple[dict[int, bytes], str]:
    """Sealed names by ticket, and the cursor."""
    answer = gate.client.get(
        "/api/v1/checkin/points/gerbang-utama/snapshot/names",
        query_string={"since": since} if since else None,
        headers={"Authorization": f"Bearer {gate.token}"},
    )
    assert answer.status_code == 200
    data, found = answer.data, {}
    while data:
        length = data[8]
        found[ticket_id_from_bytes(data[:8])] = data[9 : 13 + length]
        data = data[13 + length :]
    return found, answer.headers["X-Pekan-Cursor"]


def read(gate: Gate, sealed: bytes, qr: str) -> str:
    """As a phone does it, from the text of the QR alone."""
    head = decode(
        gate.client.get(
            "/api/v1/checkin/points/gerbang-utama/snapshot", headers={"Authorization": f"Bearer {gate.token}"}
        ).data
    ).head
    salt = base64.urlsafe_b64decode(head["salt"] + "==")
    key = HKDF(SHA256(), 32, salt, b"pekan-name-v1" + sealed[:4]).derive(base45_decode(qr[4:])[13:])
    return AESGCM(key).decrypt(bytes(12), sealed[4:], None).decode()


def test_only_the_ticket_itself_opens_its_name(gate: Gate) -> None:
    one, two = gate.ticket("Siti Aminah"), gate.ticket("Nyai Roro 🎪")
    found, _cursor = fetch(gate)
    assert read(gate, found[one.id], one.qr) == "Siti Aminah"
    assert read(gate, found[two.id], two.qr) == "Nyai Roro 🎪"
    with pytest.raises(InvalidTag):
        read(gate, found[one.id], two.qr)


def test_the_worker_seals_ahead_and_again_after_a_change(gate: Gate) -> None:
    ticket = gate.ticket("Siti")
    _found, cursor = fetch(gate)
    assert services.seal_names(lambda: False) == 1
    assert services.seal_names(lambda: False) == 0
    kept = fetch(gate)[0]
    assert fetch(gate)[0] == kept, "sealed once: the same bytes for everybody"
    assert fetch(gate, cursor)[0] == {}
    with transaction():
        db.session.execute(sa.update(Participant).values(name="Sitti"))
    assert read(gate, fetch(gate, cursor)[0][ticket.id], ticket.qr) == "Sitti"
    assert services.seal_names(lambda: False) == 1
    assert db.session.scalar(sa.select(SealedName.name)) == "Sitti"
    assert services.seal_names(lambda: True) == 0


def test_names_of_what_has_changed(gate: Gate) -> None:
    gate.ticket("Lama")
    _all, cursor = fetch(gate)
    fresh: Printed = gate.ticket("Baru")
    found, _cursor = fetch(gate, cursor)
    assert set(found) == {fresh.id}


def test_a_revoked_phone_gets_no_names(gate: Gate) -> None:
    from tests.checkin.test_api import revoke_all

    revoke_all()
    headers = {"Authorization": f"Bearer {gate.token}"}
    answer = gate.client.get("/api/v1/checkin/points/gerbang-utama/snapshot/names", headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ["", "A", "🎪" * 80, "é" * 120, "Ā" * 119 + "🎪", "\ud800"])
def test_any_name_is_sealed_in_255_bytes(name: str) -> None:
    signature, salt = bytes(range(64)), bytes(16)
    sealed = seal_name(name, signature, salt)
    assert sealed[0] == len(sealed) - 5
    opened = open_name(sealed, signature, salt)
    assert len(opened.encode()) <= 239
    assert name.encode("utf-8", "replace").decode().startswith(opened)
    assert seal_name(name, signature, salt) != sealed, "each time under a key of its own"


def test_changes_are_forgotten_after_three_days(gate: Gate) -> None:
    gate.ticket()
    db.session.remove()

    def forget(days: float) -> int:
        with transaction():
            return services.forget_changes(clock.now() + timedelta(days=days))

    with transaction():
        db.session.execute(sa.update(TicketChange).values(changed_at=clock.now()))
    assert forget(2.9) == 0
    number = db.session.scalar(sa.select(sa.func.count()).select_from(TicketChange)) or 0
    db.session.remove()
    assert number > 0
    assert forget(3.1) == number
    assert forget(3.1) == 0
    gate.ticket("Budi")
    db.session.remove()


def test_a_server_that_has_not_sealed_all_yet_sends_the_rest_later(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MOST_SEALED", 1)
    gate.ticket("Satu")
    gate.ticket("Dua")
    some, cursor = fetch(gate)
    assert len(some) == 1
    assert services.seal_names(lambda: False) == 2
    all_of_them, later = fetch(gate, cursor)
    assert len(all_of_them) == 2
    assert fetch(gate, later)[0] == {}
