"""Closed lists. Their words are those of the field (ODS, data dictionary), so that exports read as it speaks."""

from __future__ import annotations

import enum
from typing import Final


class Form(enum.StrEnum):
    """Bentuk: of people, or of cooperatives."""

    PRIMARY = "primer"
    SECONDARY = "sekunder"


class Kind(enum.StrEnum):
    """Jenis, the five of the law."""

    CONSUMER = "konsumen"
    PRODUCER = "produsen"
    SERVICE = "jasa"
    MARKETING = "pemasaran"
    SAVINGS = "simpan_pinjam"


class Pattern(enum.StrEnum):
    """Pola."""

    CONVENTIONAL = "konvensional"
    SHARIA = "syariah"


class Definition(enum.StrEnum):
    """What a status means: the health paper, or the yearly members' meeting (RAT)."""

    HEALTH = "kesehatan"
    MEETING = "aktif_rat"


class StatusValue(enum.StrEnum):
    """A status; ``VALUES_OF`` says which ones a definition has."""

    HEALTHY = "sehat"
    FAIRLY_HEALTHY = "cukup_sehat"
    WATCHED = "dalam_pengawasan"
    WATCHED_CLOSELY = "dalam_pengawasan_khusus"
    NOT_GRADED = "belum_dinilai"
    ACTIVE = "aktif"
    INACTIVE = "tidak_aktif"


VALUES_OF: Final[dict[Definition, tuple[StatusValue, ...]]] = {
    Definition.HEALTH: (
        StatusValue.HEALTHY, StatusValue.FAIRLY_HEALTHY, StatusValue.WATCHED, StatusValue.WATCHED_CLOSELY,
        StatusValue.NOT_GRADED,
    ),
    Definition.MEETING: (StatusValue.ACTIVE, StatusValue.INACTIVE),
}  # fmt: skip


class ChangeAction(enum.StrEnum):
    """What somebody did to a cooperative."""

    CREATED = "created"
    IMPORTED = "imported"
    EDITED = "edited"
    YEAR = "year"
    STATUS = "status"
    MEMBERS = "members"
    READINESS = "readiness"
    MERGED = "merged"  # another one was merged into this one
    MERGED_AWAY = "merged_away"  # this one was merged into another


class ImportState(enum.StrEnum):
    """How far an upload is."""

    MAPPING = "mapping"
    CHECKED = "checked"
    STORED = "stored"
    DISCARDED = "discarded"


class Likely(enum.StrEnum):
    """What becomes of a row that looks like a cooperative that is there."""

    UPDATE = "update"
    NEW = "new"
    SKIP = "skip"
