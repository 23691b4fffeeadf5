"""The closed lists of a competition, and what stands in its way, in words. (``words.py`` is for rankings.)"""

from __future__ import annotations

from typing import Any

from app.competition.models import (
    Competition,
    CompetitionState,
    Gate,
    GateValue,
    SheetState,
    StageCode,
    VersionKind,
)
from app.competition.rules.freezing import Unready
from app.competition.rules.scoring import BadCell
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

STATES: dict[CompetitionState, Any] = {
    CompetitionState.SETUP: _l("Persiapan"),
    CompetitionState.JUDGING: _l("Penilaian"),
    CompetitionState.DELIBERATION: _l("Musyawarah juri"),
    CompetitionState.ANNOUNCED: _l("Diumumkan"),
}
STAGES: dict[StageCode, Any] = {
    StageCode.DOSSIER: _l("Berkas"),
    StageCode.VISIT: _l("Kunjungan"),
    StageCode.PRESENTATION: _l("Presentasi"),
}
GATES: dict[Gate, Any] = {
    Gate.ACTIVE_NIK: _l("NIK koperasi aktif"),
    Gate.TWO_MEETINGS: _l("RAT dua tahun terakhir"),
}
GATE_VALUES: dict[GateValue, Any] = {
    GateValue.YES: _l("ya"),
    GateValue.NO: _l("tidak"),
    GateValue.UNKNOWN: _l("belum diketahui"),
}
SHEETS: dict[SheetState, Any] = {
    SheetState.OPEN: _l("terbuka"),
    SheetState.LOCKED: _l("terkunci"),
    SheetState.REOPENED: _l("dibuka lagi"),
}
VERSIONS: dict[VersionKind, Any] = {
    VersionKind.SAVED: _l("disimpan juri"),
    VersionKind.PAPER: _l("diketik dari kertas, menunggu pembanding"),
    VersionKind.CONFIRMED: _l("diketik dari kertas, sudah dibandingkan"),
    VersionKind.LOCKED: _l("dikunci"),
    VersionKind.REOPENED: _l("dibuka lagi"),
}


def unready(reason: Unready, competition: Competition) -> str:
    """Why judging cannot begin, as a sentence."""
    values = dict(reason.values)
    if "stage" in values:
        values["stage"] = next(s.name for s in competition.stages if s.position == values["stage"])
    return {
        "no_stage": _("Belum ada tahap."),
        "no_category": _("Belum ada kategori."),
        "no_criterion": _('Tahap "%(stage)s" belum punya kriteria untuk kategori "%(category)s".'),
        "weights": _('Tahap "%(stage)s", kategori "%(category)s": jumlah bobot %(total)s%%, seharusnya 100%%.'),
        "tie_chain": _('Penentu nilai sama memakai kriteria "%(criterion)s", yang tidak ada.'),
    }[reason.code] % values


def bad_cell(fault: BadCell) -> str:
    """What is wrong with a score or a remark."""
    return {
        "unknown": _("Kriteria ini tidak ada pada lembar ini."),
        "scale": _("Nilai ini tidak ada pada skala."),
        "long": _("Catatan paling banyak 1.000 huruf."),
    }[fault.what]
