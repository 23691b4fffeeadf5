"""Texts in the language of who reads them. No web in here: a command without an application speaks, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

LANGUAGES = ("id", "en")
CATALOGUES = str(Path(__file__).parent / "translations")
_speaking: ContextVar[str | None] = ContextVar("speaking", default=None)
_readers: list[Callable[[], str]] = []  # one, where there is a web: ``core.i18n`` finds it out once a request


def read_by(reader: Callable[[], str]) -> None:
    """``reader`` says in which language texts are read from now on."""
    _readers[:] = [reader]


def language() -> str:
    """``id`` or ``en``: what is spoken on purpose, else what the reader wants; Indonesian where nobody asks."""
    if forced := _speaking.get():
        return forced
    return _readers[0]() if _readers else "id"


def gettext(text: str, /, **values: Any) -> str:
    """The text in the language of who reads it, its blanks filled in."""
    said: str = catalogue(language()).gettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, num: int, /, **values: Any) -> str:
    """The same for a text that depends on a number, which ``%(num)s`` shows."""
    said: str = catalogue(language()).ngettext(one, many, num)
    return said % {"num": num, **values}


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write in this language, whatever the one who asks reads: for messages to somebody else."""
    token = _speaking.set(code)
    try:
        yield
    finally:
        _speaking.reset(token)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> NullTranslations:
    """The texts of a language; Indonesian has no catalogue, every text stands for itself."""
    if code == "id":
        return NullTranslations()
    from babel.support import Translations

    return Translations.load(CATALOGUES, [code])
