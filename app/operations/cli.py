"""The ``pekan`` command: Flask's own command line with ours on it."""

from __future__ import annotations

import sys

from flask import Flask
from flask.cli import FlaskGroup

from app import create_app


def register(app: Flask) -> None:
    """Add the commands of this feature."""


def main() -> None:
    """Entry point of the console script."""
    group = FlaskGroup(create_app=create_app, add_default_commands=False, add_version_option=False)
    group.main(args=sys.argv[1:], prog_name="pekan")
