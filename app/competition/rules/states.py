"""The closed lists of a competition: what state it is in, its stages, gates, sheets and their versions."""

from __future__ import annotations

from enum import StrEnum


class CompetitionState(StrEnum):
    """Where a competition stands. Weights are frozen on the way from setup to judging."""

    SETUP = "setup"
    JUDGING = "judging"
    DELIBERATION = "deliberation"
    ANNOUNCED = "announced"


class StageCode(StrEnum):
    """What judges look at."""

    DOSSIER = "dossier"
    VISIT = "visit"
    PRESENTATION = "presentation"


class Gate(StrEnum):
    """What a cooperative must show to take part (Depok 2018 and KKPKK ask for both)."""

    ACTIVE_NIK = "active_nik"
    TWO_MEETINGS = "two_meetings"


class GateValue(StrEnum):
    """The answer of a gate. Unknown is never taken for a no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SheetState(StrEnum):
    """Whether a score sheet may be written on."""

    OPEN = "open"
    LOCKED = "locked"
    REOPENED = "reopened"


class VersionKind(StrEnum):
    """What a version of a sheet is: every one of them stays."""

    SAVED = "saved"  # by the judge
    PAPER = "paper"  # typed by one of the committee from a sheet of paper; not valid yet
    CONFIRMED = "confirmed"  # the same numbers, compared with the paper by another
    LOCKED = "locked"
    REOPENED = "reopened"


class FilePurpose(StrEnum):
    """Why a file lies there."""

    DOSSIER = "dossier"  # sent by the cooperative
    VISIT = "visit"  # a photo that a judge took
