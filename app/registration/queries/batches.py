"""Lists of people: who sent them, what they ask for, who of them is known, what came of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.programme.models import Activity, EntryMode, TimeSlot
from app.programme.queries import Kind, kind_of
from app.registration import rules
from app.registration.models import (
    Batch,
    BatchRow,
    Booking,
    BookingStatus,
    Participant,
    Registration,
    UploadLink,
)
from app.registration.queries.sign_up import wait_for_number

PAGE_SIZE = 50
MOST_SLOTS = 400
MOST_CODES = 40  # proofs of one number; a sign-up asks for all of them
_LIVE = (BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """A slot that a list may ask for."""

    id: int
    title: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class KnownOfPhone:
    """Who is known under one number, and what of it whoever sent the list may be told.

    ``activities``: by participant, what they hold a place in or wait for. ``proof``: codes of registrations that
    showed the sender tickets of this number; ``proven``: whose tickets these are.
    """

    people: list[rules.Known] = field(default_factory=list)
    activities: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    proof: list[str] = field(default_factory=list)
    proven: set[int] = field(default_factory=set)


def slot_choices(festival_id: int, now: datetime, activity_id: int | None = None) -> list[SlotChoice]:
    """The slots still to come of all activities that lists can be sent for, by activity and time: one SELECT.

    Not those whose sign-up asks what a list does not answer, such as the prescreening of blood donors.
    """
    asked = (
        sa.select(TimeSlot.id, Activity.title, TimeSlot.starts_at, Activity.kind)
        .join(Activity, Activity.id == TimeSlot.activity_id)
        .where(
            TimeSlot.festival_id == festival_id, TimeSlot.starts_at > now, sa.not_(TimeSlot.closed),
            Activity.entry_mode == EntryMode.OPEN,
        )
        .order_by(Activity.number, TimeSlot.starts_at)
        .limit(MOST_SLOTS)
    )  # fmt: skip
    if activity_id is not None:
        asked = asked.where(TimeSlot.activity_id == activity_id)
    return [
        SlotChoice(row.id, row.title, row.starts_at)
        for row in db.session.execute(asked)
        if fits_lists(kind_of(row.kind))
    ]


def fits_lists(kind: Kind) -> bool:
    """Whether people can be signed up for a kind without being asked anything."""
    asks = any(question.required for question in kind.questions)
    return kind.screen is None and not asks and not any(kind.consents.values())


def batches_page(festival_id: int, page: int = 1) -> tuple[list[Batch], int]:
    """A page of lists, the newest first, with their links; and how many there are."""
    mine = Batch.festival_id == festival_id
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Batch).where(mine)) or 0
    rows = db.session.scalars(
        sa.select(Batch)
        .where(mine)
        .options(joinedload(Batch.link))
        .order_by(Batch.id.desc())
        .limit(PAGE_SIZE)
        .offset((max(1, page) - 1) * PAGE_SIZE)
    )
    return list(rows), total


def batches_of_link(link_id: int) -> list[Batch]:
    """The lists sent through a link, the newest 50 first."""
    return list(
        db.session.scalars(
            sa.select(Batch).where(Batch.link_id == link_id).order_by(Batch.id.desc()).limit(PAGE_SIZE)
        )
    )


def batch(festival_id: int, batch_id: int, link_id: int | None = None) -> Batch | None:
    """A list of this festival; with ``link_id`` only when it was sent through that link."""
    asked = sa.select(Batch).where(Batch.id == batch_id, Batch.festival_id == festival_id)
    if link_id is not None:
        asked = asked.where(Batch.link_id == link_id)
    return db.session.scalar(asked.options(joinedload(Batch.link)).execution_options(populate_existing=True))


def batch_rows(batch_id: int) -> list[BatchRow]:
    """The rows of a list in order; at most 500 by their number when they were stored."""
    return list(
        db.session.scalars(sa.select(BatchRow).where(BatchRow.batch_id == batch_id).order_by(BatchRow.number))
    )


def upload_links(festival_id: int) -> list[UploadLink]:
    """The newest 100 links of a festival with their activities."""
    return list(
        db.session.scalars(
            sa.select(UploadLink)
            .where(UploadLink.festival_id == festival_id)
            .options(joinedload(UploadLink.activity))
            .order_by(UploadLink.id.desc())
            .limit(100)
        )
    )


def upload_link_by_code(code: str) -> UploadLink | None:
    """The link of a code, working or not."""
    return db.session.scalar(
        sa.select(UploadLink)
        .where(UploadLink.code == code)
        .options(joinedload(UploadLink.activity))
        .execution_options(populate_existing=True)
    )


def wait_for_numbers(phones: Collection[str]) -> None:
    """As ``wait_for_number`` for many, in one order for everybody; call it before anything else is locked."""
    for phone in sorted(set(phones)):
        wait_for_number(phone)


def known_by_phone(festival_id: int, phones: Collection[str], link_id: int | None) -> Mapping[str, KnownOfPhone]:
    """Who is known under these numbers, in two SELECTs.

    Proven to whoever sends through a link is what earlier lists through this very link signed up; to the
    committee everything: they see all registrations anyway.
    """
    found: dict[str, KnownOfPhone] = {phone: KnownOfPhone() for phone in phones}
    if not phones:
        return found
    whose = sa.and_(Participant.festival_id == festival_id, Participant.phone.in_(list(phones)))
    people: Any = db.session.execute(
        sa.select(
            Participant.id, Participant.phone, Participant.name_key, Participant.birth_year, Participant.ordinal,
            Booking.activity_id,
        )
        .outerjoin(
            Booking, sa.and_(Booking.participant_id == Participant.id, Booking.status.in_(_LIVE))
        )
        .where(whose)
        .order_by(Participant.id)
    )  # fmt: skip
    seen: set[int] = set()
    for row in people:
        of_phone = found[row.phone]
        if row.id not in seen:
            seen.add(row.id)
            of_phone.people.append(rules.Known(row.id, row.name_key, row.birth_year, row.ordinal, booked=False))
        if row.activity_id is not None:
            of_phone.activities[row.id].add(row.activity_id)
    for phone, participant_id, code in _shown_tickets(whose, link_id):
        found[phone].proven.add(participant_id)
        if code not in found[phone].proof and len(found[phone].proof) < MOST_CODES:
            found[phone].proof.append(code)
    return found


def _shown_tickets(whose: sa.ColumnElement[bool], link_id: int | None) -> Any:
    asked = (
        sa.select(Participant.phone, Participant.id, Registration.code)
        .join(Booking, Booking.participant_id == Participant.id)
        .join(Registration, Registration.id == Booking.registration_id)
        .where(whose, Booking.discloses_ticket)
        .order_by(Registration.id.desc())
    )
    if link_id is not None:
        sent = (
            sa.select(1)
            .select_from(BatchRow)
            .join(Batch, Batch.id == BatchRow.batch_id)
            .where(BatchRow.booking_id == Booking.id, Batch.link_id == link_id)
        )
        asked = asked.where(sa.exists(sent))
    return db.session.execute(asked)
