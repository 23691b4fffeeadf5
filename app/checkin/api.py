"""JSON of checkin."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("checkin_api", __name__)
