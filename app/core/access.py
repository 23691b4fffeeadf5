"""Who may see a page. Every view is marked ``public`` or ``requires`` a permission; a test lists the rest."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

F = TypeVar("F", bound=Callable[..., Any])


def public(view: F) -> F:
    """Mark a view that needs no sign-in (or checks a token of its own)."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: F) -> F:
    """Mark a view that any signed-in staff user may see."""
    return _guard(view, None)


def requires(permission: enum.StrEnum) -> Callable[[F], F]:
    """Mark a view that needs one permission: sign-in first, 403 without it."""
    return lambda view: _guard(view, permission)


def _guard(view: F, permission: enum.StrEnum | None) -> F:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            target = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
            return redirect(url_for("accounts.sign_in", next=target))
        if permission is not None and not current_user.may(permission):
            abort(403)
        return view(*args, **kwargs)

    guarded.access = permission or "signed_in"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]
