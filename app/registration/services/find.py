"""*Tiket saya*: the links of a number, sent to that number and shown to nobody."""

from __future__ import annotations

from datetime import datetime

from app.registration import queries
from app.registration.services import letters


def send_links(festival_id: int, phone: str, now: datetime) -> None:
    """Queue the links of a number's live registrations. Tells the caller nothing, on purpose."""
    found = queries.registrations_of_phone(festival_id, phone)
    if found:
        letters.send_links_to(festival_id, phone, found, now)
