"""Where a ``next`` may lead: never to another host."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.paths import local_path


@pytest.mark.parametrize("target", ["/", "/committee", "/committee/users?page=2", "/a/b#c", "/.//evil.example"])
def test_paths_of_this_site(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "committee",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\n/evil.example",
        "/\r\nSet-Cookie: a=b",
        " //evil.example",
        "\x00/committee",
        "/\x7f",
    ],
)
def test_addresses_elsewhere(target: str | None) -> None:
    assert local_path(target) is None


@given(st.text(alphabet="/\\:.@?#\t\r\n evil", max_size=12))
def test_no_target_leads_to_another_host(target: str) -> None:
    if local_path(target) is not None:
        assert urlsplit(target).netloc == ""
        assert target[0] == "/"
        assert target[1:2] not in ("/", "\\")
