"""An upload from file to directory: read, columns mapped, checked, stored all at once or not at all."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from app.accounts.services import record_audit
from app.cooperatives.models import ColumnMapping, CooperativeImport, ImportState
from app.cooperatives.rules.codes import Likely
from app.cooperatives.rules.columns import BY_KEY, fault_of, guessed, head_of, signature
from app.cooperatives.rules.rows import Defaults
from app.cooperatives.services.import_plan import Plan, make_plan
from app.cooperatives.services.import_store import Stored, store_plan
from app.core import clock
from app.core.db import db, rows_changed
from app.core.errors import DomainError, InvalidInput
from app.core.i18n import gettext as _
from app.core.sheets import BadSheet, Cell, CellFault, Limits, Sheet, read, sheet_words

MOST_BYTES: Final = 7 * 1024 * 1024
LIMITS: Final = Limits(rows=20_000, columns=100, characters=2_000)
LIVES: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Typed:
    """A table as it was typed. ``rows``: number and cells of the rows below the head."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


def read_table(data: bytes) -> Typed:
    """The table in a file.

    Raises:
        InvalidInput: it cannot be read, or nothing stands below its head; the message is for ``file``.
    """
    try:
        return _below_head(read(data, LIMITS, prefer="Koperasi"))
    except BadSheet as error:
        text = sheet_words(error)
        raise InvalidInput(text, {"file": text}, code=f"sheet_{error.code}") from None


def _below_head(sheet: Sheet) -> Typed:
    head = head_of(sheet)
    headings = next(row for row in sheet.rows if row.number == head).cells
    below = tuple((row.number, row.cells) for row in sheet.rows if row.number > head)
    if not below:
        text = _("Di bawah baris judul tidak ada isi.")
        raise InvalidInput(text, {"file": text}, code="sheet_no_rows")
    width = max(len(headings), *(len(cells) for _number, cells in below))
    texts = [cell.text[:120] for cell in headings]
    return Typed(tuple(texts + [""] * (width - len(texts))), below)


def meanings_of(typed: Typed) -> tuple[dict[str, str], bool]:
    """Position to key: as somebody decided for these headings before (True), else as the headings read."""
    kept = db.session.get(ColumnMapping, signature(typed.headings))
    known = {k: v for k, v in kept.meanings.items() if v in BY_KEY} if kept else {}
    return (known, True) if kept and fault_of(known) is None else (guessed(typed.headings), False)


def remember(typed: Typed, meanings: Mapping[str, str], by_id: int | None, now: datetime) -> None:
    """Keep what somebody decided for tables with these headings."""
    key = signature(typed.headings)
    kept = db.session.get(ColumnMapping, key) or ColumnMapping(signature=key)
    kept.meanings, kept.user_id, kept.updated_at = dict(meanings), by_id, now
    db.session.add(kept)


