"""How often one ticket is let in: a word shared by activities (programme) and check-in points."""

from __future__ import annotations

import enum


class AdmissionPolicy(enum.StrEnum):
    """How often one ticket is let in at a point."""

    ONCE = "once"
    DAILY = "daily"
    UNLIMITED = "unlimited"
