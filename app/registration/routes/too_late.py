"""The form of whoever came too late, with all they typed.

In a rush thousands get it within a minute, so it is rendered once for all whose forms have the same shape (rows,
ticks, time, errors), and what each of them typed is filled in afterwards. See ``core/page_blanks.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from flask_wtf.csrf import generate_csrf
from wtforms import Field, StringField

from app.core import page_blanks
from app.registration.forms import SignUpForm

_TOKENS = ("csrf_token", "submission")


def page(form: SignUpForm, said: tuple[str, ...], render: Callable[[], str]) -> str:
    """The page that ``render`` makes of this form. ``said``: what it says besides, nothing of a person in it."""
    typed = {field.id: field for field in _fields(form) if _is_typed(field)}
    shape = (
        said,
        tuple(
            (field.id, field.id in typed or field.data, tuple(map(str, field.errors))) for field in _fields(form)
        ),
    )
    values = {name: partial(str, field.data) for name, field in typed.items()}
    values |= {"csrf_token": generate_csrf, "submission": partial(str, form.submission.data)}

    def blank() -> tuple[str, bool]:
        for name, field in typed.items():
            field.data = page_blanks.blank(name)
        form.csrf_token.current_token = page_blanks.blank("csrf_token")
        form.submission.data = page_blanks.blank("submission")
        return render(), True

    return page_blanks.page(blank, shape, **values)


def _fields(form: SignUpForm) -> Iterator[Field]:
    """Every control but the tokens."""
    for name, field in form._fields.items():
        if name == "people":
            for entry in field.entries:
                yield from entry.form
        elif name not in _TOKENS:
            yield field


def _is_typed(field: Field) -> bool:
    """Whether somebody's own words stand in it; the time that was chosen is one of few."""
    return isinstance(field, StringField) and bool(field.data) and field.name != "slot"
