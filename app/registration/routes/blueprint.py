"""The blueprint that all pages of registration hang on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("registration", __name__)
