"""Sends forms as a browser without JavaScript does: opens the page first, for its CSRF token."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_token(client: FlaskClient, page: str) -> str:
    """The token in the first form of a page."""
    found = _TOKEN.search(client.get(page).get_data(as_text=True))
    assert found, f"no form on {page}"
    return found[1]


def post_form(client: FlaskClient, address: str, /, *, page: str | None = None, **fields: Any) -> TestResponse:
    """Open ``page`` (the address itself unless told), then post the fields to the address."""
    token = csrf_token(client, page or address)
    return client.post(address, data={"csrf_token": token, **fields})
