"""A list arrives: read into rows of text outside the transaction, kept as typed, checked whenever looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from app.core.db import core, db, table
from app.core.errors import InvalidInput
from app.core.i18n import gettext as _
from app.core.sheets import BadSheet, Limits, Table, find_table, read, sheet_words
from app.registration import rules
from app.registration.models import Batch, BatchRow, BatchState
from app.registration.services.batches.columns import EXAMPLE, SHEET, columns

# 500 rows of a dozen columns are 30,000 marks; empty but coloured rows below them are common, a million are not
LIMITS: Final = Limits(rows=3_000, columns=40, characters=300, unpacked=16 * 1024 * 1024, marks=150_000, merged=200)
MOST_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row as typed: key of the column to (text, fault or None)."""

    number: int
    cells: Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class TypedList:
    """A file as read: where its columns are, its rows; examples are left out."""

    positions: Mapping[str, int]
    rows: tuple[TypedRow, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a list: somebody of the committee, or whoever holds an upload link. ``phone`` is E.164."""

    festival_id: int
    contact_name: str
    phone: str
    link_id: int | None = None
    user_id: int | None = None


def read_list(data: bytes) -> TypedList:
    """The rows of a file; needs no database.

    Raises:
        InvalidInput: it cannot be read, has no head, nobody in it or more than 500 people.
    """
    try:
        found = find_table(read(data, LIMITS, prefer=SHEET), columns())
    except BadSheet as error:
        raise _refused(error.code, sheet_words(error)) from None
    rows = tuple(_typed(found))
    if not rows:
        raise _refused(
            "empty", _("Belum ada orang di berkas ini. Isi baris di bawah judul kolom, lalu kirim lagi.")
        )
    if len(rows) > rules.MOST_ROWS:
        text = _(
            "Berkas ini berisi %(rows)s orang. Paling banyak %(most)s sekali kirim: bagi menjadi beberapa berkas.",
            rows=len(rows), most=rules.MOST_ROWS,
        )  # fmt: skip
        raise _refused("too_many_rows", text)
    return TypedList(dict(found.positions), rows)


def _typed(found: Table) -> list[TypedRow]:
    rows = []
    for record in found.records:
        cells = {key: (cell.text, cell.fault.value if cell.fault else None) for key, cell in record.cells.items()}
        mark = cells.pop("example", ("", None))[0]
        if mark.casefold() != EXAMPLE and any(text or fault for text, fault in cells.values()):
            rows.append(TypedRow(record.number, cells))
    return rows


def take_list(sender: Sender, typed: TypedList, file_name: str, slot_id: int | None, now: datetime) -> int:
    """Keep a list for its dry run; returns its id. Two statements."""
    batch = Batch(
        festival_id=sender.festival_id, link_id=sender.link_id, created_by_id=sender.user_id,
        contact_name=sender.contact_name, contact_phone=sender.phone, file_name=file_name, slot_id=slot_id,
        state=BatchState.CHECKED, positions=dict(typed.positions), row_count=len(typed.rows), people=0,
        consented_at=now, created_at=now,
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    rows = [{"batch_id": batch.id, "number": row.number, "cells": dict(row.cells)} for row in typed.rows]
    core().execute(sa.insert(table(BatchRow)), rows)
    return batch.id


def _refused(code: str, text: str) -> InvalidInput:
    return InvalidInput(text, {"file": text}, code=f"list_{code}")
