"""Files of entrants: kept in the instance folder under names of ours, found again by their rows."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.competition.models import Competition, CompetitionState, DossierFile, Entrant, FilePurpose, Judge, Stage
from app.competition.queries import entrants as queries
from app.core.db import db, rows_changed
from app.core.errors import DomainError
from app.core.files import FileKind, Upload
from app.core.i18n import gettext as _
from app.core.settings import settings

KINDS: Final = frozenset({FileKind.PDF, FileKind.PNG, FileKind.JPEG})
PICTURES: Final = frozenset({FileKind.PNG, FileKind.JPEG})
MOST_BYTES: Final = 6 * 1024 * 1024
MOST_OF_ENTRANT: Final = 60 * 1024 * 1024
_ENDS: Final = {FileKind.PDF: "pdf", FileKind.PNG: "png", FileKind.JPEG: "jpg"}
_TYPES: Final = {FileKind.PDF: "application/pdf", FileKind.PNG: "image/png", FileKind.JPEG: "image/jpeg"}


def folder() -> Path:
    """Where the bytes lie."""
    return settings().instance / "dossiers"


def keep(upload: Upload) -> str:
    """Write the bytes under a new name of ours; before the transaction, so that a row never lacks its file.

    A file whose row was not written is found by ``pekan doctor`` and does no harm.
    """
    stored = f"{secrets.token_hex(1)}/{secrets.token_hex(16)}.{_ENDS[upload.kind]}"
    target = folder() / stored
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        file.write(upload.data)
        file.flush()
        os.fsync(file.fileno())
    return stored


def add(entrant: Entrant, upload: Upload, stored: str, now: datetime) -> DossierFile:
    """A file that the cooperative sent. Raises DomainError ``withdrawn``, ``too_many``, ``full``."""
    if entrant.withdrawn_at is not None:
        raise DomainError("withdrawn", _("Koperasi ini sudah mengundurkan diri dari lomba."))
    _refuse_too_much(entrant, upload, FilePurpose.DOSSIER)
    made = _row(entrant, upload, stored, now, purpose=FilePurpose.DOSSIER)
    record_audit("dossier.added", f"entrant:{entrant.id}", None, now, file=made.id)
    return made


def add_photo(
    entrant: Entrant, judge: Judge, stage: Stage, upload: Upload, stored: str, client_id: str, now: datetime
) -> DossierFile:
    """A photo of a visit; the same one sent again is the same row."""
    known = sa.select(DossierFile).where(DossierFile.client_id == client_id)
    if (found := db.session.scalar(known)) is not None:
        if found.judge_id != judge.id:
            raise DomainError("client_id_used", _("Kiriman ini sudah dipakai untuk lembar lain."))
        return found
    _refuse_too_much(entrant, upload, FilePurpose.VISIT)
    return _row(
        entrant, upload, stored, now, purpose=FilePurpose.VISIT, judge_id=judge.id, stage_id=stage.id,
        client_id=client_id,
    )  # fmt: skip


def _row(entrant: Entrant, upload: Upload, stored: str, now: datetime, **more: object) -> DossierFile:
    made = DossierFile(
        entrant_id=entrant.id, name=upload.name or "berkas", kind=upload.kind, size=len(upload.data),
        sha256=hashlib.sha256(upload.data).hexdigest(), stored=stored, uploaded_at=now, criterion="", **more,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def _refuse_too_much(entrant: Entrant, upload: Upload, purpose: FilePurpose) -> None:
    # whoever sends two at once is told apart by the row of the entrant
    db.session.execute(sa.select(Entrant.id).where(Entrant.id == entrant.id).with_for_update())
    there = queries.files_of(entrant.id, purpose)
    if len(there) >= queries.MOST_FILES:
        raise DomainError("too_many", _("Paling banyak %(most)s berkas.", most=queries.MOST_FILES))
    if sum(one.size for one in there) + len(upload.data) > MOST_OF_ENTRANT:
        raise DomainError("full", _("Semua berkas bersama-sama paling besar 60 MB. Hapus yang tidak perlu."))


def remove(file: DossierFile, by_id: int | None, now: datetime) -> None:
    """Take a file out of sight; its bytes stay with the competition's records."""
    met = rows_changed(
        sa.update(DossierFile)
        .where(DossierFile.id == file.id, DossierFile.removed_at.is_(None))
        .values(removed_at=now)
    )
    if met:
        record_audit("dossier.removed", f"entrant:{file.entrant_id}", by_id, now, file=file.id)


def take_back(file: DossierFile, now: datetime) -> None:
    """The cooperative removes what it sent by mistake. Raises DomainError ``judged``: judges may have read it."""
    preparing = (
        sa.select(Competition.id)
        .join(Entrant, Entrant.competition_id == Competition.id)
        .where(Entrant.id == file.entrant_id, Competition.state == CompetitionState.SETUP)
    )
    if db.session.scalar(preparing.with_for_update(read=True, of=Competition)) is None:
        text = _(
            "Penilaian sudah dibuka, jadi berkas tidak dapat dihapus lagi. "
            "Kirim berkas yang benar, atau hubungi panitia."
        )
        raise DomainError("judged", text)
    remove(file, None, now)


def content_type(kind: FileKind) -> str:
    """The type a file is served with."""
    return _TYPES[kind]


def path_of(file: DossierFile) -> Path:
    """Where its bytes are. Raises DomainError ``file_lost`` (410) when they are gone."""
    found = folder() / file.stored
    if not found.is_file():
        raise DomainError("file_lost", _("Berkas ini tidak ditemukan di server. Beri tahu panitia."), status=410)
    return found
