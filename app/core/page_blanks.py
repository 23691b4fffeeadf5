"""Pages that are the same for everybody but for a few blanks: a form that nobody has touched, and its tokens.

Like those of ``page_cache`` they are rendered at most every two seconds. What goes into the blanks belongs to one
visitor and is never kept; everything else on such a page must be for everybody.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from flask import current_app, request, session
from markupsafe import escape

from app.core.codes import random_token
from app.core.i18n import language

MOST_PAGES = 64
_SEAL = random_token()  # no text that somebody typed can look like a blank
_BLANK = re.compile(rf"{re.escape(_SEAL)}-([a-z0-9_-]+)\.")


@dataclass(frozen=True, slots=True)
class _Page:
    """Text and names of blanks in turn, beginning and ending with text. ``fresh_until``: by ``time.monotonic``."""

    parts: list[str]
    fresh_until: float


def blank(name: str) -> str:
    """What to render where ``name`` (lower case letters, digits, - and _) is to be filled in."""
    return f"{_SEAL}-{name}."


def page(render: Callable[[], tuple[str, bool]], shape: Hashable = (), /, **values: Callable[[], str]) -> str:
    """The page of this address and language with its blanks filled in for this visitor.

    ``render`` makes it where none is kept, and says whether to keep it: only where its address is one of few.
    ``shape``: what else the page depends on, nothing of a person in it.
    ``values`` are asked for when the page has such a blank. KeyError for a blank without a value.
    """
    pages: dict[Hashable, _Page] = current_app.extensions.setdefault("pekan_pages_with_blanks", {})
    key = request.full_path, language(), shape
    for_one = bool(session.get("_flashes"))  # somebody is to be told something, once
    found = None if for_one else pages.get(key)
    if found is None or found.fresh_until < time.monotonic():
        seconds = current_app.config["PAGE_SECONDS"]
        html, keep = render()
        found = _Page(_BLANK.split(html), time.monotonic() + seconds)
        if keep and seconds and not for_one:
            if len(pages) >= MOST_PAGES:
                pages.clear()
            pages[key] = found
    parts = list(found.parts)
    parts[1::2] = [escape(values[name]()) for name in parts[1::2]]
    return "".join(parts)
