"""What is told to a number: tickets that an answer may not show, places from the waiting list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.formats import moment
from app.core.i18n import gettext as _
from app.core.i18n import ngettext, speaking
from app.messaging.models import Channel
from app.messaging.services import channel_for, queue_message
from app.registration import links, rules
from app.registration.models import RegistrationStatus
from app.registration.queries import Concerned, Group, OwnRegistration, Reminder, SlotFacts, TicketFace

JOINED = "ticket_joined"
OFFER = "waiting_list_offer"
LINKS = "ticket_links"
CONFIRMATION = "confirmation"
REMINDER = "reminder"
REISSUED = "ticket_reissued"
CHANGE = "change"
CANCELLED = "cancelled_by_committee"
MOST_JOINED = 10  # within an hour to one number: enough for a family at all activities, no flood for a victim


@dataclass(frozen=True, slots=True)
class SlotNews:
    """A slot as a message tells of it, with its present times; ``because`` it was called off."""

    festival_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    because: str | None


def tell_the_number(
    slot: SlotFacts, phone: str, code: str, status: RegistrationStatus, seats: Sequence[rules.Seat],
    faces: Sequence[TicketFace | None], now: datetime,
) -> None:  # fmt: skip
    """Queue the links for people who were known before and whose sender gave no proof; nothing when none."""
    hidden = [(seat.person.name, face) for seat, face in zip(seats, faces, strict=True) if not seat.discloses]
    if not hidden:
        return
    names = ", ".join(name for name, _face in hidden)
    if status is RegistrationStatus.CONFIRMED:
        first = _(
            "%(names)s terdaftar di %(what)s, %(when)s.", names=names, what=slot.title, when=moment(slot.starts_at)
        )
    else:
        first = _(
            "%(names)s masuk daftar tunggu %(what)s, %(when)s.",
            names=names, what=slot.title, when=moment(slot.starts_at),
        )  # fmt: skip
    lines = [slot.festival_name, first]
    lines += [_("Tiket %(name)s: %(link)s", name=n, link=links.ticket_url(f.code, f.id)) for n, f in hidden if f]
    lines.append(_("Lihat atau batalkan: %(link)s", link=links.manage_url(code)))
    queue_message(
        slot.festival_id, JOINED, phone, "\n".join(lines), now, at_most=MOST_JOINED, within=timedelta(hours=1)
    )


def confirm(
    slot: SlotFacts, request: rules.SignUp, code: str, status: RegistrationStatus, seats: Sequence[rules.Seat],
    now: datetime,
) -> None:  # fmt: skip
    """Queue the proof of a sign-up, where a channel will carry it by itself; otherwise the page has to do.

    It says nothing that was typed in: whoever wants to spread a text could have it mailed to strangers.
    """
    channel = channel_for(request.contact_email)
    told_already = channel is not Channel.MAIL and any(not seat.discloses for seat in seats)
    if channel is Channel.HAND or told_already:
        return
    subject, fact = _what_became(slot, status, len(seats))
    lines = [
        slot.festival_name,
        fact,
        _("Bukan Anda yang mendaftar? Abaikan pesan ini."),
        _("Tiket, perubahan, dan pembatalan: %(link)s", link=links.manage_url(code)),
    ]
    queue_message(
        slot.festival_id, CONFIRMATION, request.phone, "\n".join(lines), now, at_most=MOST_JOINED,
        within=timedelta(hours=1), address=request.contact_email, subject=subject, expires_at=slot.ends_at,
    )  # fmt: skip


def _what_became(slot: SlotFacts, status: RegistrationStatus, people: int) -> tuple[str, str]:
    """The subject and the sentence of a proof."""
    what, when = slot.title, moment(slot.starts_at)
    if status is RegistrationStatus.CONFIRMED:
        return _("Terdaftar: %(what)s", what=what), ngettext(
            "1 orang terdaftar di %(what)s, %(when)s.",
            "%(num)s orang terdaftar di %(what)s, %(when)s.",
            people, what=what, when=when,
        )  # fmt: skip
    return _("Daftar tunggu: %(what)s", what=what), ngettext(
        "1 orang masuk daftar tunggu %(what)s, %(when)s. Kalau ada tempat, kami kabari.",
        "%(num)s orang masuk daftar tunggu %(what)s, %(when)s. Kalau ada tempat, kami kabari.",
        people, what=what, when=when,
    )  # fmt: skip


def remind(reminder: Reminder, now: datetime) -> None:
    """Queue the reminder of the day before, in the language of the registration."""
    with speaking(reminder.language):
        when = moment(reminder.starts_at)
        lines = [
            _("Besok: %(what)s, %(when)s.", what=reminder.title, when=when),
            *([_("Tempat: %(place)s", place=reminder.place)] if reminder.place else []),
            _("Tiket Anda, atau batalkan kalau tidak jadi: %(link)s", link=links.manage_url(reminder.code)),
        ]
        queue_message(
            reminder.festival_id, REMINDER, reminder.phone, "\n".join(lines), now, address=reminder.email,
            subject=_("Besok: %(what)s", what=reminder.title), expires_at=reminder.starts_at,
        )  # fmt: skip


def tell_of_offer(
    festival_id: int, group: Group, title: str, starts_at: datetime, until: datetime, now: datetime
) -> None:
    """Queue the good news that places are kept for a registration that waited, and until when.

    In the language of that registration: whoever freed the places may read another one.
    """
    with speaking(group.language):
        subject = _("Ada tempat untuk Anda: %(what)s", what=title)
        lines = [
            ngettext(
                "Ada tempat untuk Anda di %(what)s, %(when)s.",
                "Ada tempat untuk %(num)s orang di %(what)s, %(when)s.",
                group.people, what=title, when=moment(starts_at),
            ),
            _("Ambil sebelum %(until)s: %(link)s", until=moment(until), link=links.manage_url(group.code)),
            _("Tidak jadi? Lepaskan supaya orang lain kebagian: %(link)s", link=links.decline_url(group.code)),
        ]  # fmt: skip
        queue_message(
            festival_id, OFFER, group.phone, "\n".join(lines), now,
            address=group.email, subject=subject, expires_at=until,
        )  # fmt: skip


def tell_of_move(news: SlotNews, whom: Concerned, was: datetime, now: datetime) -> bool:
    """Queue the news that the committee moved a slot: before, after, and where to say no.

    False where there is nowhere to write to: somebody signed up at a counter without a number.
    """
    with speaking(whom.language):
        if whom.status is RegistrationStatus.CONFIRMED:
            stays = _("Tempat dan tiket Anda tetap berlaku.")
        else:
            stays = _("Urutan Anda di daftar tunggu tetap.")
        lines = [
            _("Waktu berubah: %(what)s.", what=news.title),
            _("Semula %(was)s, menjadi %(new)s.", was=moment(was), new=moment(news.starts_at)),
            stays,
            _("Tidak bisa datang pada waktu baru? Batalkan di sini: %(link)s", link=links.manage_url(whom.code)),
        ]
        return queue_message(
            news.festival_id, CHANGE, whom.phone, "\n".join(lines), now, address=whom.email,
            subject=_("Waktu berubah: %(what)s", what=news.title), expires_at=news.ends_at,
        )  # fmt: skip


def tell_of_cancelled_slot(news: SlotNews, whom: Concerned, now: datetime) -> bool:
    """Queue the news that the committee called a slot off; False where there is nowhere to write to."""
    with speaking(whom.language):
        lines = [
            _("Dibatalkan panitia: %(what)s, %(when)s.", what=news.title, when=moment(news.starts_at)),
            *([_("Alasan: %(why)s", why=news.because)] if news.because else []),
            _("Pendaftaran Anda untuk kegiatan ini ikut dibatalkan. Kegiatan lain yang Anda ikuti tetap berlaku."),
            _("Lihat: %(link)s", link=links.manage_url(whom.code)),
        ]
        return queue_message(
            news.festival_id, CANCELLED, whom.phone, "\n".join(lines), now, address=whom.email,
            subject=_("Dibatalkan: %(what)s", what=news.title), expires_at=news.ends_at,
        )  # fmt: skip


def tell_of_lapsed_places(news: SlotNews, whom: Concerned, places: int, now: datetime) -> bool:
    """Queue for a team's leader that reserved places got no name in time and went to others."""
    with speaking(whom.language):
        subject = _("Tempat regu dilepas: %(what)s", what=news.title)
        lines = [
            ngettext(
                "%(num)s tempat regu Anda di %(what)s, %(when)s, dilepas karena namanya belum diisi.",
                "%(num)s tempat regu Anda di %(what)s, %(when)s, dilepas karena namanya belum diisi.",
                places, what=news.title, when=moment(news.starts_at),
            ),
            _("Yang sudah bernama tetap terdaftar. Lihat: %(link)s", link=links.manage_url(whom.code)),
        ]  # fmt: skip
        return queue_message(
            news.festival_id, CHANGE, whom.phone, "\n".join(lines), now, address=whom.email, subject=subject,
            expires_at=news.ends_at,
        )  # fmt: skip


def tell_of_new_ticket(festival_id: int, phone: str, name: str, face: TicketFace, now: datetime) -> None:
    """Queue the link of a ticket that was given out anew, because the person at the counter asked for it."""
    with speaking("id"):
        lines = [
            _("Tiket %(name)s diganti. Tiket lama tidak berlaku lagi.", name=name),
            _("Tiket baru: %(link)s", link=links.ticket_url(face.code, face.id)),
        ]
    queue_message(festival_id, REISSUED, phone, "\n".join(lines), now)


def send_links_to(festival_id: int, phone: str, found: Sequence[OwnRegistration], now: datetime) -> None:
    """Queue the manage links of a number, at most once in ten minutes."""
    lines = [_("Pendaftaran dengan nomor ini:")]
    lines += [f"{own.title}, {moment(own.starts_at)}: {links.manage_url(own.code)}" for own in found]
    queue_message(festival_id, LINKS, phone, "\n".join(lines), now, at_most=1, within=timedelta(minutes=10))
