"""The worker's round: sends what is due, each channel in its turn.

The one place outside routes and commands that opens transactions: between them it talks to the world.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.core import clock
from app.core.db import db, in_transaction
from app.core.settings import settings
from app.messaging import queries, services
from app.messaging.channels import Carrier, Letter, carriers
from app.messaging.rules import Down, Later, Outcome, Sent, Unclear

MOST_A_ROUND = 200  # then due jobs have their turn: offers that lapse must not wait for a long queue
HOLD = 60.0  # seconds that a result is kept while the database is away
log = logging.getLogger("pekan.messages")


def send_due(stopping: Callable[[], bool]) -> int:
    """Send what is due through every channel; returns how many messages were settled."""
    return sum(_round(carrier, stopping) for carrier in carriers(settings()))


def _round(carrier: Carrier, stopping: Callable[[], bool]) -> int:
    now, channel = clock.now(), carrier.channel
    state = queries.channel_state(channel)
    rests = state is not None and state.paused_until is not None and now < state.paused_until
    if rests and state is not None and state.digest == carrier.digest:
        return 0
    if not queries.has_due(channel, now):
        return 0
    troubled = state is not None and state.failures > 0
    db.session.rollback()  # nothing is held open while the provider takes its time
    if down := carrier.open():
        _rest(carrier, down)
        return 0
    try:
        return _Batch(carrier, stopping, troubled=troubled).run()
    finally:
        carrier.close()


def _rest(carrier: Carrier, down: Down) -> None:
    log.warning("%s rests: %s", carrier.channel, down.fault)
    in_transaction(lambda: services.rest(carrier.channel, carrier.digest, down, clock.now()))


class _Batch:
    """One session with a provider: take one, send it, note what became of it together with taking the next."""

    def __init__(self, carrier: Carrier, stopping: Callable[[], bool], *, troubled: bool) -> None:
        self._carrier = carrier
        self._stopping = stopping
        self._troubled = troubled
        self._settled = 0

    def run(self) -> int:
        letter = self._step(None, more=True)
        for number in range(1, MOST_A_ROUND + 1):
            if letter is None:
                break
            outcome = self._send(letter)
            goes_on = not _stops(outcome) and number < MOST_A_ROUND and not self._stopping()
            letter = self._step((letter, outcome), more=goes_on)
        return self._settled

    def _send(self, letter: Letter) -> Outcome:
        try:
            return self._carrier.send(letter)
        except Exception as error:  # a bug at one message must not hold up all others
            log.error("message %s: %s", letter.id, type(error).__name__)
            return Unclear()

    def _step(self, done: tuple[Letter, Outcome] | None, *, more: bool) -> Letter | None:
        """Note one result and take the next message, in one transaction."""
        until = time.monotonic() + HOLD
        while True:
            try:
                following = in_transaction(partial(self._note_and_take, done, more=more))
            except IntegrityError:
                if done is None or not isinstance(done[1], Sent):
                    raise
                done = (done[0], Sent(""))  # the provider gave one id twice; it has left all the same
            except SQLAlchemyError as error:
                # Without the result the message would be sent once more, so it waits for the database.
                if done is None or time.monotonic() > until:
                    raise
                log.error("a result waits for the database: %s", type(error).__name__)
                db.session.remove()
                time.sleep(0.5)
            else:
                break
        if done is not None:
            self._account(done[1])
        return following

    def _note_and_take(self, done: tuple[Letter, Outcome] | None, *, more: bool) -> Letter | None:
        now, channel = clock.now(), self._carrier.channel
        if done is not None:
            letter, outcome = done
            services.record(letter, outcome, now)
            if down := _trouble(outcome):
                services.rest(channel, self._carrier.digest, down, now)
            elif self._troubled and isinstance(outcome, Sent):
                services.works(channel)
        return services.claim(channel, now) if more else None

    def _account(self, outcome: Outcome) -> None:
        if down := _trouble(outcome):
            log.warning("%s rests: %s", self._carrier.channel, down.fault)
            self._troubled = True
        elif isinstance(outcome, Sent):
            self._troubled = False
        self._settled += not isinstance(outcome, Down)


def _trouble(outcome: Outcome) -> Down | None:
    """What an outcome says of the whole channel."""
    match outcome:
        case Down():
            return outcome
        case Later(fault, everybody=True):
            return Down(fault)
        case _:
            return None


def _stops(outcome: Outcome) -> bool:
    return _trouble(outcome) is not None
