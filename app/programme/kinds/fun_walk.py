"""The fun walk: families, a bib number each, small children only with a grown-up (product.md, Sign-up)."""

from __future__ import annotations

from app.programme.kinds.base import Effort, Kind, msgid

KIND = Kind(
    code="fun_walk",
    label=msgid("Jalan santai"),
    effort=Effort.STRENUOUS,
    child_needs_adult=12,
    gives_bib=True,
)
