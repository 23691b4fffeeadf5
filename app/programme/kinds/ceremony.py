"""Opening and closing: everybody may come."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid

KIND = Kind(code="ceremony", label=msgid("Upacara"))
