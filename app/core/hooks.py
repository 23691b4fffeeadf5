"""How a lower floor shows or triggers something of a higher one: typed lists, filled in ``create_app``.

Also the plug-in point for others: register a function, and it runs in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Hook(Generic[P, R]):
    """A list of functions of one signature, run in the order they were registered."""

    def __init__(self) -> None:
        self._functions: list[Callable[P, R]] = []

    def register(self, function: Callable[P, R]) -> None:
        """Add a function; adding it again changes nothing."""
        if function not in self._functions:
            self._functions.append(function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Run all and give back what each returned."""
        return [function(*args, **kwargs) for function in self._functions]

    def __iter__(self) -> Iterator[Callable[P, R]]:
        return iter(self._functions)


@dataclass(frozen=True, slots=True)
class AdmissionEvent:
    """A ticket was let in at a point."""

    festival_id: int
    point_id: int
    ticket_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What the doctor found: ``broken`` makes it fail, otherwise it is a warning."""

    check: str
    text: str
    broken: bool = True


@dataclass(frozen=True, slots=True)
class Tile:
    """One number on the committee's start page: ``value`` large, ``label`` below, a link when it leads on.

    Smaller ``order`` comes first: programme 10 to 19, registration 20 to 29, check-in 30 to 39.
    """

    value: str
    label: str
    url: str | None
    order: int


after_admission: Hook[[AdmissionEvent], None] = Hook()
due_jobs: Hook[[datetime], int] = Hook()
background_work: Hook[[Callable[[], bool]], int] = Hook()  # opens transactions itself; asked whether to stop
doctor_checks: Hook[[], list[Finding]] = Hook()
shown_festival: Hook[[], int | None] = Hook()  # the id of the festival that is on; answered by festival
dashboard_tiles: Hook[[int], list[Tile]] = Hook()  # called with the id of the current festival
start_pages: Hook[[int], str | None] = Hook()  # user id: where somebody without a dashboard begins
activity_created: Hook[[int], None] = Hook()  # called with the id of the activity, already stored
day_uses: Hook[[int, date], list[str]] = Hook()  # festival id, day: names of what happens then
places_changed: Hook[[int, datetime], int] = Hook()  # slot id, now: it may have more places, or is open again
ticket_replaced: Hook[[int, int], None] = Hook()  # id of the ticket that ends, id of the one in its stead
place_uses: Hook[[int], list[str]] = Hook()  # place id: names of what happens there
