"""Pages of accounts."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_login import LoginManager

bp = Blueprint("accounts", __name__)
login_manager = LoginManager()


def init_app(app: Flask) -> None:
    """Bind Flask-Login."""
    login_manager.init_app(app)
