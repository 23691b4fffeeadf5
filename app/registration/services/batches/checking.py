"""The dry run of a list: what is wrong with which cell, who may be in it twice, what fits where. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from app.core import clock
from app.core.errors import DomainError
from app.core.sheets import column_letter
from app.programme.queries import remaining
from app.registration import queries, rules
from app.registration.models import Batch, BatchRow
from app.registration.queries import SlotFacts
from app.registration.queries.batches import KnownOfPhone, batch_rows, known_by_phone, slot_choices
from app.registration.services import admit
from app.registration.services.batches.cells import RowReader

# where a service says something about a person, and the column of a list that holds it
_COLUMN_OF = {"name": "name", "birth_date": "birth", "guardian_name": "guardian"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell: its column, where it is (``C7``), what stands in it, what to do."""

    column: str
    place: str
    typed: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row and what was found. ``listed`` None: it cannot be signed up. ``repeats``: an earlier row it may be."""

    number: int
    cells: Mapping[str, str]
    listed: rules.ListedPerson | None
    problems: tuple[Problem, ...] = ()
    repeats: int | None = None
    registered: bool = False


@dataclass(frozen=True, slots=True)
class SlotDemand:
    """What a list asks of a slot: ``people`` in all, ``repeats`` of them perhaps twice; ``left`` None: no limit.

    ``refusal``: why nobody can be signed up for it now.
    """

    slot: SlotFacts
    people: int
    repeats: int
    left: int | None
    refusal: str | None = None

    def lacks(self, *, skip_repeats: bool = False) -> int:
        """How many places are missing."""
        wanted = self.people - (self.repeats if skip_repeats else 0)
        return 0 if self.left is None else max(0, wanted - self.left)


@dataclass(frozen=True, slots=True)
class DryRun:
    """A list as it would be signed up now."""

    rows: tuple[CheckedRow, ...]
    slots: tuple[SlotDemand, ...]
    known: Mapping[str, KnownOfPhone] = field(default_factory=dict)

    @property
    def faulty(self) -> tuple[CheckedRow, ...]:
        """Rows with something to correct."""
        return tuple(row for row in self.rows if row.problems)

    @property
    def repeated(self) -> tuple[CheckedRow, ...]:
        """Rows that may be somebody of an earlier row."""
        return tuple(row for row in self.rows if row.repeats is not None and not row.registered)

    @property
    def registered(self) -> tuple[CheckedRow, ...]:
        """Rows of people who have a place in that activity already; they are left out."""
        return tuple(row for row in self.rows if row.registered)

    @property
    def refusals(self) -> tuple[SlotDemand, ...]:
        """Slots that take nobody, or not so many."""
        return tuple(slot for slot in self.slots if slot.refusal or slot.lacks(skip_repeats=True))

    @property
    def can_store(self) -> bool:
        """Whether there is anybody to sign up and nothing in the way."""
        return bool(self.slots) and not self.faulty and not self.refusals

    def to_store(self, *, skip_repeats: bool) -> list[rules.ListedPerson]:
        """Who would be signed up."""
        return [
            row.listed
            for row in self.rows
            if row.listed and not row.registered and not (skip_repeats and row.repeats is not None)
        ]


def check(batch: Batch, now: datetime) -> DryRun:
    """Look at a list as things stand now. The number of statements grows with its slots, not with its rows."""
    choices = slot_choices(batch.festival_id, now, batch.link.activity_id if batch.link else None)
    reader = RowReader(batch, choices, clock.local(now).year)
    rows = [_read(batch, reader, row) for row in batch_rows(batch.id)]
    listed = [row.listed for row in rows if row.listed]
    facts = _facts({person.slot_id for person in listed})
    refusals = {slot_id: refusal for slot_id, slot in facts.items() if (refusal := _closed(slot, now))}
    known = known_by_phone(batch.festival_id, {person.phone for person in listed}, batch.link_id)
    rows = _with_faults(batch, rows, _faults_of_groups(batch, listed, facts, known))
    rows = _with_findings(rows, facts, known)
    return DryRun(tuple(rows), _demands(rows, facts, refusals), known)


def group_request(batch: Batch, group: rules.Group, number: int) -> rules.SignUp:
    """The sign-up that a group of rows becomes; ``number`` tells the groups of a list apart."""
    own = group.phone == batch.contact_phone
    key = rules.hashed_key("batch", f"{batch.id}:{batch.created_at.isoformat()}:{number}")
    name = batch.contact_name if own else group.people[0].name
    return rules.SignUp(group.slot_id, name, group.phone, group.people, {}, False, key, key)


def sizes(choices: Iterable[SlotFacts]) -> dict[int, int]:
    """How many people a sign-up of each slot takes at most."""
    return {slot.id: max(1, rules.most_at_once(slot.max_group, slot.max_per_number)) for slot in choices}


def _read(batch: Batch, reader: RowReader, row: BatchRow) -> CheckedRow:
    cells = {key: (text, fault) for key, (text, fault) in (row.cells or {}).items()}
    listed, found = reader.read(row.number, cells)
    problems = tuple(_problem(batch, row.number, key, cells.get(key, ("", None))[0], text) for key, text in found)
    return CheckedRow(row.number, {key: text for key, (text, _fault) in cells.items()}, listed, problems)


def _problem(batch: Batch, number: int, column: str, typed: str, text: str) -> Problem:
    position = batch.positions.get(column)
    place = f"{column_letter(position)}{number}" if isinstance(position, int) else str(number)
    return Problem(column, place, typed, text)


def _facts(slot_ids: Iterable[int]) -> dict[int, SlotFacts]:
    found = (queries.slot_for_sign_up(slot_id, "") for slot_id in sorted(slot_ids))
    return {slot.id: slot for slot in found if slot}


def _closed(slot: SlotFacts, now: datetime) -> str | None:
    try:
        admit.check_open(slot, now)
    except DomainError as refusal:
        return refusal.message
    return None


def _faults_of_groups(
    batch: Batch, listed: Sequence[rules.ListedPerson], facts: Mapping[int, SlotFacts],
    known: Mapping[str, KnownOfPhone],
) -> dict[int, list[tuple[str, str]]]:  # fmt: skip
    """What sign-up itself would say of ages, guardians and children: row number to (column, text)."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    open_rows = [person for person in listed if person.slot_id in facts]
    for group in rules.groups_of(open_rows, sizes(facts.values())):
        _note(found, group, _said(partial(admit.check_group, facts[group.slot_id], group.people)))
    # children may come with an adult of another portion: what counts is everybody of the number
    whole = dict.fromkeys(facts, len(open_rows) + 1)
    for group in rules.groups_of(open_rows, whole):
        request, proof = group_request(batch, group, 0), known[group.phone].proof
        _note(found, group, _said(partial(admit.check_children, facts[group.slot_id], request, proof)))
    return found


