"""Answers are compressed where it saves something."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_compress import Compress

_SMALLEST = 500  # bytes


def init_app(app: Flask) -> None:
    """Bind Flask-Compress; it is not asked about small JSON answers, of which nothing is kept anywhere."""
    app.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_BR_LEVEL=4, COMPRESS_MIN_SIZE=_SMALLEST, COMPRESS_REGISTER=False
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
