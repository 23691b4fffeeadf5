"""Security headers on every answer."""

from __future__ import annotations

from flask import Flask, Response, g, request

from config import Settings

_CSP = (
    "default-src 'none'; script-src 'self'{scanner}; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def allow_scanner() -> None:
    """Let this answer use WebAssembly and the camera; called by the scanner page only."""
    g.scanner = True


def hide_referrer() -> None:
    """The address of this page is a secret (ticket or manage link): tell nobody, cache nowhere."""
    g.secret_address = True


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers after every request."""

    @app.after_request
    def _headers(response: Response) -> Response:
        scanner, secret = g.get("scanner", False), g.get("secret_address", False)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _CSP.format(scanner=" 'wasm-unsafe-eval'" if scanner else ""))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "no-referrer" if secret else "same-origin")
        headers.setdefault(
            "Permissions-Policy",
            f"camera=({'self' if scanner else ''}), microphone=(), geolocation=(), payment=()",
        )
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.behind_tls:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if secret or request.path.startswith(("/committee", "/api/", "/sign-in", "/account")):
            headers.setdefault("Cache-Control", "no-store")
        return response
