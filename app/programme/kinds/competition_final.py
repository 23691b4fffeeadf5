"""The final of the competition: the jury's choice is invited, everybody else may watch."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid
from app.programme.rules import EntryMode

KIND = Kind(code="competition_final", label=msgid("Lomba"), entry_modes=(EntryMode.INVITATION, EntryMode.NONE))
