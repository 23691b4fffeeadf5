"""Sessions are Flask's signed cookies; a request that neither brings nor makes one costs nothing."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import login_user

from app.core import clock
from app.core.codes import random_token


def init_app(app: Flask) -> None:
    """Use them."""
    app.session_interface = _Sessions(app)


def open_session(user: Any, *, by_link: bool = False) -> None:
    """A session of its own for who just signed in; nothing of the one before stays (session fixation)."""
    session.clear()
    login_user(user)
    session.permanent = True
    session["sid"] = random_token()
    session["since"] = int(clock.now().timestamp())
    if by_link:
        session["linked"] = session["since"]


class _Sessions(SecureCookieSessionInterface):
    """Flask makes a signer for every request before it looks for a cookie, and reads seven settings before it
    finds no session.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._cookie = f"{self.get_cookie_name(app)}="

    @cached_property
    def _signer(self) -> Any:
        return super().get_signing_serializer(self._app)

    def get_signing_serializer(self, app: Flask) -> Any:  # noqa: ARG002
        return self._signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self._cookie not in request.environ.get("HTTP_COOKIE", ""):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)
