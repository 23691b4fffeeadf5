"""How templates are rendered: as Flask does it, with less work around each of them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment


class _Environment(Environment):
    """All templates share the globals of the environment.

    Jinja lays a second mapping over them for globals of a single template, which nobody gives here, and then
    compares and copies the two name by name in Python: four times a page.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Use this environment; call it before anything asks for ``app.jinja_env``."""
    app.jinja_environment = _Environment
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
