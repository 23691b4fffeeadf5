"""JSON of checkin: scans, pairing, and what a scanner's header shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from app.checkin import queries, services
from app.checkin.queries import ScanningDevice
from app.checkin.rules import PhoneState, Undoing
from app.checkin.schemas import (
    PairIn,
    PairOut,
    PinIn,
    ScansIn,
    ScansOut,
    StatusOut,
    SupervisorOut,
    parse_pairing,
    parse_pin,
    parse_scans,
)
from app.checkin.services import Reading, ScanAnswer
from app.core import clock
from app.core.access import public
from app.core.api import ErrorAnswer, bearer_token, described, json_object
from app.core.crypto import hash_token
from app.core.db import hot_path, in_transaction, lost_race, transaction
from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.limits import limiter

bp = Blueprint("checkin_api", __name__)


def _by_device() -> str:
    """Whose tries at a PIN are counted: the phone's, for all of them may come from one address."""
    return hash_token(bearer_token())


MOST_BYTES = 5 * 1024 * 1024  # 500 scans of codes that are no tickets, 8 KB each
SNAPSHOT = "application/vnd.pekan.snapshot"
NAMES = "application/octet-stream"
CHUNK = 50  # scans a transaction: others wait for the write lock meanwhile


@bp.post("/checkin/points/<point>/scans")
@public
@described(
    {200: ScansOut, **dict.fromkeys((400, 401, 403, 413, 415, 422), ErrorAnswer)},
    json=ScansIn, tags=["check-in"], secured=True,
)  # fmt: skip
def upload_scans(point: str) -> ResponseReturnValue:
    """Up to 500 scans of a device; a terminal verdict for each, in the order sent. Idempotent by scan id.

    Needs ``Authorization: Bearer`` with the token of a device of this point.
    """
    answers: list[ScanAnswer] = []
    with hot_path():
        device = _device(point)
        upload = parse_scans(json_object(MOST_BYTES))
        verifier = current_app.extensions["pekan_verifier"]
        readings = [services.read_code(attempt, verifier, device.festival_id) for attempt in upload.attempts]
        for chunk in _chunks(readings, upload.undone):
            _undo(device, [undoing for undoing in upload.undone if undoing.at <= chunk[0].attempt.scanned_at])
            answers += _record(device, chunk)
        undone = _undo(device, upload.undone)
        _note_phone(device, upload.phone)
    told = {"results": [_result(answer) for answer in answers]} | ({"undone": undone} if undone else {})
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")


def _chunks(readings: Sequence[Reading], undone: Sequence[Undoing]) -> Iterator[Sequence[Reading]]:
    """At most CHUNK scans each, cut where a scan was taken back: who was let in again after that is in."""
    start = 0
    for end, reading in enumerate(readings):
        before = readings[end - 1].attempt.scanned_at if end else reading.attempt.scanned_at
        cut = any(before < undoing.at <= reading.attempt.scanned_at for undoing in undone)
        if end > start and (cut or end - start == CHUNK):
            yield readings[start:end]
            start = end
    if readings:
        yield readings[start:]


def _undo(device: ScanningDevice, wanted: Sequence[Undoing]) -> list[dict[str, Any]]:
    if not wanted:
        return []
    done = in_transaction(lambda: services.undo_scans(device, wanted, clock.now()))
    return [{"id": u.sent_id, "undone": was} for u, was in zip(wanted, done, strict=True)]


def _note_phone(device: ScanningDevice, told: PhoneState | None) -> None:
    """Last, and by itself: what a phone tells of itself holds up no scan."""
    now = clock.now()
    if services.has_news(device, told, now):
        with transaction():
            services.note_phone(device, told, now)


def _record(device: ScanningDevice, chunk: Sequence[Reading]) -> Sequence[ScanAnswer]:
    """One transaction for the chunk; after a lost race one for each scan, which then sees the winner.

    Judging stands before the transaction, so that others do not wait for it. Most single scans are the first
    of their ticket, and are taken for that: one that is not loses the race to the earlier one.
    """
    now = clock.now()
    if any(reading.attempt.name for reading in chunk):  # walk-ins write before they are judged
        return [_record_one(device, reading, now) for reading in chunk]
    review = services.review_scans(device, chunk, now, hopeful=len(chunk) == 1)
    if not review.judged:  # all sent before
        return review.answers
    try:
        with transaction():
            services.store_scans(device, review, now)
        return review.answers
    except DBAPIError as error:
        if not lost_race(error):
            raise
    return [_record_one(device, reading, now) for reading in chunk]


def _record_one(device: ScanningDevice, reading: Reading, now: datetime) -> ScanAnswer:
    return in_transaction(lambda: services.record_scans(device, [reading], now))[0]


