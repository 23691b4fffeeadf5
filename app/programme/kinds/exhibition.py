"""An exhibition: visitors walk in, who wants a stand applies for it."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid
from app.programme.rules import EntryMode

KIND = Kind(
    code="exhibition",
    label=msgid("Pameran"),
    entry_modes=(EntryMode.APPLICATION, EntryMode.INVITATION, EntryMode.NONE),
)
