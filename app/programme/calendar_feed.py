"""The programme as an iCalendar feed (RFC 5545): one event for each activity and day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.festival.models import Festival
from app.programme.schedule import Line

if TYPE_CHECKING:
    from icalendar import Event

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # SEQUENCE is a 31-bit number that only grows


def feed(festival: Festival, lines: Iterable[Line], base_url: str, name: str) -> bytes:
    """The calendar of these lines. Nothing in it depends on the moment it is asked for, so ETags hold."""
    from icalendar import Calendar, vText  # 3 MB that only this address needs

    calendar = Calendar()
    calendar.add("prodid", "-//Pekan//Pekan Koperasi//ID")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar["x-wr-calname"] = vText(name)  # as vText, because a name the library does not know is not escaped
    calendar.add("x-wr-timezone", festival.timezone)
    calendar.refresh_interval = timedelta(hours=1)
    zone = ZoneInfo(festival.timezone)
    for line in lines:
        calendar.add_component(_event(festival, line, base_url, zone))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _event(festival: Festival, line: Line, base_url: str, zone: ZoneInfo) -> Event:
    from icalendar import Event

    activity = line.activity
    url = f"{base_url}/activities/{activity.slug}"
    event = Event()
    # The day is part of the id: an activity of three days is three events, and moving an hour moves the event.
    event.add("uid", f"{festival.slug}-{activity.number}-{line.day.isoformat()}@{urlsplit(base_url).hostname}")
    event.add("summary", activity.title)
    event.add("dtstart", line.starts_at.astimezone(zone))
    event.add("dtend", line.ends_at.astimezone(zone))
    event.add("dtstamp", activity.updated_at)
    event.add("last-modified", activity.updated_at)
    event.add("sequence", int((activity.updated_at - EPOCH).total_seconds()))
    event.add("status", "CANCELLED" if line.cancelled else "CONFIRMED")
    place = activity.place.name if activity.place else ""
    event.add("location", ", ".join(filter(None, (place, festival.venue))))
    event.add("description", "\n".join(filter(None, (activity.summary, activity.bring, url))))
    event.add("url", url)
    return event
