"""One morning: the countdown, the opening, the crowd, and what the database says afterwards."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import brotli
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

import config
from app import create_app
from app.core import clock, hooks
from app.core.db import db, transaction
from app.messaging.models import MessageStatus, OutboxMessage
from app.operations import demo
from app.programme.models import Activity, TimeSlot
from app.registration.models import Registration
from bench import client, scenarios
from bench.rush.crowd import Crowd, Steps, Tally, Visit
from bench.servers import Running
from bench.town import WALK, gather_statistics

PLACES = 1000
VIEWS = 5000
REFUSED = (409, 422)


@dataclass(frozen=True)
class Hall:
    """The activity everybody wants."""

    app: Flask
    slug: str
    activity_id: int
    slot_id: int


@dataclass(frozen=True)
class Morning:
    """What was seen; ``faults`` are sentences about what must not happen, none on a good day."""

    tally: Tally
    seconds: float
    confirmed: int
    waiting: int
    refused: int
    out_of_order: int
    lost: int
    views_a_second: float
    faults: list[str]

    def p(self, share: float) -> float:
        """The latency of a request in seconds that this share did not exceed."""
        ordered = sorted(self.tally.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.tally.latencies)


def hall(settings: config.Settings) -> Hall:
    """Migrate and load the sample festival; its walk has one slot, later today or tomorrow, with 1,000 places."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        with transaction():
            demo.load(dates="today", fresh=False, now=clock.now())
        with transaction():
            slot = db.session.scalars(
                sa.select(TimeSlot).join(TimeSlot.activity).where(Activity.slug == WALK)
            ).first()
            if slot is None:
                raise LookupError("the sample festival has no walk")
            slot.capacity, slot.closed = PLACES, False
            slot.starts_at = clock.now() + timedelta(days=1)
            slot.ends_at = slot.starts_at + timedelta(hours=2)
            slot.activity.opens_at, slot.activity.closes_at = clock.now() + timedelta(days=1), None
            found = Hall(app, slot.activity.slug, slot.activity_id, slot.id)
        gather_statistics()
        db.session.remove()
        db.engine.dispose()
    return found


def open_at(found: Hall, when: datetime) -> None:
    """Let sign-up begin at this moment, known to the server before."""
    with found.app.app_context():
        with transaction():
            db.session.execute(sa.update(Activity).where(Activity.id == found.activity_id).values(opens_at=when))
        db.session.remove()
        db.engine.dispose()


def yesterday() -> datetime:
    """A moment at which sign-up may long have been open."""
    return clock.now() - timedelta(days=1)


def countdown(running: Running, slug: str, views: int) -> float:
    """So many look at the countdown; how many a second could."""
    page = scenarios.get(f"/activities/{slug}/register", scenarios.ENCODINGS)
    supply = (scenarios.single(page, 200) for _ in range(views))
    return client.run(running.port, supply, connections=50, seconds=60.0, warm_up=0.0).rate


def rush(
    found: Hall, running: Running, people: int, seconds: float, *, through: str = "page", seed: int = 1,
    mischief: Callable[[], None] | None = None,
) -> Morning:  # fmt: skip
    """The countdown, the opening, and the crowd. ``mischief`` runs beside it, at a moment of its own."""
    opens = datetime.now(UTC) + timedelta(seconds=12)
    open_at(found, opens)
    views = countdown(running, found.slug, VIEWS)
    time.sleep(max(0.0, (opens - datetime.now(UTC)).total_seconds()) + 0.2)
    beside = threading.Thread(target=mischief) if mischief else None
    start = time.perf_counter()
    if beside:
        beside.start()
    tally = Crowd(running.port).play(_arrivals(found, people, seconds, start, through, seed))
    spent = time.perf_counter() - start
    if beside:
        beside.join()
    return judge(found, tally, spent, views)


def _arrivals(
    found: Hall, people: int, seconds: float, start: float, through: str, seed: int
) -> Iterator[tuple[Visit, Steps]]:
    """Arrivals at random moments (a Poisson stream, given their number)."""
    dice = random.Random(seed)
    steps = {"page": by_page, "json": by_json}[through]
    for number, moment in enumerate(sorted(dice.uniform(0.0, seconds) for _ in range(people)), start=1):
        visit = Visit(number, start + moment)
        yield visit, steps(visit, found, wait=dice.random() < 0.5)


