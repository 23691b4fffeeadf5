"""What the forms and JSON say of a wrong field, in the same words."""

from __future__ import annotations

from app.core.i18n import gettext as _
from app.core.phones import InvalidPhone
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


def name_words(fault: rules.NameFault) -> str:
    """What is wrong with a name, for the person."""
    match fault:
        case rules.NameFault.MISSING:
            return _("Isi nama.")
        case rules.NameFault.TOO_LONG:
            return _("Nama paling panjang 80 huruf.")
