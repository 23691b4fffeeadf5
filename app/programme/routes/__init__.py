"""Pages of programme: for the public, and for the committee."""

from __future__ import annotations

from app.programme.routes import committee, pausing, public, slots
from app.programme.routes.blueprint import bp

__all__ = ["bp", "committee", "pausing", "public", "slots"]
