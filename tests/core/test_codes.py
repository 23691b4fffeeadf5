"""Codes: base45, typed codes, ticket ids, tokens and slugs."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import codes
from tests.core import reference

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "codes.json").read_text(encoding="utf-8")
)
CODES = st.text(codes.CROCKFORD_ALPHABET, min_size=9, max_size=9).map(lambda b: b + codes.check_character(b))


def test_the_vectors_are_what_the_independent_computation_gives() -> None:
    assert reference.vectors() == VECTORS


@pytest.mark.parametrize("case", VECTORS["base45"]["valid"], ids=lambda case: case["text"])
def test_base45_vectors(case: dict[str, str]) -> None:
    assert codes.base45_encode(bytes.fromhex(case["hex"])) == case["text"]
    assert codes.base45_decode(case["text"]).hex() == case["hex"]


@pytest.mark.parametrize("case", VECTORS["base45"]["invalid"], ids=lambda case: case["why"])
def test_base45_refuses(case: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="base45"):
        codes.base45_decode(case["text"])


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")],
)
def test_base45_examples_printed_in_rfc_9285(data: bytes, text: str) -> None:
    assert codes.base45_encode(data) == text
    assert codes.base45_decode(text) == data


@given(st.binary(max_size=200))
def test_base45_round_trip(data: bytes) -> None:
    assert codes.base45_decode(codes.base45_encode(data)) == data
    assert codes.base45_encode(data) == reference.base45(data)


@given(st.one_of(st.text(max_size=50), st.text(codes.BASE45_ALPHABET, max_size=50)))
def test_base45_decodes_only_what_encoding_gives(text: str) -> None:
    try:
        data = codes.base45_decode(text)
    except ValueError:
        return
    assert codes.base45_encode(data) == text


def test_every_pair_of_bytes_has_its_own_three_characters() -> None:
    texts = {codes.base45_encode(value.to_bytes(2, "big")) for value in range(0, 65536, 7)}
    assert len(texts) == len(range(0, 65536, 7))


@pytest.mark.parametrize("case", VECTORS["typed"]["check"], ids=lambda case: case["body"])
def test_check_character_vectors(case: dict[str, str]) -> None:
    assert codes.check_character(case["body"]) == case["check"]


@pytest.mark.parametrize("case", VECTORS["typed"]["accepted"], ids=lambda case: repr(case["text"]))
def test_typed_code_is_forgiven(case: dict[str, str]) -> None:
    assert codes.normalise_typed_code(case["text"]) == case["code"]


@pytest.mark.parametrize("case", VECTORS["typed"]["refused"], ids=lambda case: case["why"])
def test_typed_code_is_refused(case: dict[str, str]) -> None:
    assert codes.normalise_typed_code(case["text"]) is None


@pytest.mark.parametrize("case", VECTORS["typed"]["grouped"])
def test_grouping(case: dict[str, str]) -> None:
    assert codes.group_code(case["code"]) == case["grouped"]
    assert codes.normalise_typed_code(case["grouped"]) == case["code"]


@pytest.mark.parametrize("body", ["lower", "O", "I", "L", "U", "é"])
def test_check_character_takes_only_canonical_characters(body: str) -> None:
    with pytest.raises(ValueError, match="Crockford"):
        codes.check_character(body)


def test_new_typed_codes_are_canonical_and_differ() -> None:
    made = {codes.new_typed_code() for _ in range(200)}
    assert len(made) == 200
    assert all(codes.normalise_typed_code(code) == code for code in made)


@given(CODES)
def test_reference_agrees_on_every_code(code: str) -> None:
    assert reference.with_check(code[:-1]) == code


def other_characters(code: str) -> Iterator[str]:
    """Every string that differs from the code in exactly one character."""
    for place, right in enumerate(code):
        for wrong in codes.CROCKFORD_ALPHABET:
            if wrong != right:
                yield code[:place] + wrong + code[place + 1 :]


@given(CODES)
def test_every_single_wrong_character_is_noticed(code: str) -> None:
    assert not any(codes.normalise_typed_code(wrong) for wrong in other_characters(code))


def test_every_swap_of_neighbours_is_noticed_except_0_and_z() -> None:
    # A swap at any place but the last changes the sum only through the two characters, so all pairs at an
    # even and an odd place settle every code; the last place (check character) is the third case.
    missed = set()
    for place in (0, 1):
        for first in codes.CROCKFORD_ALPHABET:
            for second in codes.CROCKFORD_ALPHABET:
                body = "7K"[:place] + first + second + "3F9QXM2"[: 7 - place]
                swapped = body[:place] + second + first + body[place + 2 :]
                if first < second and codes.check_character(body) == codes.check_character(swapped):
                    missed.add((place, first + second))
    assert missed == {(0, "0Z"), (1, "0Z")}


@given(CODES)
def test_swaps_with_the_check_character_follow_the_same_rule(code: str) -> None:
    swapped = code[:-2] + code[-1] + code[-2]
    noticed = codes.normalise_typed_code(swapped) is None
    assert noticed == (code[-2] != code[-1] and set(code[-2:]) != {"0", "Z"})


@given(st.text())
def test_normalising_never_raises(text: str) -> None:
    code = codes.normalise_typed_code(text)
    assert code is None or len(code) == 10


@pytest.mark.parametrize("unit", ["7", " ", "\0", "\ud800", "🎫", "\u200f", "ﷺ", "I"])
def test_normalising_takes_8_kilobytes_of_anything(unit: str) -> None:
    assert codes.normalise_typed_code(unit * 8192) is None


@pytest.mark.parametrize("case", VECTORS["tickets"]["genuine"], ids=lambda case: case["ticket_id_hex"])
def test_ticket_id_vectors(case: dict[str, Any]) -> None:
    ticket_id = int(case["ticket_id"])
    assert codes.ticket_id_bytes(ticket_id).hex() == case["ticket_id_hex"]
    assert codes.ticket_id_from_bytes(bytes.fromhex(case["ticket_id_hex"])) == ticket_id
    assert codes.ticket_issued_at(ticket_id) == datetime.fromisoformat(case["issued_at"])


@given(st.datetimes(datetime(2020, 1, 1), datetime(2054, 10, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_ticket_id_keeps_its_time_to_the_millisecond(now: datetime) -> None:
    ticket_id = codes.new_ticket_id(now)
    assert -(2**63) <= ticket_id < 2**63
    assert timedelta(0) <= now - codes.ticket_issued_at(ticket_id) < timedelta(milliseconds=1)
    assert codes.ticket_issued_at(ticket_id).tzinfo is UTC


def test_ticket_ids_of_one_moment_differ_and_zones_do_not_matter() -> None:
    now = datetime(2023, 7, 19, 8, 0, tzinfo=timezone(timedelta(hours=7)))
    made = {codes.new_ticket_id(now) for _ in range(20)}
    assert len(made) > 18  # 24 random bits
    assert {codes.ticket_issued_at(ticket_id) for ticket_id in made} == {datetime(2023, 7, 19, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    "now",
    [
        datetime(2023, 7, 19),  # noqa: DTZ001 - naive on purpose
        datetime(2019, 12, 31, 23, 59, 59, tzinfo=UTC),
        codes.TICKET_EPOCH + timedelta(milliseconds=2**40),
    ],
)
def test_ticket_id_refuses_other_times(now: datetime) -> None:
    with pytest.raises(ValueError, match="time"):
        codes.new_ticket_id(now)


def test_ticket_id_refuses_other_sizes() -> None:
    for ticket_id in (2**63, -(2**63) - 1):
        with pytest.raises(ValueError, match="64-bit"):
            codes.ticket_id_bytes(ticket_id)
    for size in (0, 7, 9):
        with pytest.raises(ValueError, match="8 bytes"):
            codes.ticket_id_from_bytes(bytes(size))


def test_random_tokens() -> None:
    made = {codes.random_token() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in made)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Jalan santai 4 km", "jalan-santai-4-km"),
        ("Jum'at Sehat — Donor Darah!", "jumat-sehat-donor-darah"),
        ("  Talk show: Bursa Modal (koperasi & UMKM)  ", "talk-show-bursa-modal-koperasi-umkm"),
        ("Café Ünïcode", "cafe-unicode"),
        ("🎫", "kegiatan"),
        ("", "kegiatan"),
        ("---", "kegiatan"),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert codes.slugify(text) == slug


def test_slugs_are_cut_between_words() -> None:
    assert codes.slugify("pendaftaran nomor induk berusaha", 20) == "pendaftaran-nomor"
    assert codes.slugify("pendaftaran nomor", 17) == "pendaftaran-nomor"
    assert codes.slugify("a" * 100) == "a" * 60


@given(st.text(), st.integers(1, 80))
def test_slugs_are_always_usable(text: str, max_length: int) -> None:
    slug = codes.slugify(text, max_length)
    assert len(slug) <= max_length
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
