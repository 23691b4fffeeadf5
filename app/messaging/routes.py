"""Pages of messaging."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("messaging", __name__)
