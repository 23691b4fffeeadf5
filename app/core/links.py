"""Addresses that leave the house (messages, QR codes, printed links)."""

from __future__ import annotations

from flask import current_app


def public_url(path: str) -> str:
    """The full address of a path (``/tickets/abc``) as people reach it from outside.

    Built from PUBLIC_URL and never from the Host header: whoever sends a request chooses that header, and
    could turn a sign-in or manage link in a message towards a host of their own.

    Raises:
        ValueError: the path does not begin with exactly one slash.
    """
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("a path begins with one slash")
    return f"{current_app.config['PUBLIC_URL']}{path}"
