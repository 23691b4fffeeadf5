"""The halal desk: account, data, photos and a companion; the certificate comes later (facts.md, halal)."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid

KIND = Kind(code="halal", label=msgid("Layanan halal"), is_desk=True)
