"""What a browser has proved: a signed cookie with the codes of the sign-ups made in it."""

from __future__ import annotations

from flask import Response, current_app, request

from app.core import keys

COOKIE = "pekan_signup"
DAYS = 60
MOST_CODES = 12
_MAX_AGE = DAYS * 24 * 3600


def proven_codes() -> list[str]:
    """Codes of registrations that were made in this browser, the newest last."""
    if COOKIE not in request.cookies:
        return []
    codes = keys.unseal("signup", request.cookies[COOKIE], _MAX_AGE)
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


def remember(response: Response, code: str) -> None:
    """Add a registration to what this browser has proved; the oldest are forgotten."""
    _store(response, [known for known in proven_codes() if known != code] + [code])


def forget(response: Response, code: str) -> None:
    """Take a registration out of what this browser has proved."""
    _store(response, [known for known in proven_codes() if known != code])


def _store(response: Response, codes: list[str]) -> None:
    response.set_cookie(
        COOKIE,
        keys.seal("signup", codes[-MOST_CODES:]),
        max_age=_MAX_AGE,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