def _result(answer: ScanAnswer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "status": answer.status,
        "reason": answer.reason,
        "holder": answer.holder,
        "first_admitted_at": _written(answer.first_admitted_at),
        "conflict": answer.conflict,
        "slot_starts_at": _written(answer.slot_starts_at),
        "family": [{"code": relative.code, "holder": relative.holder} for relative in answer.family],
    }


def _written(moment: datetime | None) -> str | None:
    return clock.local(moment).isoformat(timespec="seconds") if moment else None


@bp.get("/checkin/points/<point>/status")
@public
@described({200: StatusOut, 401: ErrorAnswer, 403: ErrorAnswer}, tags=["check-in"], secured=True)
def point_status(point: str) -> ResponseReturnValue:
    """What the header of a scanner shows: the point, who came and who is expected today. Same token as scans."""
    device = _trusted(point)
    now, zone = clock.now(), device.zone
    start, end = queries.day_bounds(now, zone)
    return jsonify(
        {
            "point": {"slug": device.point_slug, "name": device.point_name},
            "device": device.name,
            "admitted": queries.admitted_on(device.point_id, start, end),
            "expected": queries.expected_on(device.festival_id, device.point.activity_id, start, end),
            "server_time": clock.local(now).isoformat(timespec="milliseconds"),
            "timezone": zone.key,
            "inside": queries.inside_on(device.gate_id, start, end) if device.point.counts_inside else None,
            "capacity": device.capacity,
            "paused": device.point.paused_since is not None,
        }
    )


@bp.get("/checkin/points/<point>/snapshot")
@public
@described(dict.fromkeys((400, 401, 403), ErrorAnswer), tags=["check-in"], secured=True, binary=SNAPSHOT)
def point_snapshot(point: str) -> ResponseReturnValue:
    """What a phone needs to judge scans without a network: all tickets, or with ``since`` what has changed.

    Same token as scans. A binary format of our own (docs of the snapshot); an old or unknown cursor gets all.
    """
    with hot_path():
        device = _trusted(point)
        body = queries.snapshot(device, request.args.get("since"), clock.now())
    answer = Response(body, mimetype=SNAPSHOT)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/checkin/points/<point>/snapshot/names")
@public
@described(dict.fromkeys((400, 401, 403), ErrorAnswer), tags=["check-in"], secured=True, binary=NAMES)
def point_names(point: str) -> ResponseReturnValue:
    """Names of holders, each readable only with the QR text of its own ticket; ``since`` as for the snapshot."""
    with hot_path():
        device = _trusted(point)
        names = queries.sealed_names(device, request.args.get("since"), clock.now())
    answer = Response(names.data, mimetype=NAMES)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Pekan-Cursor"] = names.cursor
    return answer


@bp.post("/checkin/points/<point>/supervisor")
@public
@limiter.limit("5/10 minutes", key_func=_by_device, deduct_when=lambda answer: answer.status_code == 403)
@described(
    {200: SupervisorOut, **dict.fromkeys((400, 401, 403, 413, 415, 422, 429), ErrorAnswer)},
    json=PinIn, tags=["check-in"], secured=True,
)  # fmt: skip
def supervise(point: str) -> ResponseReturnValue:
    """Make a phone a supervisor's for twelve hours by the PIN of its point; answers whom it may search by name.

    Same token as scans; five wrong PINs in ten minutes a phone.
    """
    device = _trusted(point)
    services.check_pin(device, parse_pin(json_object()))
    now = clock.now()
    with transaction():
        until = services.unlock(device, now)
    people = queries.people_at(device.festival_id, device.point.activity_id)
    names = [{"id": person.id, "name": person.name, "code": person.code} for person in people]
    answer = jsonify({"until": _written(until), "names": names})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/checkin/pair")
@public
@limiter.limit("10/minute")
@described(
    {201: PairOut, **dict.fromkeys((400, 404, 409, 410, 413, 415, 422, 429), ErrorAnswer)},
    json=PairIn, tags=["check-in"],
)  # fmt: skip
def pair() -> ResponseReturnValue:
    """Turn a one-time code from the committee's page into the token of a device."""
    code, name = parse_pairing(json_object())
    with transaction():
        paired = services.pair(code, name, clock.now())
    body = {
        "token": paired.token,
        "device": paired.device_name,
        "point": {"slug": paired.point_slug, "name": paired.point_name},
    }
    return jsonify(body), 201


def _trusted(point: str) -> ScanningDevice:
    """The device, unless it was cut off."""
    device = _device(point)
    if device.revoked:
        raise DomainError("revoked_device", _("HP ini sudah diputus oleh panitia."), status=403)
    return device


def _device(point: str) -> ScanningDevice:
    token = bearer_token()
    device = queries.device_by_token(token) if token else None
    if device is None:
        raise DomainError("unknown_device", _("HP ini belum dipasangkan. Pasangkan lagi."), status=401)
    if device.point_slug != point:
        raise DomainError("wrong_point", _("HP ini dipasangkan ke titik lain."), status=403)
    return device
