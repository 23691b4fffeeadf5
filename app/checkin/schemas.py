"""JSON bodies of checkin: parsed once, described in OpenAPI by the same classes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, PlainValidator, StrictBool, ValidationError

from app.checkin.rules import SERVER_ONLY, Attempt, Reason, ScanStatus
from app.core.errors import InvalidInput
from app.core.i18n import gettext as _

M = TypeVar("M", bound=BaseModel)
MOST_SCANS = 500
# A phone whose clock was reset says 1970; beyond these a moment cannot be turned into another zone.
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _any_text(value: object) -> str:
    """Any string at all, also one with lone surrogates: what is not a ticket gets a verdict, not an error."""
    if not isinstance(value, str):
        raise ValueError("text")
    return value


def _written_moment(value: object) -> object:
    """RFC 3339 only; pydantic alone would take numbers too."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("moment")
    return value


def _known_reason(value: object) -> Reason | None:
    """The reason a phone showed. A later phone may know more reasons than we: those are as good as none."""
    if value is not None and not isinstance(value, str):
        raise ValueError("text")
    known = value in Reason.__members__.values() and Reason(str(value)) not in SERVER_ONLY
    return Reason(str(value)) if known else None


class ScanIn(BaseModel):
    """One scan. ``id`` is made by the phone; ``code`` is the QR text or the typed code, never trimmed."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
    code: Annotated[str, PlainValidator(_any_text, json_schema_input_type=str)]
    scanned_at: Annotated[
        AwareDatetime, BeforeValidator(_written_moment, json_schema_input_type=str), Field(ge=_EARLIEST, le=_LATEST)
    ]
    offline: StrictBool = False
    verdict: Literal["admitted", "denied"] | None = None
    reason: Annotated[Reason | None, PlainValidator(_known_reason, json_schema_input_type=str | None)] = None
    direction: Literal["in", "out"] | None = None


class ScansIn(BaseModel):
    """A batch in the order of scanning."""

    scans: Annotated[list[ScanIn], Field(max_length=MOST_SCANS)]


class ScanOut(BaseModel):
    """The verdict of one scan. ``slot_starts_at`` is the booking that the reason speaks of."""

    id: str
    status: ScanStatus
    reason: Reason | None
    holder: str | None
    first_admitted_at: AwareDatetime | None
    conflict: bool
    slot_starts_at: AwareDatetime | None


class ScansOut(BaseModel):
    """One result for every scan, in the order sent."""

    results: list[ScanOut]


class PairIn(BaseModel):
    """The one-time code of a pairing page and a name for the phone."""

    code: Annotated[str, PlainValidator(_any_text, json_schema_input_type=str)]
    name: Annotated[str, PlainValidator(_any_text, json_schema_input_type=str)]


class PointOut(BaseModel):
    """The point a phone scans for."""

    slug: str
    name: str


class PairOut(BaseModel):
    """The token is shown this once."""

    token: str
    device: str
    point: PointOut


class StatusOut(BaseModel):
    """What a scanner's header shows. Counts are of the festival's day; ``expected`` are people booked today."""

    point: PointOut
    device: str
    admitted: int
    expected: int
    server_time: AwareDatetime
    timezone: str


def parse_scans(body: dict[str, Any]) -> list[Attempt]:
    """The scans of a body. Raises InvalidInput (422) with fields such as ``scans.3.id``."""
    return [
        Attempt(
            sent_id=scan.id,
            client_id=scan.id.lower(),
            code=scan.code,
            scanned_at=scan.scanned_at,
            offline=scan.offline,
            phone_verdict=ScanStatus(scan.verdict) if scan.verdict else None,
            phone_reason=scan.reason,
            direction=scan.direction,
        )
        for scan in _parsed(ScansIn, body).scans
    ]


def parse_pairing(body: dict[str, Any]) -> tuple[str, str]:
    """(code, name) as sent. Raises InvalidInput (422)."""
    parsed = _parsed(PairIn, body)
    return parsed.code, parsed.name


def _parsed(model: type[M], body: dict[str, Any]) -> M:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        # Without context: what somebody sent never goes into an error or a log.
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        fields = {".".join(str(part) for part in fault["loc"]): _words(fault["type"]) for fault in faults[:20]}
        raise InvalidInput(_("Isi kiriman ini tidak sesuai. Periksa bagian yang disebut."), fields) from None


def _words(kind: str) -> str:
    match kind:
        case "missing":
            return _("Wajib diisi.")
        case "too_long":
            return _("Paling banyak %(count)s pindaian sekali kirim.", count=MOST_SCANS)
        case "list_type":
            return _("Harus berupa daftar.")
        case _:
            return _("Nilai ini tidak dapat dipakai.")
