"""JSON bodies of checkin: parsed once, described in OpenAPI by the same classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    PlainValidator,
    StrictBool,
    StrictInt,
    ValidationError,
)

from app.checkin.rules import SERVER_ONLY, Attempt, PhoneState, Reason, ScanStatus, Undoing
from app.core.codes import ticket_id_from_bytes
from app.core.errors import InvalidInput
from app.core.i18n import gettext as _

M = TypeVar("M", bound=BaseModel)
MOST_SCANS = 500
MOST_SKEW = 10 * 366 * 24 * 3600 * 1000  # milliseconds; a phone without a battery may think it is 1970
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


def _short_text(most: int) -> Callable[[object], str | None]:
    """What a volunteer typed, as it may be shown: no control characters, single spaces, cut; empty is none."""

    def clean(value: object) -> str | None:
        if value is not None and not isinstance(value, str):
            raise ValueError("text")
        printable = "".join(c if c.isprintable() else " " for c in (value or "")[: 4 * most])
        return " ".join(printable.split())[:most].rstrip() or None

    return clean


_Id = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
_Moment = Annotated[
    AwareDatetime, BeforeValidator(_written_moment, json_schema_input_type=str), Field(ge=_EARLIEST, le=_LATEST)
]
_Skew = Annotated[StrictInt, Field(ge=-MOST_SKEW, le=MOST_SKEW)]
_Name = Annotated[str | None, PlainValidator(_short_text(80), json_schema_input_type=str | None)]
_Why = Annotated[str | None, PlainValidator(_short_text(200), json_schema_input_type=str | None)]


class ScanIn(BaseModel):
    """One scan. ``id`` is made by the phone; ``code`` is the QR text or the typed code, never trimmed.

    ``skew_ms``: the phone's clock less the server's, as the phone measured it, in milliseconds. ``volunteer``: who
    held the phone. ``by_hand``: a supervisor's reason to let somebody in. ``name``: of who gets this blank ticket.
    ``ticket``: the ticket's id instead of a code, for the others of a family that a phone without a network let in.
    """

    id: _Id
    code: Annotated[str, PlainValidator(_any_text, json_schema_input_type=str)]
    scanned_at: _Moment
    offline: StrictBool = False
    verdict: Literal["admitted", "denied"] | None = None
    reason: Annotated[Reason | None, PlainValidator(_known_reason, json_schema_input_type=str | None)] = None
    direction: Literal["in", "out"] | None = None
    skew_ms: _Skew | None = None
    volunteer: _Name = None
    by_hand: _Why = None
    name: _Name = None
    ticket: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] | None = None


class UndoneIn(BaseModel):
    """A scan of this phone that was taken back, at a moment of the phone's clock, as ``scanned_at`` is."""

    id: _Id
    undone_at: _Moment


class PhoneIn(BaseModel):
    """What a phone tells of itself: scans that wait on it, its clock less ours, the moment its data are of."""

    unsent: Annotated[StrictInt, Field(ge=0, le=10_000_000)]
    skew_ms: _Skew | None = None
    as_of: _Moment | None = None


class ScansIn(BaseModel):
    """A batch in the order of scanning; ``undone`` are ids of earlier scans or of this body's."""

    scans: Annotated[list[ScanIn], Field(max_length=MOST_SCANS)]
    undone: Annotated[list[UndoneIn], Field(max_length=MOST_SCANS)] = []
    phone: PhoneIn | None = None


class RelativeOut(BaseModel):
    """Somebody of the same registration who is not in yet, with their typed code."""

    code: str
    holder: str


class UndoneOut(BaseModel):
    """Whether a scan is taken back now, by this sending or an earlier one."""

    id: str
    undone: bool


class ScanOut(BaseModel):
    """The verdict of one scan. ``slot_starts_at`` is the booking that the reason speaks of."""

    id: str
    status: ScanStatus
    reason: Reason | None
    holder: str | None
    first_admitted_at: AwareDatetime | None
    conflict: bool
    slot_starts_at: AwareDatetime | None
    family: list[RelativeOut]


class ScansOut(BaseModel):
    """One result for every scan, in the order sent, and for every one taken back."""

    results: list[ScanOut]
    undone: list[UndoneOut] | None = None


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
    inside: int | None
    capacity: int | None
    paused: bool


class PinIn(BaseModel):
    """The six digits that make a phone a supervisor's."""

    pin: Annotated[str, PlainValidator(_any_text, json_schema_input_type=str)]


class PersonOut(BaseModel):
    """Somebody with a ticket, for a supervisor's search: ticket id in hexadecimal, typed code."""

    id: str
    name: str
    code: str


class SupervisorOut(BaseModel):
    """Until when the phone is a supervisor's, and who is expected at the point."""

    until: AwareDatetime
    names: list[PersonOut]


@dataclass(frozen=True, slots=True)
class Upload:
    """A body of scans, parsed."""

    attempts: Sequence[Attempt]
    undone: Sequence[Undoing]
    phone: PhoneState | None


def parse_scans(body: dict[str, Any]) -> Upload:
    """The scans of a body. Raises InvalidInput (422) with fields such as ``scans.3.id``."""
    parsed = _parsed(ScansIn, body)
    undone = [Undoing(u.id, u.id.lower(), u.undone_at) for u in parsed.undone]
    phone = parsed.phone
    state = PhoneState(phone.unsent, _skew(phone.skew_ms), phone.as_of) if phone else None
    return Upload([_attempt(scan) for scan in parsed.scans], undone, state)


def _attempt(scan: ScanIn) -> Attempt:
    return Attempt(
        sent_id=scan.id,
        client_id=scan.id.lower(),
        code=scan.code,
        scanned_at=scan.scanned_at,
        offline=scan.offline,
        phone_verdict=ScanStatus(scan.verdict) if scan.verdict else None,
        phone_reason=scan.reason,
        direction=scan.direction,
        skew=_skew(scan.skew_ms) or timedelta(),
        volunteer=scan.volunteer,
        by_hand=scan.by_hand,
        name=scan.name,
        ticket_id=ticket_id_from_bytes(bytes.fromhex(scan.ticket)) if scan.ticket else None,
    )


def _skew(milliseconds: int | None) -> timedelta | None:
    return timedelta(milliseconds=milliseconds) if milliseconds is not None else None


def parse_pin(body: dict[str, Any]) -> str:
    """The PIN as typed. Raises InvalidInput (422)."""
    return _parsed(PinIn, body).pin


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
