"""Pages of festival."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("festival", __name__)
