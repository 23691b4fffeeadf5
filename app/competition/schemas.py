"""JSON bodies of score sheets: parsed once, described in OpenAPI by the same classes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, PlainValidator, StrictInt, ValidationError

from app.competition.rules.scoring import CLIENT_ID, Draft, kept_text
from app.core.errors import InvalidInput
from app.core.i18n import gettext as _

MOST_CELLS = 60
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _written_moment(value: object) -> object:
    """RFC 3339 only; pydantic alone would take numbers too."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("moment")
    return value


Code = Annotated[str, Field(max_length=12)]
Remark = Annotated[str, PlainValidator(kept_text, json_schema_input_type=str)]
Moment = Annotated[
    AwareDatetime, BeforeValidator(_written_moment, json_schema_input_type=str), Field(ge=_EARLIEST, le=_LATEST)
]
Score = Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000)]
Device = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,40}$")]
Number = Annotated[StrictInt, Field(ge=0, le=1_000_000)]


class SheetIn(BaseModel):
    """A save. ``saved_at`` is when it was typed and ``sent_at`` when it is sent, both by the device's clock."""

    client_id: Annotated[str, Field(pattern=CLIENT_ID)]
    based_on: Number
    scores: Annotated[dict[Code, Score], Field(max_length=MOST_CELLS)]
    remarks: Annotated[dict[Code, Remark], Field(max_length=MOST_CELLS)] = {}
    device: Device
    saved_at: Moment
    sent_at: Moment | None = None


class LockIn(BaseModel):
    """The judge is done. ``based_on``: the version that was on the screen."""

    based_on: Number
    device: Device


class VersionOut(BaseModel):
    """One of two versions to choose between."""

    number: int
    scores: dict[str, int]
    remarks: dict[str, str]
    device: str
    saved_at: AwareDatetime
    counts: bool


class SheetOut(BaseModel):
    """A sheet as the server has it. ``number``: the version that a save became; ``reason``: why it does not count.

    ``versions``: two versions that have to be chosen between, empty when there is nothing to choose.
    """

    sheet_id: int
    state: Literal["open", "locked", "reopened"]
    current: int
    latest: int
    scores: dict[str, int]
    remarks: dict[str, str]
    number: int | None
    reason: Literal["locked", "older", "not_assigned", "closed", "withdrawn"] | None
    message: str | None
    versions: list[VersionOut]


class PhotoOut(BaseModel):
    """A photo that was kept."""

    file_id: int


def parse_sheet(body: dict[str, Any], now: datetime) -> Draft:
    """A save. A wrong clock is put right by what it says at the moment of sending.

    Raises InvalidInput (422) with fields such as ``scores.K``.
    """
    given = _parsed(SheetIn, body)
    wrong = now - given.sent_at if given.sent_at is not None else now - now
    try:
        saved_at = min(given.saved_at + wrong, now)
    except OverflowError:
        saved_at = now
    return Draft(
        client_id=given.client_id.lower(), based_on=given.based_on, scores=given.scores,
        remarks={code: text for code, text in given.remarks.items() if text}, device=given.device,
        saved_at=saved_at,
    )  # fmt: skip


def parse_lock(body: dict[str, Any]) -> LockIn:
    """A lock. Raises InvalidInput (422)."""
    return _parsed(LockIn, body)


def _parsed(model: type[Any], body: dict[str, Any]) -> Any:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        # Without context: what somebody sent never goes into an error or a log.
        fields = {
            ".".join(str(part) for part in fault["loc"])[:80] or "body": _("Isian ini tidak dapat dibaca.")
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        }
        raise InvalidInput(_("Kiriman ini tidak dapat dibaca."), fields) from None
