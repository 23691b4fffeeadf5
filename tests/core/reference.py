"""Independent computations behind ``tests/vectors/codes.json``; nothing here imports the application.

Run ``python -m tests.core.reference`` from the top folder to print the file anew. Each method differs from
the application's: base45 by big powers instead of repeated division, the check character by trying all 32
with a table written out by hand, Ed25519 in plain Python integers from the formulas of RFC 8032, section 5.1.
"""

import base64
import hashlib
import json
import sys
from datetime import datetime, timedelta
from typing import Any

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What a character counts at a doubled place: 0 2 4 … 30, then 16 doubled = 32 = "10" in base 32 = 1, 3, … 31.
DOUBLED: list[int] = [*range(0, 32, 2), *range(1, 32, 2)]


def base45(data: bytes) -> str:
    """RFC 9285: n = c + 45 d + 2025 e, written c d e."""
    text = ""
    for first, second in zip(data[::2], data[1::2], strict=False):
        number = first * 256 + second
        text += BASE45[number % 45] + BASE45[number // 45 % 45] + BASE45[number // 2025]
    if len(data) % 2:
        text += BASE45[data[-1] % 45] + BASE45[data[-1] // 45]
    return text


def luhn_ok(code: str) -> bool:
    """Whether a whole code, check character last, adds up to a multiple of 32."""
    places = list(code[::-1])
    single = sum(CROCKFORD.index(character) for character in places[0::2])
    double = sum(DOUBLED[CROCKFORD.index(character)] for character in places[1::2])
    return (single + double) % 32 == 0


def with_check(body: str) -> str:
    """The body and the one character of the 32 that makes it add up."""
    (code,) = [body + character for character in CROCKFORD if luhn_ok(body + character)]
    return code


# Ed25519, RFC 8032, sections 5.1 and 5.1.4: -x² + y² = 1 + d x² y² over p, points as X, Y, Z, T with
# x = X/Z, y = Y/Z, x y = T/Z.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """The sum of two points, by the formulas of section 5.1.4 (they double as well)."""
    low, high = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    cross, scale = 2 * D * a[3] * b[3], 2 * a[2] * b[2]
    e, f, g, h = (high - low) % P, (scale - cross) % P, (scale + cross) % P, (high + low) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int) -> bytes:
    """A multiple of the base point, in its 32-byte form (section 5.1.2)."""
    total: Point = (0, 1, 1, 0)
    point = base_point()
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    inverse = pow(total[2], P - 2, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def base_point() -> Point:
    """The point with y = 4/5 and even x (section 5.1)."""
    y = 4 * pow(5, P - 2, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    x = x if x % 2 == 0 else P - x
    return x, y, 1, x * y % P


def ed25519(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """The public key (32 bytes) and signature (64 bytes) of a message."""
    digest = hashlib.sha512(seed).digest()
    secret = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    public = times(secret)
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % ORDER
    commitment = times(nonce)
    challenge = int.from_bytes(hashlib.sha512(commitment + public + message).digest(), "little") % ORDER
    return public, commitment + ((nonce + challenge * secret) % ORDER).to_bytes(32, "little")


def hmac_token(secret: bytes, *parts: bytes | str | int) -> str:
    """HMAC-SHA256 from its definition (RFC 2104) over type letter, 4-byte length and bytes of each part."""
    message = b""
    for part in parts:
        letter = {bytes: b"b", str: b"s", int: b"i"}[type(part)]
        data = part if isinstance(part, bytes) else str(part).encode()
        message += letter + len(data).to_bytes(4, "big") + data
    key = secret.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()
    return base64.urlsafe_b64encode(outer[:16]).decode().removesuffix("==")


# RFC 8032, section 7.1, TEST 1: a published seed, so no secret.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
OTHER_SEED = bytes(range(32))
SAMPLE_ID = "19e5a0f3c07b12cd"
TICKETS = [  # key id, festival, scope, ticket id in hex
    (1, 1, 0, "0000000000000000"),
    (1, 1, 3, SAMPLE_ID),
    (1, 65535, 65535, "7fffffffffffffff"),
    (1, 258, 772, "8000000000000000"),
    (255, 1, 12, "ffffffffffffffff"),
]


def ticket_text(seed: bytes, payload: bytes) -> str:
    _, signature = ed25519(seed, b"pekan-ticket-v1\0" + payload)
    return "PK1:" + base45(payload + signature)


def payload_of(key_id: int, festival: int, scope: int, ticket_hex: str) -> bytes:
    return bytes.fromhex(f"{key_id:02x}{festival:04x}{scope:04x}{ticket_hex}")


def genuine_tickets() -> list[dict[str, Any]]:
    """Tickets signed by the published key, with everything they say."""
    cases = []
    for key_id, festival, scope, ticket_hex in TICKETS:
        payload = payload_of(key_id, festival, scope, ticket_hex)
        number = int(ticket_hex, 16)
        issued = datetime.fromisoformat("2020-01-01T00:00:00+00:00") + timedelta(milliseconds=number >> 24)
        cases.append(
            {
                "key_id": key_id,
                "festival": festival,
                "scope": scope,
                "ticket_id": str(number - 2**64 if number >= 2**63 else number),
                "ticket_id_hex": ticket_hex,
                "issued_at": issued.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "payload_hex": payload.hex(),
                "text": ticket_text(SEED, payload),
            }
        )
    return cases


def forged_tickets() -> list[tuple[str, str]]:
    """Texts of a ticket's shape that no known key has signed, and why."""
    payload = payload_of(1, 1, 3, SAMPLE_ID)
    signature = ed25519(SEED, b"pekan-ticket-v1\0" + payload)[1]
    too_big = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    return [
        (ticket_text(OTHER_SEED, payload), "signed by another key"),
        ("PK1:" + base45(payload_of(1, 1, 4, SAMPLE_ID) + signature), "scope changed after signing"),
        (ticket_text(SEED, payload_of(2, 1, 3, SAMPLE_ID)), "unknown key id 2"),
        ("PK1:" + base45(payload + ed25519(SEED, payload)[1]), "signed without the prefix"),
        ("PK1:" + base45(payload + signature[:32] + too_big), "S is not below the order of the group"),
        ("PK1:" + base45(bytes(77)), "all zero"),
    ]


def other_texts() -> list[tuple[str, str]]:
    """Texts that are no ticket at all, and why."""
    good = ticket_text(SEED, payload_of(1, 1, 3, SAMPLE_ID))
    return [
        ("", "empty"),
        (with_check("7K3F9QXM2"), "a typed code"),
        ("https://example.org/", "an address"),
        ("PK1:", "prefix alone"),
        (good[:-1], "cut off by one"),
        (good + "0", "one character more"),
        (" " + good, "a space before"),
        (good + "\n", "a line end after"),
        (good.lower(), "lower case"),
        ("PK2:" + good[4:], "another version"),
        ("PK1::::" + good[7:], "a group over 65535"),
        (good[:-2] + "::", "last group over 255"),
        ("PK1:" + "\U0001f3ab" * 116, "120 characters, not base45"),
    ]


def tickets() -> dict[str, Any]:
    """Genuine and false tickets, all for the key ids 1 and 255 that share the published seed."""
    return {
        "seed_hex": SEED.hex(),
        "public_keys_hex": dict.fromkeys(("1", "255"), ed25519(SEED, b"")[0].hex()),
        "genuine": genuine_tickets(),
        "forged": reasons(forged_tickets()),
        "not_a_ticket": reasons(other_texts()),
    }


def reasons(cases: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"text": text, "why": why} for text, why in cases]


def typed() -> dict[str, Any]:
    """Typed codes: check characters, forgiving input, refusals."""
    bodies = ["000000000", "ZZZZZZZZZ", "7K3F9QXM2", "012345678", "9ABCDEFGH", "JKMNPQRST", "VWXYZ0123"]
    code = with_check("7K3F9QXM2")
    one = with_check("10ABCDEFG")
    accepted = [
        (code, code),
        (code.lower(), code),
        (f"{code[:5]} {code[5:]}", code),
        (f"  {code[:5]} - {code[5:]}\r\n", code),
        (f"{code[:5]}\u2013{code[5:]}", code),
        (f"\u200e{code[:5]}\u00a0{code[5:]}\u200f", code),
        ("-".join(code), code),
        (one.replace("1", "I", 1).replace("0", "O", 1), one),
        (one.replace("1", "l", 1).replace("0", "o", 1), one),
    ]
    refused = [
        ("", "empty"),
        (" - ", "separators only"),
        (code[:-1], "one short"),
        (code + "0", "one more"),
        (code[:-1] + CROCKFORD[(CROCKFORD.index(code[-1]) + 1) % 32], "wrong check character"),
        (code[1] + code[0] + code[2:], "two neighbours swapped"),
        ("U" + code[1:], "U is not in the alphabet"),
        (f"{code[:5]}.{code[5:]}", "a dot is not a dash"),
        ("\u0131" + one[1:], "a dotless i, which upper case would turn into I"),
        ("\uff17" + code[1:], "a full-width digit"),
        ("\U0001f3ab" * 10, "emoji"),
        ("\u0000" * 10, "control characters"),
        ("7" * 8192, "8 KB"),
    ]
    return {
        "check": [{"body": body, "check": with_check(body)[-1]} for body in bodies],
        "accepted": [{"text": text, "code": canonical} for text, canonical in accepted],
        "refused": reasons(refused),
        "grouped": [{"code": code, "grouped": "7K3F9 QXM2" + code[-1]}],
    }


def base45_cases() -> dict[str, Any]:
    """Byte strings with their texts, and texts that stand for nothing."""
    samples = [b"", b"\0", b"\xff", b"\0\0", b"\xff\xff", b"AB", b"Hello!!", b"base-45", b"ietf!"]
    invalid = [
        ("GGW", "65536, one more than FGW (RFC 9285)"),
        (":::", "91124"),
        ("V5", "256 in two characters"),
        ("A", "one character"),
        ("BB8 ", "a space is a character, and one too many"),
        ("bb8", "lower case"),
        ("BB\u00d8", "outside the alphabet"),
        ("BB\n", "a line end"),
    ]
    return {
        "valid": [{"hex": data.hex(), "text": base45(data)} for data in [*samples, bytes(range(77))]],
        "invalid": reasons(invalid),
    }


def vectors() -> dict[str, Any]:
    """The whole file."""
    derived = (["manage"], ["manage", 1], ["manage", "1"], ["manage", "a", "bc"], ["manage", "ab", "c"])
    return {
        "about": "Made by python -m tests.core.reference, which shares no code with the application. "
        "ticket_id is a decimal string, for it may exceed 2^53. The seed is RFC 8032, 7.1, TEST 1.",
        "base45": base45_cases(),
        "typed": typed(),
        "tickets": tickets(),
        "derived": [
            {"secret_hex": "6b6579", "parts": parts, "token": hmac_token(b"key", *parts)} for parts in derived
        ],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(vectors(), indent=1) + "\n")
