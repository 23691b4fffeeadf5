"""What the committee should look at again: clashes of place, the Friday pause, activities nobody can come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, tzinfo

from app.core.formats import day_long, span
from app.core.i18n import gettext as _
from app.programme import rules
from app.programme.models import Activity, EntryMode


def review(activities: Sequence[Activity], days: Iterable[date], zone: tzinfo) -> dict[int, list[str]]:
    """Warnings in words by activity id; activities without one are left out. They never stop anybody."""
    stretches = {activity.id: _stretches(activity) for activity in activities}
    found: dict[int, list[str]] = {}
    for one, other in rules.clashes([w for windows in stretches.values() for w in windows]):
        found.setdefault(one.key, []).append(_clash(one, other, zone))
        found.setdefault(other.key, []).append(_clash(other, one, zone))
    known_days = set(days)
    for activity in activities:
        own = [*_friday(stretches[activity.id], zone), *_lonely(activity, known_days, zone)]
        if own:
            found.setdefault(activity.id, []).extend(own)
    return found


def _stretches(activity: Activity) -> list[rules.Window]:
    return rules.merged(
        rules.Window(activity.id, activity.place_id, slot.starts_at, slot.ends_at, activity.title)
        for slot in activity.slots
        if not slot.cancelled_at
    )


def _clash(mine: rules.Window, other: rules.Window, zone: tzinfo) -> str:
    return _(
        "Tempatnya dipakai juga oleh “%(title)s”: %(day)s, %(time)s.",
        title=other.label,
        day=day_long(mine.starts_at.astimezone(zone).date()),
        time=span(max(mine.starts_at, other.starts_at), min(mine.ends_at, other.ends_at)),
    )


def _friday(windows: Iterable[rules.Window], zone: tzinfo) -> list[str]:
    return [
        _(
            "Berlangsung saat jeda salat Jumat (11.30–13.00 WIB): %(day)s, %(time)s.",
            day=day_long(w.starts_at.astimezone(zone).date()),
            time=span(w.starts_at, w.ends_at),
        )
        for w in windows
        if rules.in_friday_pause(w.starts_at, w.ends_at, zone)
    ]


def _lonely(activity: Activity, days: set[date], zone: tzinfo) -> list[str]:
    if not activity.slots:
        return [_("Belum ada waktu, jadi belum tampil di jadwal.")]
    words = []
    if any(slot.starts_at.astimezone(zone).date() not in days for slot in activity.slots):
        words.append(_("Ada waktu di luar hari pekan."))
    first = min(slot.starts_at for slot in activity.slots)
    if activity.entry_mode is EntryMode.OPEN and activity.opens_at and activity.opens_at >= first:
        words.append(_("Pendaftaran dibuka setelah kegiatan mulai."))
    return words
