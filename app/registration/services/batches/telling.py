"""The links of a stored list go to the numbers in it, one message each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.core.db import rows_changed
from app.core.i18n import gettext as _
from app.core.i18n import ngettext, speaking
from app.messaging.models import Channel
from app.messaging.services import channel_for, queue_message
from app.registration import links
from app.registration.models import Batch, BatchState
from app.registration.queries.batch_results import NumberLinks, links_by_number, listed_tickets

CONFIRMATION = "confirmation"


def queue_links(batch: Batch, festival_name: str, now: datetime) -> int | None:
    """Queue a message to each number of a list but its sender's; None when that was done before.

    How many messages that makes is returned. The names are left out: whoever writes a list could otherwise have any
    text sent to strangers in the committee's name. None as well where every sign-up is confirmed by itself.
    """
    if told_already():
        return None
    first = sa.update(Batch).where(
        Batch.id == batch.id, Batch.state == BatchState.STORED, Batch.messages_at.is_(None)
    )
    if not rows_changed(first.values(messages_at=now)):
        return None
    others = [n for n in links_by_number(listed_tickets(batch.id)) if n.phone != batch.contact_phone]
    with speaking("id"):  # nobody asked the people of a list which language they read
        for of_number in others:
            people = ngettext("%(num)s orang", "%(num)s orang", len(of_number.names))
            body = letter(festival_name, of_number, people)
            queue_message(batch.festival_id, CONFIRMATION, of_number.phone, body, now)
    return len(others)


def told_already() -> bool:
    """Whether every number was written to when it was signed up (``letters.confirm``)."""
    return channel_for(None) is not Channel.HAND


def letter(festival_name: str, of_number: NumberLinks, who: str | None = None) -> str:
    """What is told to one number: who is signed up (by name unless told), and where the tickets are."""
    first = _("%(names)s sudah didaftarkan. Tiketnya ada di sini:", names=who or _names(of_number.names))
    addresses = [links.manage_url(code) for code in of_number.codes]
    last = _("Tunjukkan QR di gerbang. Tidak jadi datang? Batalkan di halaman yang sama.")
    return "\n".join([festival_name, first, *addresses, last])


def _names(names: Sequence[str]) -> str:
    """At most five names; a message is short."""
    if len(names) <= 5:
        return ", ".join(names)
    return _("%(names)s dan %(more)s orang lagi", names=", ".join(names[:4]), more=len(names) - 4)