def take(
    typed: Typed, file_name: str, source: str, as_of: date, year: int | None, by_id: int | None, now: datetime
) -> int:
    """Keep an upload until it is stored; its id. Expired ones lose their rows meanwhile."""
    forget_old(now)
    meanings, remembered = meanings_of(typed)
    clear = remembered or all(str(place) in meanings for place, text in enumerate(typed.headings) if text)
    state = ImportState.CHECKED if clear and fault_of(meanings) is None else ImportState.MAPPING
    made = CooperativeImport(
        file_name=file_name, state=state, rows=_packed(typed), row_count=len(typed.rows), source=source,
        as_of=as_of, created_at=now, user_id=by_id, counts={}, options={"meanings": meanings, "year": year},
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record_audit("cooperatives.uploaded", f"cooperative_import:{made.id}", by_id, now, rows=len(typed.rows))
    return made.id


def decide_columns(
    upload: CooperativeImport, meanings: Mapping[str, str], by_id: int | None, now: datetime
) -> None:
    """What each column means, kept for the next file with the same headings.

    Raises:
        InvalidInput: a field twice, or no name.
    """
    chosen = {position: key for position, key in meanings.items() if key in BY_KEY}
    check_meanings(chosen)
    typed = typed_of(upload)
    upload.options = {**upload.options, "meanings": chosen}
    upload.state = ImportState.CHECKED
    remember(typed, chosen, by_id, now)


def check_meanings(meanings: Mapping[str, str]) -> None:
    """Raises InvalidInput when a field stands twice or the name nowhere."""
    fault = fault_of(meanings)
    if fault is None:
        return
    code, key = fault
    text = (
        _("Pilih kolom yang berisi nama koperasi.")
        if code == "no_name"
        else _("Dua kolom diartikan sebagai “%(title)s”. Pilih satu saja.", title=BY_KEY[key].title)
    )
    raise InvalidInput(text, {"meanings": text}, code=f"columns_{code}")


def typed_of(upload: CooperativeImport) -> Typed:
    """The table of an upload. Raises DomainError ``import_gone`` when its rows were forgotten."""
    if upload.rows is None:
        raise gone()
    headings, rows = json.loads(zlib.decompress(upload.rows))
    return Typed(tuple(headings), tuple((number, tuple(_cell(one) for one in cells)) for number, cells in rows))


def plan_of(upload: CooperativeImport, now: datetime) -> Plan:
    """What storing the upload would do."""
    defaults = Defaults(upload.as_of, upload.source, upload.options.get("year"), clock.local(now).date())
    return make_plan(records(typed_of(upload), upload.options["meanings"]), defaults)


def records(typed: Typed, meanings: Mapping[str, str]) -> Iterable[tuple[int, dict[str, Cell]]]:
    """Number and cells by key of every row that says something we know."""
    columns = [(int(position), key) for position, key in meanings.items()]
    for number, cells in typed.rows:
        row = {key: cells[position] for position, key in columns if position < len(cells)}
        if any(row.values()):
            yield number, row


def store(
    upload: CooperativeImport, decisions: Mapping[int, str], rest: Likely | None, by_id: int | None, now: datetime
) -> Stored:
    """Bring an upload into the directory, all or nothing; a second time it refuses.

    ``decisions``: by row number, ``new``, ``skip`` or the id of the one that it is; ``rest`` for the others.

    Raises:
        DomainError: ``import_gone``, ``import_faulty``, ``import_undecided``.
    """
    met = rows_changed(
        sa.update(CooperativeImport)
        .where(CooperativeImport.id == upload.id, CooperativeImport.state == ImportState.CHECKED)
        .values(state=ImportState.STORED, stored_at=now)
    )
    if not met:
        raise gone()
    stored = apply(plan_of(upload, now), decisions, rest, by_id, now)
    counts = {"created": stored.created, "updated": stored.updated, "unchanged": stored.unchanged,
              "skipped": stored.skipped}  # fmt: skip
    done = sa.update(CooperativeImport).where(CooperativeImport.id == upload.id).values(rows=None, counts=counts)
    rows_changed(done)
    record_audit("cooperatives.imported", f"cooperative_import:{upload.id}", by_id, now, **counts)
    return stored


def apply(
    plan: Plan, decisions: Mapping[int, str], rest: Likely | None, by_id: int | None, now: datetime
) -> Stored:
    """Store a plan, or say why not (as ``store``)."""
    if plan.faulty:
        raise DomainError("import_faulty", _("Ada baris yang salah. Belum ada yang disimpan."))
    if plan.undecided(decisions) and rest is None:
        raise DomainError("import_undecided", _("Ada baris yang mungkin ganda. Tentukan dulu, satu per satu."))
    return store_plan(plan, decisions, rest or Likely.SKIP, by_id, now)


def discard(upload: CooperativeImport, by_id: int | None, now: datetime) -> bool:
    """Throw an upload away before it is stored; False when it is stored already."""
    live = CooperativeImport.state.in_((ImportState.MAPPING, ImportState.CHECKED))
    done = sa.update(CooperativeImport).where(CooperativeImport.id == upload.id, live)
    met = rows_changed(done.values(state=ImportState.DISCARDED, rows=None))
    if met:
        record_audit("cooperatives.discarded", f"cooperative_import:{upload.id}", by_id, now)
    return bool(met)


def forget_old(now: datetime) -> int:
    """Drop the rows of uploads that nobody stored within two days; how many."""
    old = sa.update(CooperativeImport).where(
        CooperativeImport.rows.is_not(None), CooperativeImport.created_at < now - LIVES
    )
    return rows_changed(old.values(state=ImportState.DISCARDED, rows=None))


def gone() -> DomainError:
    """The refusal of an upload that was stored or forgotten."""
    return DomainError("import_gone", _("Berkas ini sudah disimpan atau sudah dihapus. Kirim lagi bila perlu."))


def _packed(typed: Typed) -> bytes:
    rows = [[number, [_plain(cell) for cell in cells]] for number, cells in typed.rows]
    return zlib.compress(json.dumps([typed.headings, rows], ensure_ascii=False).encode(), 3)


def _plain(cell: Cell) -> Any:
    return [cell.text, cell.fault, cell.fraction] if cell.fault or cell.fraction else cell.text


def _cell(kept: Any) -> Cell:
    if isinstance(kept, str):
        return Cell(kept)
    text, fault, fraction = kept
    return Cell(text, CellFault(fault) if fault else None, fraction)
