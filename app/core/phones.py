"""Telephone numbers: what people type in, E.164 kept, and the ways to show it.

Plans of numbers come from phonenumberslite. Indonesia is the country at home; others need their ``+``.
"""

import re
import unicodedata
from typing import Final, Literal
from urllib.parse import quote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

InvalidPhoneCode = Literal["empty", "too_short", "too_long", "invalid"]

_HOME_COUNTRY_CODE: Final = 62
_LONGEST_TEXT: Final = 256
# E.164 allows 15 digits. The trunk 0 ("+62 0812…") and the 00 or 0062 habits add to what is typed.
_MOST_DIGITS: Final = 19
_FEWEST_DIGITS: Final = 8
_FEWEST_PARSED: Final = len("+62") + 2
_MOST_E164_DIGITS: Final = 15
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_PUNCTUATION: Final = frozenset(".()\u2212\u00b7")
_HIDDEN: Final = "••••"
_FEWEST_HIDDEN: Final = 3


class InvalidPhone(ValueError):
    """The text is no telephone number; ``code`` says why, for the message at the field."""

    def __init__(self, code: InvalidPhoneCode) -> None:
        super().__init__(code)
        self.code: InvalidPhoneCode = code


def parse_phone(text: str) -> str:
    """The E.164 form (``+6281234567890``) of a number as people write it.

    Accepts 08…, 8…, 62…, +62…, 0062… and other countries with + or 00; spaces, dots, dashes, parentheses,
    full-width digits; drops the invisible direction marks that come along when a number is copied out of a
    contact list. Takes any string.

    Raises:
        InvalidPhone: with code ``empty``, ``too_short``, ``too_long`` or ``invalid``.
    """
    cleaned = _clean(text)
    if not cleaned:
        raise InvalidPhone("empty")
    if re.fullmatch(r"\+?[0-9]+", cleaned) is None:
        raise InvalidPhone("invalid")
    if len(cleaned) > _MOST_DIGITS:
        raise InvalidPhone("too_long")
    international = _international(cleaned)
    if len(international) <= _FEWEST_PARSED:
        raise InvalidPhone("too_short")  # the library calls these "not a number"
    try:
        number = phonenumbers.parse(international)
    except NumberParseException as error:
        raise InvalidPhone(_parse_failure(error)) from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone(_why_invalid(number))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def display_phone(e164: str) -> str:
    """A stored number for people: ``0812-3456-7890`` at home, ``+65 8123 4567`` abroad.

    What is not E.164 is shown as it is, for a page must not break on one old row.
    """
    number = _stored(e164)
    if number is None:
        return e164
    home = number.country_code == _HOME_COUNTRY_CODE
    style = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def mask_phone(e164: str) -> str:
    """A stored number that its owner recognises and others cannot call: ``0812-••••-7890``.

    At least three digits stay hidden (a short number shows its last two instead of four); the number of dots
    does not tell how many. What is not E.164 is hidden entirely.
    """
    number = _stored(e164)
    if number is None:
        return _HIDDEN
    national = phonenumbers.national_significant_number(number)
    if number.country_code == _HOME_COUNTRY_CODE:
        head, rest = "0" + national[:3], national[3:]
    else:
        head, rest = f"+{number.country_code}", national
    shown = 4 if len(rest) - 4 >= _FEWEST_HIDDEN else 2
    return f"{head}-{_HIDDEN}-{rest[-shown:]}"


def whatsapp_link(e164: str, text: str) -> str:
    """A link that opens a WhatsApp chat with a number and a text filled in, for sending by hand.

    Raises:
        InvalidPhone: the number is not E.164 (code ``invalid``).
    """
    if _E164.fullmatch(e164) is None:
        raise InvalidPhone("invalid")
    return f"https://wa.me/{e164[1:]}?text={quote(text, safe='', errors='replace')}"


def _clean(text: str) -> str:
    """Text without separators and invisible marks, decimal digits of any script as ASCII.

    Raises:
        InvalidPhone: ``too_long``, before any work, for texts that cannot be one number.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST_TEXT:
        raise InvalidPhone("too_long")
    kept: list[str] = []
    for character in unicodedata.normalize("NFKC", stripped):
        # Cf: direction marks, zero-width characters, soft hyphen. Pd: every dash. Cc: tabs, line ends.
        if character.isspace() or character in _PUNCTUATION:
            continue
        if unicodedata.category(character) in {"Cf", "Pd", "Cc"}:
            continue
        digit = unicodedata.decimal(character, None)
        kept.append(character if digit is None else str(digit))
    return "".join(kept)


def _international(cleaned: str) -> str:
    """``+`` and digits for cleaned text, by the habits of this country.

    Raises:
        InvalidPhone: no +, and no beginning that says which country.
    """
    if cleaned.startswith("+"):
        return cleaned
    if cleaned.startswith("00"):
        return "+" + cleaned[2:]
    if cleaned.startswith("62"):
        return "+" + cleaned
    if cleaned.startswith("0"):
        return f"+{_HOME_COUNTRY_CODE}{cleaned[1:]}"
    if cleaned.startswith("8"):  # somebody left out the 0; no area code begins with 8
        return f"+{_HOME_COUNTRY_CODE}{cleaned}"
    if len(cleaned) < _FEWEST_DIGITS:
        raise InvalidPhone("too_short")
    raise InvalidPhone("too_long" if len(cleaned) > _MOST_E164_DIGITS else "invalid")


def _parse_failure(error: NumberParseException) -> InvalidPhoneCode:
    """Our code for a text that the library cannot take apart."""
    if error.error_type in {NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD}:
        return "too_short"
    return "too_long" if error.error_type == NumberParseException.TOO_LONG else "invalid"


def _why_invalid(number: phonenumbers.PhoneNumber) -> InvalidPhoneCode:
    """Our code for a number that no plan contains.

    Indonesian numbers that begin with 8 are measured as mobile numbers: other kinds may be shorter or much
    longer, and would call a forgotten digit merely "invalid".
    """
    national = phonenumbers.national_significant_number(number)
    if number.country_code == _HOME_COUNTRY_CODE and national.startswith("8"):
        result = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    else:
        result = phonenumbers.is_possible_number_with_reason(number)
    if result in {ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        return "too_short"
    return "too_long" if result == ValidationResult.TOO_LONG else "invalid"


def _stored(e164: str) -> phonenumbers.PhoneNumber | None:
    """A stored number taken apart, or None when it is not E.164."""
    if _E164.fullmatch(e164) is None:
        return None
    try:
        return phonenumbers.parse(e164)
    except NumberParseException:
        return None
