"""Answers are compressed where it saves something.

Level 2 of brotli makes a page of tickets 7% larger than level 4, in half of the time; pages that are kept are
compressed once and better (``page_cache``).
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask_compress import Compress

_SMALLEST = 500  # bytes
_TEXTS = (
    "text/html", "text/css", "text/plain", "text/xml", "text/javascript", "text/calendar", "text/csv",
    "application/json", "application/javascript", "application/manifest+json", "image/svg+xml",
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Bind Flask-Compress; it is not asked about small JSON answers, of which nothing is kept anywhere."""
    app.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_MIMETYPES=[*_TEXTS, "application/vnd.pekan.snapshot"],  # a third of it: classes, families, head
        COMPRESS_BR_LEVEL=2,
        COMPRESS_MIN_SIZE=_SMALLEST,
        COMPRESS_REGISTER=False,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,  # who sets an ETag (page_cache) has looked at the request too
    )
    compress = Compress(app)

    @app.after_request
    def _compress(response: Response) -> Response:
        environ = request.environ
        if environ["PATH_INFO"].startswith("/api/") and (
            "HTTP_ACCEPT_ENCODING" not in environ or (response.content_length or _SMALLEST) < _SMALLEST
        ):
            return response
        return compress.after_request(response)
