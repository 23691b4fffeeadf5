"""Telephone numbers in every habit of writing them."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.phones import InvalidPhone, display_phone, mask_phone, parse_phone, whatsapp_link

MOBILE = "+6281234567890"


@pytest.mark.parametrize(
    "text",
    [
        "081234567890",
        "0812-3456-7890",
        "0812 3456 7890",
        "0812.3456.7890",
        "(0812) 3456 7890",
        "81234567890",
        "6281234567890",
        "+6281234567890",
        "+62 812-3456-7890",
        "(+62) 812 3456 7890",
        "+62 (0)812 3456 7890",
        "62 0812 3456 7890",
        "006281234567890",
        "0062 812 3456 7890",
        "+62\u2011812\u20133456\u20147890",
        "\u202a+62 812\u00a03456 7890\u202c",
        "\u200e0812\u200b34567890\ufeff",
        "\t0812 3456 7890\r\n",
        "０８１２３４５６７８９０",
        "＋６２ ８１２ ３４５６ ７８９０",
        "٠٨١٢٣٤٥٦٧٨٩٠",
    ],
)
def test_one_number_in_every_habit(text: str) -> None:
    assert parse_phone(text) == MOBILE


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("0812345678", "+62812345678"),  # ten digits, the oldest numbers
        ("0895123456789", "+62895123456789"),  # thirteen
        ("021-7520123", "+62217520123"),
        ("(0411) 123456", "+62411123456"),
        ("+65 8123 4567", "+6581234567"),
        ("+60 12-345 6789", "+60123456789"),
        ("0060 12 345 6789", "+60123456789"),
        ("+1 (202) 456-1111", "+12024561111"),
        ("+966 50 123 4567", "+966501234567"),
        ("+39 06 6982", "+39066982"),
    ],
)
def test_other_numbers(text: str, e164: str) -> None:
    assert parse_phone(text) == e164


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("-", "empty"),
        ("\u200e\u202c", "empty"),
        ("0", "too_short"),
        ("62", "too_short"),
        ("+62", "too_short"),
        ("0812 345", "too_short"),
        ("81234", "too_short"),
        ("110", "too_short"),
        ("+65 812", "too_short"),
        ("0812345678901234", "too_long"),
        ("081234567890 081234567891", "too_long"),
        ("+1 202 456 1111 22", "too_long"),
        ("1" * 8192, "too_long"),
        ("🎫" * 2048, "too_long"),
        ("\0" * 8192, "too_long"),
        ("Siti", "invalid"),
        ("08I234567890", "invalid"),
        ("0812 3456 7890 ext 3", "invalid"),
        ("0812 3456 7890;ext=3", "invalid"),
        ("081234567890/081234567891", "invalid"),
        ("08123+4567890", "invalid"),
        ("++6281234567890", "invalid"),
        ("+", "invalid"),
        ("🎫", "invalid"),
        ("\ud800", "invalid"),
        ("²", "too_short"),
        ("6581234567", "invalid"),  # Singapore without its +: no guess
        ("+999 1234 5678", "invalid"),
        ("0000000000", "invalid"),
    ],
)
def test_refusals_say_why(text: str, code: str) -> None:
    with pytest.raises(InvalidPhone) as caught:
        parse_phone(text)
    assert caught.value.code == code


@given(st.one_of(st.text(), st.text("0123456789+- ()", max_size=24)))
def test_parsing_gives_e164_or_a_refusal(text: str) -> None:
    try:
        e164 = parse_phone(text)
    except InvalidPhone:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", e164)
    assert parse_phone(e164) == e164
    assert parse_phone(display_phone(e164)) == e164


@pytest.mark.parametrize(
    ("e164", "shown", "masked"),
    [
        (MOBILE, "0812-3456-7890", "0812-••••-7890"),
        ("+62812345678", "0812-345-678", "0812-••••-78"),
        ("+62895123456789", "0895-1234-56789", "0895-••••-6789"),
        ("+62217520123", "(021) 7520123", "0217-••••-23"),
        ("+6581234567", "+65 8123 4567", "+65-••••-4567"),
        ("+12024561111", "+1 202-456-1111", "+1-••••-1111"),
        ("", "", "••••"),
        ("dihapus", "dihapus", "••••"),
        ("+99912345678", "+99912345678", "••••"),
    ],
)
def test_showing_and_masking(e164: str, shown: str, masked: str) -> None:
    assert display_phone(e164) == shown
    assert mask_phone(e164) == masked


@given(st.integers(10**8, 10**12).map(lambda number: f"+62{number}"))
def test_masking_hides_at_least_three_digits(e164: str) -> None:
    seen = sum(character.isdigit() for character in mask_phone(e164))
    assert seen <= len(e164) - len("+62") + 1 - 3


@pytest.mark.parametrize("text", ["", "Halo Bu Siti", "a & b = c?\n#1 + 100% 'ya' 🎫", "https://x/?a=b&c=d"])
def test_whatsapp_link_carries_any_text(text: str) -> None:
    parts = urlsplit(whatsapp_link(MOBILE, text))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "wa.me", "/6281234567890")
    assert parse_qs(parts.query, keep_blank_values=True) == {"text": [text]}


def test_whatsapp_link_takes_lone_surrogates_and_only_e164() -> None:
    assert whatsapp_link(MOBILE, "\ud800").endswith("?text=%3F")
    for wrong in ("081234567890", "", "+62812/x?y", "+6281234567890\n"):
        with pytest.raises(InvalidPhone):
            whatsapp_link(wrong, "Halo")
