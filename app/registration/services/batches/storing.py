"""All or nothing: everybody of a list is signed up in one transaction, or nobody.

A first small transaction takes the turn (``claim``), so that a list sent twice is stored once and whoever looks
sees that work is going on; the large one (``store``) ends it. Where the process dies in between, the turn lapses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.core.db import core, rows_changed, table
from app.core.errors import DomainError
from app.core.formats import moment, number
from app.core.i18n import gettext as _
from app.registration import rules
from app.registration.models import Batch, BatchRow, BatchState, Booking, RowSkip, UploadLink
from app.registration.queries.batches import wait_for_numbers
from app.registration.services.batches.checking import DryRun, SlotDemand, check, group_request, sizes
from app.registration.services.batches.ending import not_being_stored
from app.registration.services.places import lock_slots
from app.registration.services.sign_up import sign_up

_rows, _bookings = table(BatchRow), table(Booking)


@dataclass(frozen=True, slots=True)
class Stored:
    """How many people were signed up, in how many registrations."""

    people: int
    registrations: int


def claim(batch_id: int, now: datetime) -> bool:
    """Take the turn to store a list; False when somebody else has it, or there is nothing to store any more."""
    change = sa.update(Batch).where(Batch.id == batch_id, not_being_stored(now), Batch.forgotten_at.is_(None))
    return rows_changed(change.values(state=BatchState.STORING, storing_since=now)) > 0


def release(batch_id: int, since: datetime) -> None:
    """Give the turn back after a refusal: the list can be corrected or sent again."""
    mine = sa.update(Batch).where(
        Batch.id == batch_id, Batch.state == BatchState.STORING, Batch.storing_since == since
    )
    rows_changed(mine.values(state=BatchState.CHECKED, storing_since=None))


def store(batch: Batch, since: datetime, *, skip_repeats: bool | None, now: datetime) -> Stored:
    """Sign up everybody of a list whose turn was taken at ``since``.

    ``skip_repeats``: leave out rows that may be somebody of an earlier row; None where nobody decided.

    Raises DomainError, and nothing is stored: batch_taken, batch_has_errors, batch_repeats_undecided, batch_nobody,
    slot_full, slot_closed, registration_closed, link_used_up, or what else a sign-up may be refused for.
    """
    _take(batch.id, since)
    first = check(batch, now)
    people = _decided(first, skip_repeats)
    # Numbers before slots, each in one order: nobody who signs up can wait for us in a circle.
    wait_for_numbers({person.phone for person in people})
    lock_slots({person.slot_id for person in people})
    run = check(batch, now)  # as it stands now that nobody else can change it
    people = _decided(run, skip_repeats)
    _check_room(run.slots, bool(skip_repeats))
    if batch.link_id is not None:
        _count_for_link(batch.link_id, len(people), now)
    booked = _sign_up_all(batch, run, people, now)
    _finish(batch, run, booked, now)
    record_audit("batch.stored", f"batch:{batch.id}", batch.created_by_id, now, people=len(people))
    return Stored(len(people), len({registration for registration, _position in booked.values()}))


def _take(batch_id: int, since: datetime) -> None:
    mine = sa.update(Batch).where(
        Batch.id == batch_id, Batch.state == BatchState.STORING, Batch.storing_since == since
    )
    if not rows_changed(mine.values(state=BatchState.STORED)):
        raise DomainError("batch_taken", _("Daftar ini sedang atau sudah disimpan."))


def _decided(run: DryRun, skip_repeats: bool | None) -> list[rules.ListedPerson]:
    if run.faulty:
        raise DomainError("batch_has_errors", _("Masih ada baris yang perlu dibetulkan."))
    for demand in run.slots:
        if demand.refusal:
            raise DomainError("slot_closed", f"{_what(demand)}: {demand.refusal}")
    if run.repeated and skip_repeats is None:
        raise DomainError(
            "batch_repeats_undecided", _("Pilih dulu apa yang dilakukan dengan baris yang mungkin ganda.")
        )
    people = run.to_store(skip_repeats=bool(skip_repeats))
    if not people:
        raise DomainError("batch_nobody", _("Tidak ada yang perlu didaftarkan: semua sudah terdaftar."))
    return people


def _check_room(slots: Sequence[SlotDemand], skip_repeats: bool) -> None:
    for demand in slots:
        if lacking := demand.lacks(skip_repeats=skip_repeats):
            text = _(
                "%(what)s: tinggal %(left)s tempat, kurang %(lacking)s. Tidak ada yang didaftarkan.",
                what=_what(demand), left=number(demand.left or 0), lacking=number(lacking),
            )  # fmt: skip
            raise DomainError("slot_full", text)


def _what(demand: SlotDemand) -> str:
    return f"{demand.slot.title}, {moment(demand.slot.starts_at)}"


def _count_for_link(link_id: int, people: int, now: datetime) -> None:
    works = sa.and_(UploadLink.revoked_at.is_(None), UploadLink.expires_at > now)
    room = UploadLink.people + people <= UploadLink.most_people
    counted = sa.update(UploadLink).where(UploadLink.id == link_id, works, room)
    if not rows_changed(counted.values(people=UploadLink.people + people)):
        text = _(
            "Tautan Anda sudah tidak berlaku atau tidak cukup untuk %(people)s orang lagi. Minta tautan baru.",
            people=number(people),
        )
        raise DomainError("link_used_up", text)


def _sign_up_all(
    batch: Batch, run: DryRun, people: Sequence[rules.ListedPerson], now: datetime
) -> dict[int, tuple[int, int]]:
    """Sign up group by group; row number to (registration, position in it)."""
    proof = {phone: list(known.proof) for phone, known in run.known.items()}
    booked: dict[int, tuple[int, int]] = {}
    groups = rules.groups_of(people, sizes(demand.slot for demand in run.slots))
    for n, group in enumerate(groups):
        done = sign_up(group_request(batch, group, n), proof[group.phone], now, limit_number=False)
        proof[group.phone].append(done.code)  # one person may be in the list for two activities
        booked |= {row.number: (done.registration_id, position) for position, row in enumerate(group.rows)}
    return booked


def _finish(batch: Batch, run: DryRun, booked: dict[int, tuple[int, int]], now: datetime) -> None:
    """Note what became of each row, and forget what stood in it."""
    ids = _booking_ids({registration for registration, _position in booked.values()})
    changes: list[dict[str, Any]] = [
        {
            "of_batch": batch.id, "of_row": row.number,
            "booking": ids[booked[row.number]] if row.number in booked else None,
            "why": None if row.number in booked else RowSkip.REGISTERED if row.registered else RowSkip.REPEATED,
        }
        for row in run.rows
    ]  # fmt: skip
    core().execute(
        sa.update(_rows)
        .where(_rows.c.batch_id == sa.bindparam("of_batch"), _rows.c.number == sa.bindparam("of_row"))
        .values(booking_id=sa.bindparam("booking"), skipped=sa.bindparam("why"), cells=None),
        changes,
    )
    done = {"people": len(booked), "stored_at": now, "forgotten_at": now, "storing_since": None}
    rows_changed(sa.update(Batch).where(Batch.id == batch.id).values(**done))


def _booking_ids(registration_ids: set[int]) -> dict[tuple[int, int], int]:
    rows = core().execute(
        sa.select(_bookings.c.registration_id, _bookings.c.position, _bookings.c.id).where(
            _bookings.c.registration_id.in_(registration_ids)
        )
    )
    return {(registration, position): booking for registration, position, booking in rows}
