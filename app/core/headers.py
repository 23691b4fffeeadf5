"""Security headers on every answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, g, request

from app.core.local_network import is_local
from config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
_CSP = (
    "default-src 'none'; script-src 'self'{scanner}; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SCANNER, _SECRET = "pekan.scanner", "pekan.secret_address"
_NOT_KEPT = ("/committee", "/api/", "/sign-in", "/account")


def allow_scanner() -> None:
    """Let this answer use WebAssembly and the camera; called by the scanner page only."""
    request.environ[_SCANNER] = True


def hide_referrer() -> None:
    """The address of this page is a secret (ticket or manage link): tell nobody, cache nowhere."""
    g.secret_address = True
    request.environ[_SECRET] = True


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer of the application."""
    # On a venue's own network plain http must stay possible: it is where phones get the certificate to trust.
    host = urlsplit(settings.public_url).hostname or ""
    strict = settings.behind_tls and not is_local(host)
    app.wsgi_app = _Framed(app.wsgi_app, strict=strict)  # type: ignore[method-assign]


class _Framed:
    """Adds headers made once: setting them one by one in Flask cost more than storing a scan's row."""

    def __init__(self, app: WSGIApplication, *, strict: bool) -> None:
        self._app = app
        self._headers = {
            (scanner, secret): _headers(scanner, secret, strict)
            for scanner in (False, True)
            for secret in (False, True)
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def framed(status: str, headers: Headers, *more: Any) -> Any:
            secret = _SECRET in environ
            whole = headers + self._headers[_SCANNER in environ, secret]
            unkept = secret or environ["PATH_INFO"].startswith(_NOT_KEPT)
            if unkept and not any(name.lower() == "cache-control" for name, _value in headers):
                whole.append(("Cache-Control", "no-store"))
            return start_response(status, whole, *more)

        return self._app(environ, framed)


def _headers(scanner: bool, secret: bool, strict: bool) -> Headers:
    found = [
        ("Content-Security-Policy", _CSP.format(scanner=" 'wasm-unsafe-eval'" if scanner else "")),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer" if secret else "same-origin"),
        (
            "Permissions-Policy",
            f"camera=({'self' if scanner else ''}), microphone=(), geolocation=(), payment=()",
        ),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    if strict:
        found.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    return found
