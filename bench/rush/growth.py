"""Does a full database slow people down? Sign-up and manage page with 1,000 to 1,000,000 registrations."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from bench import client, scenarios
from bench.client import Scenario
from bench.rush.morning import Hall
from bench.servers import Running
from bench.town import gather_statistics

SIZES = (1_000, 100_000, 1_000_000)
TRIES = 200
_FLOOR = scenarios.get("/my-tickets")
# Ids below zero are nobody else's. One statement a table, the same on both databases;
# every value is plain, only as many and as wide as real ones.
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(:first AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
_FILL = (
    """INSERT INTO participant (id, festival_id, phone, name, name_key, birth_year, ordinal, created_at)
    SELECT -i, :festival, '+6285' || CAST(1000000000 + i AS VARCHAR(10)), 'Warga ' || CAST(i AS VARCHAR(10)),
    'warga ' || CAST(i AS VARCHAR(10)), 1984, 0, :now FROM n""",
    """INSERT INTO registration (id, festival_id, activity_id, slot_id, code, contact_name, contact_phone, status,
    body_digest, answers, consent_version, consented_at, created_at)
    SELECT -i, :festival, :activity, :slot, CAST(1000000000 + i AS VARCHAR(10)), 'Warga ' || CAST(i AS VARCHAR(10)),
    '+6285' || CAST(1000000000 + i AS VARCHAR(10)), 'confirmed', '', '{}', 'bench', :now, :now FROM n""",
    """INSERT INTO ticket (id, festival_id, participant_id, scope, code, status, issued_at)
    SELECT -i, :festival, -i, 1, CAST(1000000000 + i AS VARCHAR(10)), 'valid', :now FROM n""",
    """INSERT INTO booking (id, festival_id, registration_id, participant_id, activity_id, slot_id, position, name,
    status, discloses_ticket)
    SELECT -i, :festival, -i, -i, :activity, :slot, 0, 'Warga ' || CAST(i AS VARCHAR(10)), 'confirmed', TRUE
    FROM n""",
)


@dataclass(frozen=True)
class Point:
    """Medians in seconds with so many registrations.

    ``floor``: of a page that reads none of them, in the same minute: the machine's own speed changes by half.
    """

    registrations: int
    sign_up: float
    manage: float
    floor: float


def grow(app: Flask, found: Hall, have: int, want: int) -> None:
    """Add registrations until there are ``want``."""
    with app.app_context(), db.engine.begin() as connection:
        slot = connection.execute(
            sa.text("SELECT festival_id, starts_at FROM time_slot WHERE id = :slot"), {"slot": found.slot_id}
        ).one()
        values = {
            "first": have + 1, "last": want, "festival": slot.festival_id,
            "activity": found.activity_id, "slot": found.slot_id, "now": slot.starts_at,
        }  # fmt: skip
        for statement in _FILL:
            head, _select, tail = statement.partition("SELECT")
            connection.execute(sa.text(f"{head} {_NUMBERS} SELECT {tail}"), values)
        connection.execute(
            sa.text("UPDATE time_slot SET capacity = 100000000, taken = taken + :more WHERE id = :slot"),
            {"more": want - have, "slot": found.slot_id},
        )
    with app.app_context():
        gather_statistics()
        db.engine.dispose()


def medians(running: Running, found: Hall, registrations: int) -> Point:
    """One person after the other signs up through the page; the last step is the manage page."""
    whole: list[float] = []
    manage: list[float] = []
    floor: list[float] = []
    supply = scenarios.page_sign_ups(found.slug, found.slot_id)
    for _try in range(TRIES):
        for steps, all_of_it in (next(supply), whole), (scenarios.single(_FLOOR, 200), floor):
            last = manage if all_of_it is whole else []
            client.run(running.port, iter([_timed(steps, all_of_it, last)]), connections=1, seconds=30, warm_up=0)
    return Point(registrations, statistics.median(whole), statistics.median(manage), statistics.median(floor))


def _timed(steps: Scenario, whole: list[float], manage: list[float]) -> Scenario:
    """The same steps; notes how long all of them took, and the last."""
    begun = asked = time.perf_counter()
    request = next(steps)
    while True:
        answer = yield request
        spent = time.perf_counter() - asked
        try:
            request = steps.send(answer)
        except StopIteration:
            whole.append(time.perf_counter() - begun)
            manage.append(spent)
            return
        asked = time.perf_counter()
