"""Entertainment: nobody signs up for music."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid
from app.programme.rules import EntryMode

KIND = Kind(code="entertainment", label=msgid("Hiburan"), entry_modes=(EntryMode.NONE, EntryMode.INVITATION))
