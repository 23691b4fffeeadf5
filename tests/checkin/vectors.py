"""Reads and judges the cases of ``tests/vectors/checkin.json``, as the phone's JavaScript does."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.checkin.rules import (
    Admitted,
    BookedSlot,
    Denied,
    Leaves,
    PointFacts,
    Presence,
    TicketFacts,
    Verdict,
    decide,
    decide_unseen,
)
from app.core.admission import AdmissionPolicy
from app.core.codes import normalise_typed_code, ticket_id_bytes
from app.core.crypto import Forged, NotATicket, TicketVerifier


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def must(text: str) -> datetime:
    return datetime.fromisoformat(text)


def written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def point_of(point: dict[str, Any]) -> PointFacts:
    return PointFacts(
        activity_id=point["activity"], policy=AdmissionPolicy(point["policy"]),
        opens_before=timedelta(minutes=point["opens_before"]),
        closes_after=timedelta(minutes=point["closes_after"]), active=point["active"],
        festival_days=frozenset(date.fromisoformat(d) for d in point["days"]), zone=ZoneInfo(point["zone"]),
        paused_since=moment(point["paused_at"]), counts_inside=point["counts_inside"],
    )  # fmt: skip


def ticket_of(ticket: dict[str, Any], slots: list[dict[str, Any]]) -> TicketFacts:
    by_number = {slot["n"]: slot for slot in slots}
    bookings = [
        BookedSlot(
            by_number[n]["activity"], must(by_number[n]["starts_at"]), must(by_number[n]["ends_at"]),
            live=state == "live", waiting=state == "waiting",
        )
        for n, state in ticket["bookings"]
    ]  # fmt: skip
    return TicketFacts(ticket["replaced"], ticket["cancelled"], bookings, blank=ticket["blank"])


def judge(case: dict[str, Any]) -> dict[str, Any]:
    """What our rules say to a case, in the shape of its ``expect``."""
    point, at, out = point_of(case["point"]), must(case["at"]), case["direction"] == "out"
    admissions = {a["key"]: Presence(must(a["admitted_at"]), moment(a["left_at"])) for a in case["admissions"]}
    if case["ticket"] is not None:
        ticket = ticket_of(case["ticket"], case["slots"])
        verdict = decide(ticket, point, admissions, case["scan_id"], at, out)
    else:
        verdict = decide_unseen(
            must(case["issued_at"]), case["scope"], must(case["as_of"]), point, case["point"]["activity"],
            admissions, case["scan_id"], at, out,
        )  # fmt: skip
    return _expectation(verdict, unseen=case["ticket"] is None)


def _expectation(verdict: Verdict, *, unseen: bool) -> dict[str, Any]:
    denied = verdict if isinstance(verdict, Denied) else None
    return {
        "status": "denied" if denied else "admitted",
        "reason": denied.reason.value if denied else None,
        "key": verdict.key if isinstance(verdict, Admitted | Leaves) else None,
        "first_admitted_at": written(denied.first_admitted_at) if denied else None,
        "slot_starts_at": written(denied.slot.starts_at) if denied and denied.slot else None,
        "unchecked": unseen and isinstance(verdict, Admitted),
        "leaves": isinstance(verdict, Leaves),
    }


def same_moments(expectation: dict[str, Any]) -> dict[str, Any]:
    """With moments in UTC, so that they compare whatever their offset."""
    moments = {
        name: at.astimezone(UTC).isoformat() if (at := moment(expectation[name])) else None
        for name in ("first_admitted_at", "slot_starts_at")
    }
    return {**expectation, **moments}


def read_text(case: dict[str, Any]) -> dict[str, Any]:
    """What a text is, in the shape of a codes case: ``expect`` and what belongs to it."""
    verifier = TicketVerifier({key["id"]: base64.urlsafe_b64decode(key["key"] + "==") for key in case["keys"]})
    try:
        payload = verifier.read(case["text"])
    except Forged:
        return {"expect": "forged"}
    except NotATicket:
        typed = normalise_typed_code(case["text"]) if len(case["text"]) <= 8192 else None
        return {"expect": "typed", "code": typed} if typed else {"expect": "unknown"}
    if payload.festival != case["festival"]:
        return {"expect": "other_festival"}
    hexadecimal = ticket_id_bytes(payload.ticket_id).hex()
    return {"expect": "ticket", "id": hexadecimal, "scope": payload.scope, "key_id": payload.key_id}
