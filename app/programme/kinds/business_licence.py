"""The NIB desk: people come one by one, and what they forget to bring sends them home (facts.md, NIB desk)."""

from __future__ import annotations

from app.programme.kinds.base import Kind, msgid

KIND = Kind(code="business_licence", label=msgid("Layanan NIB"), is_desk=True)
