"""Closed lists of messaging in the words the committee reads."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.messaging.models import Channel, Fault, MessageStatus, OutboxMessage


def kind_words(kind: str) -> str:
    """What a message is about; an unknown kind is shown as it is."""
    words = {
        "ticket_joined": _("Tiket yang sudah ada"),
        "ticket_links": _("Tautan tiket diminta"),
        "waiting_list_place": _("Dapat tempat dari daftar tunggu"),
        "waiting_list_offer": _("Tawaran tempat"),
        "confirmation": _("Bukti pendaftaran"),
        "change": _("Perubahan jadwal"),
        "reminder": _("Pengingat H-1"),
        "cancelled_by_committee": _("Pembatalan oleh panitia"),
        "name_links": _("Tautan isi nama"),
        "ticket_reissued": _("Tiket pengganti"),
        "judge_reminder": _("Pengingat juri"),
        "competition_result": _("Hasil lomba"),
        "objection_answered": _("Jawaban sanggahan"),
    }
    return words.get(kind, kind)


def channel_words(channel: Channel) -> str:
    """What carries a message."""
    match channel:
        case Channel.HAND:
            return _("Kirim sendiri")
        case Channel.MAIL:
            return _("Email")
        case Channel.WHATSAPP:
            return "WhatsApp"


def state_words(message: OutboxMessage) -> str:
    """Where a message stands, as far as anybody can know."""
    mailed = message.channel is Channel.MAIL
    match message.status:
        case MessageStatus.QUEUED:
            return _("dicoba lagi") if message.attempts else _("menunggu")
        case MessageStatus.SENDING:
            return _("sedang dikirim")
        case MessageStatus.SENT:
            if message.channel is Channel.HAND:
                return _("ditandai sudah dikirim")
            return _("diterima server email") if mailed else _("diterima WhatsApp")
        case MessageStatus.DELIVERED:
            return _("sampai di HP")
        case MessageStatus.READ:
            return _("sudah dibaca")
        case MessageStatus.FAILED:
            return _("gagal")
        case MessageStatus.DROPPED:
            return _("dibuang")


def fault_words(fault: Fault | None) -> str:
    """Why something does not get through."""
    words = {
        Fault.UNREACHABLE: _("server tidak bisa dihubungi"),
        Fault.INSECURE: _("sambungan ke server tidak aman"),
        Fault.SIGN_IN_REFUSED: _("kata sandi atau token ditolak"),
        Fault.SENDER_REFUSED: _("alamat pengirim ditolak"),
        Fault.ACCOUNT_STOPPED: _("akun dihentikan atau belum terdaftar"),
        Fault.RATE_LIMIT: _("terlalu banyak pesan untuk saat ini"),
        Fault.ADDRESS_REFUSED: _("alamat ini ditolak servernya"),
        Fault.CONTENT_REFUSED: _("isi pesan ditolak"),
        Fault.TEMPLATE_REFUSED: _("template belum disetujui atau tidak cocok"),
        Fault.WINDOW_CLOSED: _("perlu template: orang ini belum menulis dalam 24 jam"),
        Fault.UNDELIVERABLE: _("nomor ini tidak bisa menerima WhatsApp"),
        Fault.TRY_LATER: _("servernya meminta dicoba nanti"),
        Fault.UNCLEAR: _("tidak ada jawaban, mungkin sudah terkirim"),
        Fault.TOO_OLD: _("sudah lewat waktunya"),
    }
    return words[fault] if fault else ""