def _said(check_it: Callable[[], None]) -> Mapping[str, str]:
    try:
        check_it()
    except DomainError as refusal:
        return refusal.fields
    return {}


def _note(found: dict[int, list[tuple[str, str]]], group: rules.Group, fields: Mapping[str, str]) -> None:
    for path, text in fields.items():
        match path.split("."):
            case ["participants", row, name, *_rest]:
                found[group.rows[int(row)].number].append((_COLUMN_OF.get(name, "name"), text))


def _with_faults(
    batch: Batch, rows: Sequence[CheckedRow], faults: Mapping[int, Sequence[tuple[str, str]]]
) -> list[CheckedRow]:
    return [
        replace(row, problems=tuple(
            _problem(batch, row.number, column, row.cells.get(column, ""), text)
            for column, text in dict.fromkeys(faults[row.number])
        )) if row.number in faults else row
        for row in rows
    ]  # fmt: skip


def _with_findings(
    rows: Sequence[CheckedRow], facts: Mapping[int, SlotFacts], known: Mapping[str, KnownOfPhone]
) -> list[CheckedRow]:
    sound = [row.listed for row in rows if row.listed and not row.problems and row.listed.slot_id in facts]
    repeats = rules.likely_repeats([(person, facts[person.slot_id].activity_id) for person in sound])
    registered = _registered(sound, facts, known)
    return [replace(row, repeats=repeats.get(row.number), registered=row.number in registered) for row in rows]


def _registered(
    sound: Sequence[rules.ListedPerson], facts: Mapping[int, SlotFacts], known: Mapping[str, KnownOfPhone]
) -> set[int]:
    """Rows of people who are booked in that activity already, as far as the sender may be told."""
    found: set[int] = set()
    for group in rules.groups_of(sound, dict.fromkeys(facts, len(sound) + 1)):
        of_phone, activity_id = known[group.phone], facts[group.slot_id].activity_id
        people = [replace(k, booked=activity_id in of_phone.activities[k.id]) for k in of_phone.people]
        seats = rules.seat_people(group.people, people, of_phone.proven)
        found |= {group.rows[row].number for row in rules.already_registered(seats)}
    return found


def _demands(
    rows: Sequence[CheckedRow], facts: Mapping[int, SlotFacts], refusals: Mapping[int, str]
) -> tuple[SlotDemand, ...]:
    people: dict[int, int] = defaultdict(int)
    repeats: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.listed and row.listed.slot_id in facts and not row.registered:
            people[row.listed.slot_id] += 1
            repeats[row.listed.slot_id] += row.repeats is not None
    ordered = sorted((facts[slot_id] for slot_id in people), key=lambda slot: (slot.starts_at, slot.title))
    return tuple(
        SlotDemand(
            slot, people[slot.id], repeats[slot.id], remaining(slot.capacity, slot.taken), refusals.get(slot.id)
        )
        for slot in ordered
    )
