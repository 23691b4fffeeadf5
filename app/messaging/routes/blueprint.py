"""The blueprint that the pages of messaging share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("messaging", __name__)
