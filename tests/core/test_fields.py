"""Attributes of fields, held against what WTForms itself writes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from wtforms.widgets import html_params

from app.core.fields import written

VALUES = st.one_of(st.booleans(), st.none(), st.integers(), st.text(), st.text().map(Markup))


@given(st.dictionaries(st.text(min_size=1), VALUES))
def test_attributes_are_those_of_wtforms(attributes: dict[str, Any]) -> None:
    assert written(**attributes) == html_params(**attributes)


@pytest.mark.parametrize("value", ['"><script>', "' onfocus='alert(1)", "&amp;", Markup('a"b')])
def test_a_value_stays_within_its_quotes(value: str) -> None:
    text = written(value=value, data_n=1, hidden=True, disabled=False)
    assert isinstance(text, Markup)
    assert text.startswith('data-n="1" hidden value="')
    assert text.count('"') == 4
    assert "<" not in text
