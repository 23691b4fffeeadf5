"""Makes the generated cases of ``tests/vectors/checkin.json`` anew; the hand-made ones in it stay as they are.

    python -m tests.checkin.make_vectors

A hand-made case (``"by": "hand"``) is the specification, and written by a person. A generated one pins what
Python says, so that JavaScript must say the same.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.core.codes import CROCKFORD_ALPHABET, check_character
from app.core.crypto import TicketSigner
from tests.checkin.vectors import judge, must, read_text

FILE = Path(__file__).parent.parent / "vectors" / "checkin.json"
ABOUT = (
    "Verdicts of scans, the same in Python (app/checkin/rules) and on the phone (static/js/checkin/rules.js). "
    "cases: one scan each; ticket null is not in the snapshot. codes: what a text is; "
    "settle: what the server makes of a verdict and of what the phone showed (server only). Times with offset."
)
GENERATED = 300
DAYS = ["2023-07-19", "2023-07-20", "2023-07-21"]
SLOTS = [
    {"n": n, "id": n, "activity": activity,
     "starts_at": f"2023-07-{start}:00+07:00", "ends_at": f"2023-07-{end}:00+07:00"}
    for n, (activity, start, end) in enumerate(
        [
            (1, "20T09:00", "20T11:00"), (1, "20T13:00", "20T15:00"), (1, "21T09:00", "21T11:00"),
            (2, "20T08:00", "20T12:00"), (2, "20T22:00", "21T02:00"), (3, "19T07:00", "19T17:00"),
        ], start=1,
    )
]  # fmt: skip
STEPS = [
    timedelta(0),
    timedelta(milliseconds=-1),
    timedelta(milliseconds=1),
    timedelta(hours=-3),
    timedelta(hours=5),
]


def main() -> None:
    old = json.loads(FILE.read_text())
    cases = [case for case in old["cases"] if case["by"] == "hand"] + generated_cases()
    codes = [case for case in old.get("codes", []) if case["by"] == "hand"] + generated_codes()
    write({"about": ABOUT, "zone": "Asia/Jakarta", "cases": cases, "codes": codes, "settle": old["settle"]})


def write(content: dict[str, Any]) -> None:
    """One case a line, so that a change reads well."""
    parts = []
    for name, value in content.items():
        if isinstance(value, list):
            lines = ",\n".join(f"    {json.dumps(case)}" for case in value)
            parts.append(f'  "{name}": [\n{lines}\n  ]')
        else:
            parts.append(f'  "{name}": {json.dumps(value)}')
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def generated_cases() -> list[dict[str, Any]]:
    """Random ones, the rarer verdicts kept more often, so that every reason has its share."""
    dice = random.Random(20230720)
    made: list[dict[str, Any]] = []
    counts: dict[Any, int] = {}
    while len(made) < GENERATED:
        case = random_case(dice)
        expect = judge(case)
        kind = (expect["reason"], expect["leaves"], case["ticket"] is None)
        if counts.get(kind, 0) >= GENERATED // 10:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        made.append({"name": f"generated {len(made) + 1}", **case, "expect": expect})
    return made


def random_case(dice: random.Random) -> dict[str, Any]:
    at = random_moment(dice)
    number = dice.randrange(2**32)
    ticket = random_ticket(dice) if dice.random() < 0.75 else None
    booked = {n for n, _state in ticket["bookings"]} if ticket else set()
    return {
        "by": "generated",
        "point": random_point(dice, at),
        "slots": [slot for slot in SLOTS if slot["n"] in booked],
        "ticket": ticket,
        "issued_at": _iso(at - timedelta(seconds=dice.choice([5, 59, 60, 61, 300, 86_400]))),
        "scope": dice.choice([0, 1, 1, 2, 3]),
        "as_of": _iso(at - timedelta(seconds=dice.choice([0, 1, 240]))),
        "admissions": random_admissions(dice, at),
        "scan_id": f"00000000-0000-4000-8000-0000{number:08x}",
        "at": _iso(at),
        "direction": "out" if dice.random() < 0.25 else "in",
    }


def random_moment(dice: random.Random) -> datetime:
    edges = [must(slot[name]) for slot in SLOTS for name in ("starts_at", "ends_at")]  # type: ignore[arg-type]
    edges += [must(f"{day}T00:00:00+07:00") for day in [*DAYS, "2023-07-22"]]
    minutes = timedelta(minutes=dice.choice([0, 0, -60, -30, 30, 90]))
    return dice.choice(edges) + minutes + dice.choice(STEPS)


def random_point(dice: random.Random, at: datetime) -> dict[str, Any]:
    return {
        "slug": "titik", "name": "Titik", "activity": dice.choice([None, 1, 1, 2]),
        "policy": dice.choice(["once", "daily", "unlimited"]),
        "opens_before": dice.choice([0, 60]), "closes_after": dice.choice([0, 30]),
        "active": dice.random() < 0.95,
        "paused_at": _iso(at + dice.choice(STEPS)) if dice.random() < 0.1 else None,
        "counts_inside": dice.random() < 0.5, "capacity": None, "supervisor": False,
        "days": DAYS, "zone": "Asia/Jakarta",
    }  # fmt: skip


def random_ticket(dice: random.Random) -> dict[str, Any]:
    blank = dice.random() < 0.08
    numbers = dice.sample(range(1, len(SLOTS) + 1), dice.choice([0, 1, 1, 1, 2, 3]))
    states = dice.choices(["live", "waiting", "over"], [6, 1, 1], k=len(numbers))
    return {
        "replaced": dice.random() < 0.06, "cancelled": dice.random() < 0.06, "blank": blank,
        "bookings": [] if blank else [list(pair) for pair in zip(numbers, states, strict=True)],
    }  # fmt: skip


def random_admissions(dice: random.Random, at: datetime) -> list[dict[str, Any]]:
    """None, one, or one that left and came back; never two of one key."""
    first = at - timedelta(minutes=dice.choice([1, 45, 26 * 60]))
    day = first.date().isoformat()
    key = dice.choice(["", day, day, "11111111-1111-4111-8111-111111111111"])
    left = first + timedelta(minutes=dice.choice([0, 20, 50]))
    inside = {"key": key, "admitted_at": _iso(first), "left_at": None}
    gone = {**inside, "left_at": _iso(left)}
    again = f"re-{left.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    back = {"key": again, "admitted_at": _iso(left + timedelta(minutes=5)), "left_at": None}
    return dice.choice([[], [], [inside], [gone], [gone, back]])


def generated_codes() -> list[dict[str, Any]]:
    """Real texts of two keys, whole and damaged, and typed codes, whole and mistyped."""
    dice = random.Random(45)
    seeds = {1: bytes(range(32)), 2: bytes(range(1, 33)), 3: bytes(range(2, 34))}
    signers = {number: TicketSigner(seed, number) for number, seed in seeds.items()}
    public = [{"id": n, "key": _base64(signers[n].public_key_bytes)} for n in (1, 2)]
    texts: list[tuple[str, str]] = []
    for number, festival, scope in itertools.product((1, 2, 3), (7, 8), (0, 1, 65535)):
        text = signers[number].qr_text(festival, scope, dice.randrange(2**62))
        texts.append((f"key {number}, festival {festival}, scope {scope}", text))
    genuine = signers[1].qr_text(7, 1, 123_456_789_012_345)
    for place in (4, 5, 20, 40, 80, 118, 119):
        changed = genuine[:place] + ("0" if genuine[place] != "0" else "1") + genuine[place + 1 :]
        texts.append((f"character {place} changed", changed))
    texts += [(f"cut at {length}", genuine[:length]) for length in (0, 1, 4, 60, 119)]
    for _n in range(12):
        code = typed_code(dice)
        wrong = ("0" if code[0] != "0" else "1") + code[1:]
        texts += [("typed", code), ("typed in groups", f"{code[:5]} {code[5:]}"), ("typed wrongly", wrong)]
        texts.append(("typed in lower case", code.lower()))
    made = []
    for name, text in texts:
        case = {"name": f"generated: {name}", "by": "generated", "text": text, "keys": public, "festival": 7}
        made.append({**case, **read_text(case)})
    return made


def typed_code(dice: random.Random) -> str:
    """The same codes at every run."""
    body = "".join(dice.choices(CROCKFORD_ALPHABET, k=9))
    return body + check_character(body)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _iso(at: datetime) -> str:
    return at.isoformat()


if __name__ == "__main__":
    main()
