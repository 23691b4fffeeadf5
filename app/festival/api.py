"""JSON of festival."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("festival_api", __name__)
