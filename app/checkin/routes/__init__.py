"""Pages of checkin: the scanner, and the committee's board."""

from __future__ import annotations

from app.checkin.routes import conflicts, flow, offline, paper, points, scanner
from app.checkin.routes.blueprint import bp

__all__ = ["bp", "conflicts", "flow", "offline", "paper", "points", "scanner"]
