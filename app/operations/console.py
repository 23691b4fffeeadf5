"""The console script ``pekan``. A command that needs no application starts without Flask and its database."""

from __future__ import annotations

import sys

from app import commands_without_application


def main() -> None:
    """Entry point."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if command := commands_without_application().get(name):
        command.main(args=sys.argv[2:], prog_name=f"pekan {name}")
        return
    from app.operations import cli

    cli.main()
