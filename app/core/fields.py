"""How a form field is drawn: the attributes that tie it to its hint and its error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask
from wtforms import Field


def attributes(field: Field, described: Sequence[str], extra: dict[str, Any]) -> dict[str, Any]:
    """HTML attributes of a control: the caller's, plus what screen readers need."""
    made = dict(extra)
    if described:
        made["aria-describedby"] = " ".join(described)
    if field.errors:
        made["aria-invalid"] = "true"
    return made


def init_app(app: Flask) -> None:
    """Offer ``attributes`` to the form macros."""
    app.add_template_global(attributes)
