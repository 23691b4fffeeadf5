"""The scanner without a network: its service worker, and what a phone needs to put it on the home screen."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache

from flask import Response, current_app, jsonify, make_response, request, url_for

from app.checkin.routes.blueprint import bp
from app.checkin.routes.scanner import scanner
from app.core.access import public
from app.core.assets import SOURCE
from app.core.i18n import gettext as _
from app.core.i18n import language

_WORKER = SOURCE / "js" / "checkin" / "gate-worker.js"
_SCRIPTS = ("js/checkin", "vendor/idb", "vendor/noble-ed25519", "vendor/zxing-wasm")
_ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"), ("icon-maskable-512.png", 512, "maskable"))


@bp.get("/gate-worker.js")
@public
def gate_worker() -> Response:
    """The service worker. It lies at the top because it may only look after what lies below its own address.

    Its text changes exactly when the page or a file changes: that is how a phone finds an update.
    """
    page = make_response(scanner()).get_data()
    prefix = f"/{current_app.extensions['pekan_assets']}/"
    linked = re.findall(rf'(?:href|src)="({re.escape(prefix)}[^"]+)"', page.decode())
    told = {
        "page": url_for("checkin.scanner"),
        "version": f"{prefix.strip('/')}-{hashlib.sha256(page).hexdigest()[:12]}",
        "prefix": prefix,
        "files": sorted({*linked, *(prefix + name for name in scripts())}),
    }
    answer = Response(f"const RELEASE = {json.dumps(told)};\n{_WORKER.read_text()}", mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@cache
def scripts() -> tuple[str, ...]:
    """All modules the scanner may load, and the reader of QR codes; below static/."""
    found = [
        path for folder in _SCRIPTS for path in (SOURCE / folder).rglob("*") if path.suffix in (".js", ".wasm")
    ]
    return tuple(sorted(path.relative_to(SOURCE).as_posix() for path in found if path != _WORKER))


@bp.get("/scan/manifest.webmanifest")
@public
def scanner_app() -> Response:
    """What a phone needs to put the scanner on its home screen."""
    prefix = current_app.extensions["pekan_assets"]
    answer = jsonify(
        id=url_for("checkin.scanner"),
        name=_("Pemindai Pekan Koperasi"),
        short_name=_("Pemindai"),
        lang=language(),
        start_url=url_for("checkin.scanner"),
        scope=url_for("checkin.scanner"),
        display="standalone",
        orientation="portrait",
        background_color="#fbf8f1",
        theme_color="#08432b",
        icons=[
            {"src": f"/{prefix}/img/{name}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in _ICONS
        ],
    )
    answer.content_type = "application/manifest+json"
    return answer
