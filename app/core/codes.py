"""Codes that people and phones read: base45, typed ticket codes, ticket ids, random tokens, slugs.

Pure functions without database or request. ``tests/vectors/codes.json`` holds cases that the scanner's
JavaScript runs as well, so any change here changes that file.
"""

import re
import secrets
import struct
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

BASE45_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
CROCKFORD_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TYPED_CODE_LENGTH: Final = 10
TICKET_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
TICKET_ID_BYTES: Final = 8

_BASE45_PAIRS: Final = [low + high for high in BASE45_ALPHABET for low in BASE45_ALPHABET]  # of 0 to 2024
_NO_DIGIT: Final = 255
_BASE45_VALUES: Final = bytes(
    BASE45_ALPHABET.index(chr(code)) if chr(code) in BASE45_ALPHABET else _NO_DIGIT for code in range(256)
)
_CROCKFORD_VALUE: Final = {character: value for value, character in enumerate(CROCKFORD_ALPHABET)}
_GROUP: Final = 5
_RANDOM_BYTES: Final = 3
_MILLISECOND: Final = timedelta(milliseconds=1)

# What keyboards, chat programs and copy and paste put between or around the groups: white space, every
# hyphen and dash, zero-width and direction marks. Listed one by one rather than by Unicode category, so
# that the JavaScript twin uses exactly the same set.
_SEPARATORS: Final = (
    "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
    "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
# str.upper() is avoided: it turns some non-ASCII letters into ASCII ones (dotless i, long s).
_TYPED_TRANSLATION: Final[dict[int, str | None]] = {
    **{ord(character): None for character in _SEPARATORS},
    **{ord(character.lower()): character for character in CROCKFORD_ALPHABET},
    **{ord(misread): "0" for misread in "Oo"},
    **{ord(misread): "1" for misread in "IiLl"},
}


def base45_encode(data: bytes) -> str:
    """Encode bytes as base45 (RFC 9285, section 4): 2 bytes in 3 characters, a last odd byte in 2."""
    whole = len(data) // 2
    text = "".join(
        _BASE45_PAIRS[value % 2025] + BASE45_ALPHABET[value // 2025]  # least significant digit first
        for value in struct.unpack_from(f">{whole}H", data)
    )
    return text + _BASE45_PAIRS[data[-1]] if len(data) % 2 else text


def base45_decode(text: str) -> bytes:
    """Decode base45 (RFC 9285, section 4).

    Spaces are part of the alphabet and never trimmed. Every byte string has exactly one encoding.

    Raises:
        ValueError: a character outside the alphabet, a length that leaves one character over, or a group
            that stands for more than its bytes can hold (``GGW`` is 65536, ``:::`` more).
    """
    if len(text) % 3 == 1:
        raise ValueError("base45 text has one character too many")
    values = text.encode("ascii", "replace").translate(_BASE45_VALUES)  # "?" is outside the alphabet too
    if _NO_DIGIT in values:
        raise ValueError("character outside the base45 alphabet")
    thirds = values[0::3], values[1::3], values[2::3]  # the last is the shortest: a last odd byte has two digits
    groups = [low + 45 * middle + 2025 * high for low, middle, high in zip(*thirds, strict=False)]
    odd = [values[-2] + 45 * values[-1]] if len(text) % 3 else []
    try:
        return struct.pack(f">{len(groups)}H{len(odd)}B", *groups, *odd)
    except struct.error:
        raise ValueError("base45 group stands for more than its bytes can hold") from None


def check_character(body: str) -> str:
    """The Luhn mod 32 check character for a body of Crockford characters, as appended at its end.

    Luhn mod N with N = 32: from the right, every other character counts double, beginning with the last of
    the body, and a doubled value of two base-32 digits counts as the sum of these digits. Detects every wrong
    character and every swap of two neighbours, save one: ``0Z`` and ``Z0`` count the same (0 and 31 are the
    two values that doubling leaves as they are, as 0 and 9 in decimal Luhn).

    Raises:
        ValueError: a character outside the alphabet; only canonical upper case is accepted.
    """
    total = 0
    for distance, character in enumerate(reversed(body)):
        value = _CROCKFORD_VALUE.get(character)
        if value is None:
            raise ValueError("character outside the Crockford base32 alphabet")
        if distance % 2 == 0:
            value = sum(divmod(2 * value, 32))
        total += value
    return CROCKFORD_ALPHABET[-total % 32]


def new_typed_code() -> str:
    """A new ticket code for typing: 9 random Crockford characters (45 bits) and their check character."""
    number = secrets.randbits(5 * (TYPED_CODE_LENGTH - 1))
    body = "".join(CROCKFORD_ALPHABET[number >> 5 * place & 31] for place in range(TYPED_CODE_LENGTH - 1))
    return body + check_character(body)


def normalise_typed_code(text: str) -> str | None:
    """The canonical 10 characters of what somebody typed or pasted, or None when it is not a typed code.

    Forgives lower case, white space and dashes of any kind anywhere, O for 0, and I or L for 1. Takes any
    string: length and content are decided here, nothing raises.
    """
    code = text.translate(_TYPED_TRANSLATION)
    if len(code) != TYPED_CODE_LENGTH or any(character not in _CROCKFORD_VALUE for character in code):
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def group_code(code: str) -> str:
    """A typed code as it is printed: groups of five, ``7K3F9 QXM2H``."""
    return " ".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def new_ticket_id(now: datetime) -> int:
    """A new ticket id: 5 bytes of milliseconds since 2020-01-01 UTC, then 3 random bytes.

    The 8 bytes are read as a signed big-endian number, so that every id fits a BIGINT column; ids from
    mid-2037 on are negative. Two ids of the same millisecond collide once in 16.7 million pairs: the primary
    key catches that. The time lets an offline scanner tell a ticket newer than its data from an invented one.

    Raises:
        ValueError: ``now`` is naive, before 2020 or after 2^40 milliseconds (November 2054).
    """
    if now.tzinfo is None:
        raise ValueError("a ticket id needs an aware time")
    milliseconds = (now - TICKET_EPOCH) // _MILLISECOND
    if not 0 <= milliseconds < 256 ** (TICKET_ID_BYTES - _RANDOM_BYTES):
        raise ValueError("time outside the range of ticket ids (2020 to 2054)")
    issued = milliseconds.to_bytes(TICKET_ID_BYTES - _RANDOM_BYTES, "big")
    return ticket_id_from_bytes(issued + secrets.token_bytes(_RANDOM_BYTES))


def ticket_id_bytes(ticket_id: int) -> bytes:
    """The 8 bytes of a ticket id, as they stand in the QR text. ValueError outside signed 64 bits."""
    try:
        return ticket_id.to_bytes(TICKET_ID_BYTES, "big", signed=True)
    except OverflowError as error:
        raise ValueError("a ticket id is a signed 64-bit number") from error


def ticket_id_from_bytes(data: bytes) -> int:
    """The ticket id of 8 bytes, signed. ValueError for any other length."""
    if len(data) != TICKET_ID_BYTES:
        raise ValueError("a ticket id has 8 bytes")
    return int.from_bytes(data, "big", signed=True)


def ticket_issued_at(ticket_id: int) -> datetime:
    """When a ticket id was made (aware UTC, to the millisecond). ValueError outside signed 64 bits."""
    milliseconds = int.from_bytes(ticket_id_bytes(ticket_id)[:-_RANDOM_BYTES], "big")
    return TICKET_EPOCH + milliseconds * _MILLISECOND


def random_token() -> str:
    """128 random bits in url-safe base64 without padding: 22 characters."""
    return secrets.token_urlsafe(16)


def slugify(text: str, max_length: int = 60) -> str:
    """An ASCII slug for addresses: lower case words joined by hyphens, at most ``max_length`` characters.

    Accents go (``Café`` gives ``cafe``), an apostrophe joins (``Jum'at`` gives ``jumat``), a cut falls
    between words where there are several. ``kegiatan`` when nothing is left.
    """
    # Letters lose their accents; other non-ASCII characters, dashes above all, separate words.
    decomposed = re.sub(r"[\u0300-\u036f'\u2018\u2019\u02bc]", "", unicodedata.normalize("NFKD", text))
    words = re.findall(r"[a-z0-9]+", decomposed.lower())
    slug = "-".join(words)
    if len(slug) > max_length:
        head, hyphen, _ = slug[: max_length + 1].rpartition("-")
        slug = head if hyphen else slug[:max_length]
    return slug or "kegiatan"[:max_length]
