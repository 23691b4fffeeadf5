"""What the forms and JSON say of a wrong field, in the same words."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.core.phones import InvalidPhone
from app.programme.queries import Verdict
from app.registration import rules


def phone_words(error: InvalidPhone) -> str:
    """What is wrong with a number, for the person."""
    example = _("Contoh: 0812 3456 7890")
    match error.code:
        case "empty":
            return _("Isi nomor WhatsApp.")
        case "too_short":
            return f"{_('Nomor ini terlalu pendek.')} {example}"
        case "too_long":
            return f"{_('Nomor ini terlalu panjang.')} {example}"
        case "invalid":
            return f"{_('Nomor ini bukan nomor telepon.')} {example}"


def email_words() -> str:
    """What to do about a mail address that cannot be one."""
    return _("Periksa alamat email ini, atau kosongkan. Contoh: nama@contoh.id")


def name_words(fault: rules.NameFault) -> str:
    """What is wrong with a name, for the person."""
    match fault:
        case rules.NameFault.MISSING:
            return _("Isi nama.")
        case rules.NameFault.TOO_LONG:
            return _("Nama paling panjang 80 huruf.")


def verdict_words(verdict: Verdict) -> str:
    """What a prescreening says (donor_rules.csv, keputusan)."""
    match verdict:
        case Verdict.ELIGIBLE:
            return _("LAYAK MENDAFTAR")
        case Verdict.SEE_DOCTOR:
            return _("PERLU DOKTER")
        case Verdict.DEFERRED:
            return _("TUNDA")


def purpose_words(purpose: rules.Purpose) -> str:
    """What a consent is about, as its heading."""
    match purpose:
        case rules.Purpose.REGISTRATION:
            return _("Pendaftaran")
        case rules.Purpose.GUARDIAN:
            return _("Persetujuan wali")
        case rules.Purpose.HEALTH:
            return _("Jawaban kesehatan")
        case rules.Purpose.CAPITAL:
            return _("Mencari modal")
        case rules.Purpose.WHATSAPP:
            return _("Kabar lewat WhatsApp")
