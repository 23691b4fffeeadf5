"""JSON of programme."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("programme_api", __name__)
