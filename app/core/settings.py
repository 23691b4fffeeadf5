"""The settings of the running application, for services and channels that do not know Flask."""

from __future__ import annotations

from flask import current_app

from config import Settings


def settings() -> Settings:
    """What this installation was told from outside; ``create_app`` keeps it."""
    found: Settings = current_app.extensions["pekan_settings"]
    return found
