"""Signed tickets, derived tokens and token hashes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.core import codes
from app.core.crypto import (
    SIGNING_PREFIX,
    Forged,
    NotATicket,
    TicketPayload,
    TicketSigner,
    TicketVerifier,
    derive_token,
    hash_token,
    pack,
    same,
    unpack,
)
from tests.core import reference

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "codes.json").read_text(encoding="utf-8")
)
TICKETS = VECTORS["tickets"]
KEYS = {int(number): bytes.fromhex(key) for number, key in TICKETS["public_keys_hex"].items()}
SEED = bytes.fromhex(TICKETS["seed_hex"])
SIGNER = TicketSigner(SEED)
VERIFIER = TicketVerifier(KEYS)
TEXT = SIGNER.qr_text(1, 3, 123456789)
PAYLOADS = st.builds(
    TicketPayload,
    st.integers(0, 255),
    st.integers(0, 65535),
    st.integers(0, 65535),
    st.integers(-(2**63), 2**63 - 1),
)


def payload_of(case: dict[str, Any]) -> TicketPayload:
    return TicketPayload(case["key_id"], case["festival"], case["scope"], int(case["ticket_id"]))


@pytest.mark.parametrize("case", TICKETS["genuine"], ids=lambda case: case["payload_hex"])
def test_genuine_vectors(case: dict[str, Any]) -> None:
    payload = payload_of(case)
    assert pack(payload).hex() == case["payload_hex"]
    signer = TicketSigner(SEED, payload.key_id)
    assert signer.qr_text(payload.festival, payload.scope, payload.ticket_id) == case["text"]
    assert VERIFIER.read(case["text"]) == payload


@pytest.mark.parametrize("case", TICKETS["forged"], ids=lambda case: case["why"])
def test_forged_vectors(case: dict[str, str]) -> None:
    with pytest.raises(Forged):
        VERIFIER.read(case["text"])


@pytest.mark.parametrize("case", TICKETS["not_a_ticket"], ids=lambda case: case["why"])
def test_vectors_that_are_no_tickets(case: dict[str, str]) -> None:
    with pytest.raises(NotATicket):
        VERIFIER.read(case["text"])


@given(PAYLOADS)
def test_packing_round_trip(payload: TicketPayload) -> None:
    data = pack(payload)
    assert len(data) == 13
    assert unpack(data) == payload


@pytest.mark.parametrize(
    "payload",
    [
        TicketPayload(256, 1, 1, 1),
        TicketPayload(-1, 1, 1, 1),
        TicketPayload(1, 65536, 1, 1),
        TicketPayload(1, 1, -1, 1),
        TicketPayload(1, 1, 1, 2**63),
    ],
)
def test_packing_refuses_what_does_not_fit(payload: TicketPayload) -> None:
    with pytest.raises(ValueError, match=r"fit|64-bit"):
        pack(payload)


@pytest.mark.parametrize("size", [0, 12, 14])
def test_unpacking_refuses_other_lengths(size: int) -> None:
    with pytest.raises(ValueError, match="13 bytes"):
        unpack(bytes(size))


@given(PAYLOADS)
def test_signed_and_read_again(payload: TicketPayload) -> None:
    signer = TicketSigner(SEED, payload.key_id)
    text = signer.qr_text(payload.festival, payload.scope, payload.ticket_id)
    assert len(text) == 120
    assert set(text) <= set(codes.BASE45_ALPHABET)
    assert TicketVerifier({payload.key_id: signer.public_key_bytes}).read(text) == payload


# RFC 8032, section 7.1, TEST 2 (a one-byte message) and TEST 1 (the empty one).
@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_signing_is_plain_ed25519(seed: str, public: str, message: str, signature: str) -> None:
    key = bytes.fromhex(seed)
    # The printed vectors hold for the plain-Python reference and for the library …
    assert reference.ed25519(key, bytes.fromhex(message)) == (bytes.fromhex(public), bytes.fromhex(signature))
    assert Ed25519PrivateKey.from_private_bytes(key).sign(bytes.fromhex(message)).hex() == signature
    # … and a ticket is the reference's signature over prefix and payload, nothing more.
    signer = TicketSigner(key)
    data = codes.base45_decode(signer.qr_text(1, 3, -5)[4:])
    assert signer.public_key_bytes.hex() == public
    assert data[13:] == reference.ed25519(key, SIGNING_PREFIX + data[:13])[1]


def test_any_flipped_bit_is_forged() -> None:
    data = codes.base45_decode(TEXT[4:])
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Forged) as caught:
            VERIFIER.read("PK1:" + codes.base45_encode(bytes(changed)))
        assert caught.value.claimed == unpack(bytes(changed[:13]))


@given(st.integers(0, 119), st.characters())
def test_any_changed_character_is_refused(place: int, character: str) -> None:
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    if changed == TEXT:
        return
    with pytest.raises((Forged, NotATicket)):
        VERIFIER.read(changed)


def test_every_truncation_is_no_ticket() -> None:
    for length in range(len(TEXT)):
        with pytest.raises(NotATicket):
            VERIFIER.read(TEXT[:length])


def test_other_and_missing_keys() -> None:
    other = TicketSigner(bytes(range(32)))
    for verifier in (
        TicketVerifier({1: other.public_key_bytes}),
        TicketVerifier({}),
        TicketVerifier({2: KEYS[1]}),
    ):
        with pytest.raises(Forged):
            verifier.read(TEXT)


@pytest.mark.parametrize("unit", ["A", " ", "\0", "\ud800", "🎫", "\u200f", "PK1:", "\n"])
def test_reading_takes_8_kilobytes_of_anything(unit: str) -> None:
    for text in (unit * (8192 // len(unit)), "PK1:" + unit * 116, ("PK1:" + unit * 116)[:120]):
        with pytest.raises((NotATicket, Forged)):
            VERIFIER.read(text)


@given(st.text())
def test_reading_never_fails_otherwise(text: str) -> None:
    with pytest.raises(NotATicket):
        VERIFIER.read(text)


def test_both_refusals_are_value_errors() -> None:
    assert issubclass(NotATicket, ValueError)
    assert issubclass(Forged, ValueError)
    assert not issubclass(Forged, NotATicket)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_have_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        TicketSigner(bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        TicketVerifier({1: bytes(size)})


@pytest.mark.parametrize("key_id", [-1, 256])
def test_key_ids_have_one_byte(key_id: int) -> None:
    with pytest.raises(ValueError, match="key id"):
        TicketSigner(SEED, key_id)


@pytest.mark.parametrize("case", VECTORS["derived"], ids=lambda case: repr(case["parts"]))
def test_derived_token_vectors(case: dict[str, Any]) -> None:
    assert derive_token(bytes.fromhex(case["secret_hex"]), *case["parts"]) == case["token"]


def test_derived_tokens_differ_by_everything() -> None:
    secret = b"s" * 32
    tokens = [
        derive_token(secret, "manage", 1),
        derive_token(secret, "manage", "1"),
        derive_token(secret, "manage", b"1"),
        derive_token(secret, "manage", 1, ""),
        derive_token(secret, "manage1"),
        derive_token(secret, "manage", -1),
        derive_token(secret, "manage", "ab", "c"),
        derive_token(secret, "manage", "a", "bc"),
        derive_token(secret, "pair", 1),
        derive_token(b"t" * 32, "manage", 1),
    ]
    assert len(set(tokens)) == len(tokens)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


def test_derived_token_needs_a_secret_and_takes_any_text() -> None:
    with pytest.raises(ValueError, match="empty secret"):
        derive_token(b"", "manage")
    assert len(derive_token(b"k", "manage", "\ud800🎫", 2**200)) == 22


@given(st.text(), st.text())
def test_same_is_equality(a: str, b: str) -> None:
    assert same(a, b) == (a == b)
    assert same(a, a)


def test_same_and_hash_take_lone_surrogates() -> None:
    assert same("\ud800", "\ud800")
    assert not same("\ud800", "?")
    assert len(hash_token("\ud800")) == 64


def test_hash_is_sha256() -> None:
    # FIPS 180-2, appendix B.1
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
