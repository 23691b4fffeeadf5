"""What the doctor asks of competitions: do the chains hold, are the weights the frozen ones, the files there?"""

from __future__ import annotations

import sqlalchemy as sa

from app.competition.models import Competition, DossierFile, ScoreSheet, SheetVersion
from app.competition.queries import sheets
from app.competition.rules import chain
from app.competition.services import dossiers
from app.competition.services.setup import hash_of
from app.core.db import db
from app.core.hooks import Finding
from app.core.i18n import gettext as _

_MOST_FILES = 5_000


def check() -> list[Finding]:
    """All that is wrong with what was written about competitions."""
    return [*_chains(), *_sheets(), *_weights(), *_files()]


def _chains() -> list[Finding]:
    found = []
    for end in sheets.chains():
        broken = chain.first_break(end.competition_id, sheets.links(end.competition_id), end.length, end.hash)
        if broken is not None:
            text = {
                "changed": _("Lomba %(id)s: catatan nilai ke-%(position)s diubah setelah disimpan."),
                "gap": _("Lomba %(id)s: sebelum catatan nilai ke-%(position)s ada yang hilang atau disisipkan."),
                "end": _("Lomba %(id)s: catatan nilai setelah yang ke-%(position)s hilang."),
            }[broken.what]
            found.append(Finding("competition", text % {"id": end.competition_id, "position": broken.position}))
    return found


def _sheets() -> list[Finding]:
    """Sheets that show to a version that is not there, or not to the last one."""
    there = sa.select(sa.func.max(SheetVersion.number)).where(SheetVersion.sheet_id == ScoreSheet.id)
    wrong = sa.select(ScoreSheet.id).where(ScoreSheet.latest != sa.func.coalesce(there.scalar_subquery(), 0))
    return [
        Finding("competition", _("Lembar nilai %(id)s tidak cocok dengan riwayatnya.", id=sheet_id))
        for sheet_id in db.session.scalars(wrong.limit(20))
    ]


def _weights() -> list[Finding]:
    frozen = sa.select(Competition).where(Competition.weights_hash.is_not(None))
    return [
        Finding("competition", _("Lomba %(id)s: kriteria atau bobot berubah setelah dibekukan.", id=one.id))
        for one in db.session.scalars(frozen)
        if hash_of(one) != one.weights_hash
    ]


def _files() -> list[Finding]:
    kept = sa.select(DossierFile.id, DossierFile.stored).where(DossierFile.removed_at.is_(None)).limit(_MOST_FILES)
    return [
        Finding("competition", _("Berkas peserta %(id)s tidak ada di server.", id=row.id))
        for row in db.session.execute(kept)
        if not (dossiers.folder() / row.stored).is_file()
    ]
