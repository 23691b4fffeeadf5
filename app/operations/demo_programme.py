"""The sample festival as plain data: the real 2023 programme with invented times, quotas and texts."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from app.core import clock
from app.programme.models import EntryMode
from app.programme.services import generate_slots

FIXTURES = Path(__file__).parent.parent / "programme" / "fixtures"
ORIGINAL_FIRST_DAY = date(2023, 7, 19)
GATE = "gerbang-utama"


@dataclass(frozen=True, slots=True)
class Row:
    """One session of the programme. ``day`` counts from 0; times are on the wall clock (WIB)."""

    day: int
    start: time
    end: time
    place: str
    quota: int | None


@dataclass(frozen=True, slots=True)
class SampleSlot:
    """A slot to be stored; ``capacity`` None is unlimited."""

    starts_at: datetime
    ends_at: datetime
    capacity: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The whole fixture: texts of the festival, sessions by code, texts of the activities in order."""

    festival: dict[str, Any]
    rows: dict[str, Row]
    activities: list[dict[str, Any]]

    def places(self) -> list[str]:
        """Names of all places, once each."""
        return sorted({row.place for row in self.rows.values()})

    def place_of(self, activity: dict[str, Any]) -> str:
        """Where the activity happens."""
        return self.rows[activity["rows"][0]].place

    def slots_of(self, activity: dict[str, Any], first_day: date) -> list[SampleSlot]:
        """The slots of an activity of a festival that begins on ``first_day``."""
        rows = [self.rows[code] for code in activity["rows"]]
        if activity.get("every_day"):
            rows = [Row(n, r.start, r.end, r.place, r.quota) for r in rows for n in range(self.day_count)]
        return [slot for row in rows for slot in _slots(activity, row, first_day + timedelta(days=row.day))]

    @property
    def day_count(self) -> int:
        """How many days the festival has."""
        return len(self.festival["days"])


def read() -> Sample:
    """Read the fixture files of the programme."""
    texts = tomllib.loads((FIXTURES / "sample_activities.toml").read_text(encoding="utf-8"))
    with (FIXTURES / "sample_kegiatan_2023.csv").open(encoding="utf-8", newline="") as file:
        rows = {line["kode"]: _row(line) for line in csv.DictReader(file)}
    return Sample(texts["festival"], rows, texts["activity"])


def _row(line: dict[str, str]) -> Row:
    return Row(
        day=(date.fromisoformat(line["tanggal"]) - ORIGINAL_FIRST_DAY).days,
        start=_time(line["mulai"]),
        end=_time(line["selesai"]),
        place=line["tempat"],
        quota=int(line["kuota_contoh"]) if line["kuota_contoh"] else None,
    )


def _time(text: str) -> time:
    hour, _point, minute = text.partition(".")
    return time(int(hour), int(minute))


def _slots(activity: dict[str, Any], row: Row, day: date) -> list[SampleSlot]:
    if minutes := activity.get("every_minutes"):
        pairs = generate_slots(day, row.start, row.end, timedelta(minutes=minutes), clock.WIB)
        return [SampleSlot(start, end, activity["people"]) for start, end in pairs]
    # The quota of an exhibition counts stands, not visitors; its text says so.
    quota = None if activity["entry_mode"] == EntryMode.APPLICATION else row.quota
    start, end = datetime.combine(day, row.start, clock.WIB), datetime.combine(day, row.end, clock.WIB)
    return [SampleSlot(start, end, quota)]
