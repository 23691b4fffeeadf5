"""JSON of score sheets, for the judges' tablets. A bearer token stands for judge and epoch, no cookie."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.competition.models import Judge, SheetVersion
from app.competition.queries import sheets as queries
from app.competition.queries.sheets import OpenedSheet
from app.competition.rules.scoring import is_client_id
from app.competition.schemas import LockIn, PhotoOut, SheetIn, SheetOut, parse_lock, parse_sheet
from app.competition.services import dossiers, judges, sheets
from app.core import clock
from app.core.access import public
from app.core.api import ErrorAnswer, bearer_token, described, json_object
from app.core.db import in_transaction
from app.core.errors import DomainError, InvalidInput, NotFound
from app.core.files import Upload, kind_of
from app.core.i18n import gettext as _

bp = Blueprint("competition_api", __name__)
MOST_BYTES = 128 * 1024
_REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422), ErrorAnswer)


@bp.get("/competition/sheets/<int:sheet_id>")
@public
@described(
    {200: SheetOut, **dict.fromkeys((401, 403, 404), ErrorAnswer)}, tags=["competition"], secured=True
)  # fmt: skip
def sheet(sheet_id: int) -> ResponseReturnValue:
    """A sheet of the judge whose token it is."""
    return jsonify(_answer(_own(sheet_id, _judge())))


@bp.put("/competition/sheets/<int:sheet_id>")
@public
@described({200: SheetOut, **_REFUSALS}, json=SheetIn, tags=["competition"], secured=True)
def save_sheet(sheet_id: int) -> ResponseReturnValue:
    """Keep what is on a sheet as a new version; the same ``client_id`` again gives the same answer.

    What cannot count (sheet locked, another device was newer, …) is kept too, and ``reason`` says why.
    """
    judge, now = _judge(), clock.now()
    draft = parse_sheet(json_object(MOST_BYTES), now)
    saved = in_transaction(lambda: sheets.save(judge, sheet_id, draft, now))
    return jsonify(_answer(_own(sheet_id, judge), saved.version.number, saved.aside))


@bp.post("/competition/sheets/<int:sheet_id>/lock")
@public
@described({200: SheetOut, **_REFUSALS}, json=LockIn, tags=["competition"], secured=True)
def lock_sheet(sheet_id: int) -> ResponseReturnValue:
    """The judge is done with a sheet; only two people together open it again."""
    judge = _judge()
    given = parse_lock(json_object(MOST_BYTES))
    in_transaction(lambda: sheets.lock(judge, sheet_id, given.based_on, given.device, clock.now()))
    return jsonify(_answer(_own(sheet_id, judge)))


@bp.post("/competition/sheets/<int:sheet_id>/photos/<client_id>")
@public
@described({201: PhotoOut, **_REFUSALS}, tags=["competition"], secured=True)
def add_photo(sheet_id: int, client_id: str) -> ResponseReturnValue:
    """Keep a photo of a visit: the body is the picture itself (JPEG or PNG). Idempotent by ``client_id``."""
    judge = _judge()
    if not is_client_id(client_id):
        raise NotFound(_("Lembar ini tidak ada."))
    upload = _picture()
    opened = _own(sheet_id, judge)
    stored = dossiers.keep(upload)
    made = in_transaction(
        lambda: dossiers.add_photo(
            opened.entrant, judge, opened.stage, upload, stored, client_id.lower(), clock.now()
        )
    )
    return jsonify({"file_id": made.id}), 201


def _picture() -> Upload:
    """The body of the request, when it is a picture."""
    data = request.stream.read(dossiers.MOST_BYTES + 1)
    if len(data) > dossiers.MOST_BYTES:
        raise DomainError("too_large", _("Foto ini lebih besar dari 6 MB."), status=413)
    kind = kind_of(data)
    if kind not in dossiers.PICTURES:
        text = _("Kirim foto JPEG atau PNG.")
        raise InvalidInput(text, {"file": text}, code="file_kind")
    return Upload(data, f"foto.{kind.value}", kind)


def _judge() -> Judge:
    token = bearer_token()
    judge = judges.judge_of_token(token) if token else None
    if judge is None:
        message = _("Perangkat ini belum dikenal. Buka lagi tautan undangan, atau minta yang baru kepada panitia.")
        raise DomainError("unknown_device", message, status=401)
    if judge.removed_at is not None:
        raise judges.removed()
    return judge


def _own(sheet_id: int, judge: Judge) -> OpenedSheet:
    opened = queries.opened(sheet_id, judge.id)
    if opened is None:
        raise NotFound(_("Lembar ini tidak ada."))
    return opened


def _answer(opened: OpenedSheet, number: int | None = None, reason: str | None = None) -> dict[str, Any]:
    one = opened.sheet
    current = queries.version(one.id, one.current) if one.current else None
    both = queries.open_conflict(one)
    return {
        "sheet_id": one.id, "state": one.state.value, "current": one.current, "latest": one.latest,
        "scores": current.scores if current else {}, "remarks": current.remarks if current else {},
        "number": number, "reason": reason, "message": sheets.aside_words(reason) if reason else None,
        "versions": [told(version, one.current) for version in both or ()],
    }  # fmt: skip


def told(version: SheetVersion, current: int) -> dict[str, Any]:
    """A version as devices see it."""
    return {
        "number": version.number, "scores": version.scores, "remarks": version.remarks, "device": version.device,
        "saved_at": clock.local(version.saved_at).isoformat(timespec="seconds"),
        "counts": version.number == current,
    }  # fmt: skip