def by_page(visit: Visit, found: Hall, *, wait: bool) -> Steps:
    """A browser: the form, the form sent, the page it leads to. Half of them would wait."""
    path = f"/activities/{found.slug}/register"
    form = yield scenarios.get(path, scenarios.ENCODINGS)
    page = brotli.decompress(form.body) if scenarios.BROTLI.search(form.head) else form.body
    hidden = {name.decode(): value.decode() for name, value in scenarios.HIDDEN.findall(page)}
    cookies = scenarios.COOKIE.findall(form.head)
    fields = {
        **hidden, "slot": found.slot_id, "contact_name": f"Warga {visit.number}", "phone": phone(visit.number),
        "people-0-name": f"Warga {visit.number}", "people-0-birth": "1984", "consent": "y",
        "email": mail_address(visit.number),
    } | ({"waitlist": "y"} if wait else {})  # fmt: skip
    kind = "application/x-www-form-urlencoded"
    visit.posted = time.perf_counter()
    sent = yield scenarios.post(
        path, urlencode(fields).encode(), kind, scenarios.ENCODINGS, scenarios.cookie_header(cookies)
    )
    visit.status = sent.status
    place = scenarios.LOCATION.search(sent.head)
    if sent.status == 303 and place:
        cookies += scenarios.COOKIE.findall(sent.head)
        yield scenarios.get(place[1].decode(), scenarios.ENCODINGS, scenarios.cookie_header(cookies))


def by_json(visit: Visit, found: Hall, *, wait: bool) -> Steps:
    """A program: one request."""
    name = f"Warga {visit.number}"
    request = scenarios.sign_up_request(found.slot_id, name, phone(visit.number), waitlist=wait)
    visit.posted = time.perf_counter()
    visit.status = (yield request).status


def phone(number: int) -> str:
    """A number of their own for everybody."""
    return f"0812{number:08d}"


def mail_address(number: int) -> str:
    """Where their confirmation goes, where a mail server is configured."""
    return f"warga{number}@example.org"


def judge(found: Hall, tally: Tally, seconds: float, views: float) -> Morning:
    """Compare what people were told with what is stored."""
    with found.app.app_context():
        rows = db.session.execute(
            sa.select(Registration.contact_phone, Registration.status).where(
                Registration.activity_id == found.activity_id
            )
        ).all()
        stored = {number: status.value for number, status in rows}
        findings = [finding.text for check in hooks.doctor_checks for finding in check() if finding.broken]
        db.session.remove()
        db.engine.dispose()
    told = [visit for visit in tally.visits if visit.status in (201, 303)]
    confirmed = sum(status == "confirmed" for status in stored.values())
    refused = sum(visit.status in REFUSED for visit in tally.visits)
    lost = sum(_e164(visit.number) not in stored for visit in told)
    first = sorted((visit for visit in tally.visits if visit.status), key=lambda visit: visit.posted)[:PLACES]
    out_of_order = sum(stored.get(_e164(visit.number)) != "confirmed" for visit in first)
    faults = [f"the doctor: {text}" for text in findings]
    faults += [f"{len(rows) - len(stored)} registered twice"] * (len(rows) > len(stored))
    faults += [f"{lost} acknowledged and not there"] * bool(lost)
    faults += [f"{confirmed} confirmed for {PLACES} places"] * (len(tally.visits) >= PLACES != confirmed)
    faults += [f"{tally.unfinished} never answered"] * bool(tally.unfinished)
    return Morning(
        tally, seconds, confirmed, sum(status == "waitlisted" for status in stored.values()), refused,
        out_of_order, lost, views, faults,
    )  # fmt: skip


def unsent(app: Flask) -> int:
    """How many messages have still to leave."""
    waits = (MessageStatus.QUEUED, MessageStatus.SENDING)
    with app.app_context():
        found = db.session.scalar(
            sa.select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.status.in_(waits))
        )
        db.session.remove()
    return found or 0


def told_by_mail(found: Hall) -> set[str]:
    """Addresses of all who are registered."""
    with found.app.app_context():
        rows = db.session.scalars(
            sa.select(Registration.contact_email).where(Registration.activity_id == found.activity_id)
        ).all()
        db.session.remove()
        db.engine.dispose()
    return {address for address in rows if address}


def _e164(number: int) -> str:
    return f"+62{phone(number)[1:]}"
