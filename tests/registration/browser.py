"""A browser for tests that look into the database between requests."""

from __future__ import annotations

from contextvars import Context
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Browser(FlaskClient):
    """Sends each request with a context of its own, as a server does, also while the test holds one open.

    Flask would share the test's ``g`` otherwise: who is signed in, the form token, the database session.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)


def browser(app: Any) -> Browser:
    """A fresh one, without cookies."""
    return Browser(app, app.response_class, use_cookies=True)
