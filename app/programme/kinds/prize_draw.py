"""The prize draw: coupons come from attendance, so there is nothing to sign up for."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid
from app.programme.rules import EntryMode

KIND = Kind(code="prize_draw", label=msgid("Undian"), entry_modes=(EntryMode.NONE,))
