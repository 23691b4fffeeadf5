"""Charity: foundations and kelurahan propose. Nobody signs a child up in public (product.md, Charity)."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid
from app.programme.rules import EntryMode

KIND = Kind(code="charity", label=msgid("Santunan"), entry_modes=(EntryMode.PROPOSAL, EntryMode.INVITATION))
