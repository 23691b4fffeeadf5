"""The programme for search engines: schema.org events as plain data, written into pages as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from app.festival.models import Festival
from app.programme.models import Activity, EntryMode
from app.programme.schedule import Line

SCHEMA = "https://schema.org"
_CANCELLED = f"{SCHEMA}/EventCancelled"


def festival_event(festival: Festival, lines: Iterable[Line], base_url: str, zone: tzinfo) -> dict[str, Any]:
    """The festival as one event whose parts are its activities by day."""
    lines = list(lines)
    event = {
        "@context": SCHEMA,
        "@type": "Festival",
        "name": festival.name,
        "description": festival.summary,
        "url": base_url + "/",
        **_common(festival, festival.venue),
        "subEvent": [_part(line, base_url, zone) for line in lines],
    }
    if lines:
        event["startDate"] = stamp(min(line.starts_at for line in lines), zone)
        event["endDate"] = stamp(max(line.ends_at for line in lines), zone)
    return event


def activity_event(
    festival: Festival, activity: Activity, lines: Iterable[Line], base_url: str, zone: tzinfo
) -> dict[str, Any]:
    """One activity, with a part for each day when there are several."""
    lines = list(lines)
    url = f"{base_url}/activities/{activity.slug}"
    event = {
        "@context": SCHEMA,
        "@type": "Event",
        "name": activity.title,
        "description": activity.summary or activity.description,
        "url": url,
        "superEvent": {"@type": "Festival", "name": festival.name, "url": base_url + "/"},
        **_common(festival, activity.place.name if activity.place else festival.venue),
    }
    if lines and all(line.cancelled for line in lines):
        event["eventStatus"] = _CANCELLED
    if lines:
        event["startDate"] = stamp(lines[0].starts_at, zone)
        event["endDate"] = stamp(lines[-1].ends_at, zone)
    if len(lines) > 1:
        event["subEvent"] = [_part(line, base_url, zone) for line in lines]
    if activity.entry_mode is EntryMode.OPEN:
        event["offers"] = {"@type": "Offer", "price": 0, "priceCurrency": "IDR", "url": url}
    return event


def stamp(moment: datetime, zone: tzinfo) -> str:
    """RFC 3339 with the offset of the festival, ``2023-07-19T08:00:00+07:00``."""
    return moment.astimezone(zone).isoformat()


def _common(festival: Festival, place: str) -> dict[str, Any]:
    name = place if place == festival.venue else f"{place}, {festival.venue}"
    return {
        "eventStatus": f"{SCHEMA}/EventScheduled",
        "eventAttendanceMode": f"{SCHEMA}/OfflineEventAttendanceMode",
        "isAccessibleForFree": True,
        "location": {
            "@type": "Place",
            "name": name,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": festival.address,
                "addressLocality": festival.city,
                "addressCountry": "ID",
            },
        },
        "organizer": {"@type": "Organization", "name": festival.organiser},
    }


def _part(line: Line, base_url: str, zone: tzinfo) -> dict[str, Any]:
    part = {
        "@type": "Event",
        "name": line.activity.title,
        "startDate": stamp(line.starts_at, zone),
        "endDate": stamp(line.ends_at, zone),
        "url": f"{base_url}/activities/{line.activity.slug}",
    }
    if line.cancelled:
        part["eventStatus"] = _CANCELLED
    elif line.moved_from:
        part |= {"eventStatus": f"{SCHEMA}/EventRescheduled", "previousStartDate": stamp(line.moved_from, zone)}
    return part
