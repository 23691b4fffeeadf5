"""JSON of registration."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("registration_api", __name__)
