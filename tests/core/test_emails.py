"""Mail addresses as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.emails import LONGEST, InvalidEmail, parse_email


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("siti@example.org", "siti@example.org"),
        ("  Siti.Aminah+pekan@Example.ORG ", "Siti.Aminah+pekan@example.org"),
        ("mailto:siti@example.org", "siti@example.org"),
        ("<siti@example.org>", "siti@example.org"),
        ("\u200bsiti@example.org\u200e", "siti@example.org"),
        ("o'neill@a-b.co.id", "o'neill@a-b.co.id"),
        ("siti@bücher.example", "siti@xn--bcher-kva.example"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_what_is_taken(typed, kept):
    assert parse_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", " ", "siti", "siti@", "@example.org", "siti@example", "siti@@example.org", "si ti@example.org",
     "siti@exa mple.org", "siti@example..org",
     ".siti@example.org", "siti.@example.org", "siti@-a.org", "siti@127.0.0.1",
     "a@b.c\nBcc: x@y.z", "sitı@example.org", "a@b\0.org", f"{'a' * 65}@example.org", f"a@{'b.' * 130}org",
     "a@.org",
     "a,b@example.org", '"a b"@example.org'],
)  # fmt: skip
def test_what_is_not(typed):
    with pytest.raises(InvalidEmail):
        parse_email(typed)


@given(st.text() | st.emails())
def test_any_text_is_an_address_that_stays_one_or_is_refused(text):
    try:
        found = parse_email(text)
    except InvalidEmail:
        return
    assert parse_email(found) == found
    assert found.isascii()
    assert found.isprintable()
    assert " " not in found
    assert len(found) <= LONGEST
