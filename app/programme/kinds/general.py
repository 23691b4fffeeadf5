"""Anything without rules of its own."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid

KIND = Kind(code="general", label=msgid("Kegiatan"))
