"""Static files: one address prefix made of the hash of all of them, compressed once, kept for a year.

The prefix (instead of a hash in every name) lets scripts import each other by relative address.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import brotli
from flask import Flask
from whitenoise import WhiteNoise

from config import ROOT, Settings

SOURCE = ROOT / "static"
_COMPRESSED = {".css", ".js", ".svg", ".wasm", ".json", ".webmanifest"}
_YEAR = 31_536_000


def init_app(app: Flask, settings: Settings) -> None:
    """Build what is missing, serve it before Flask is asked, offer ``asset('css/pekan.css')`` to templates."""
    version = version_of(SOURCE)
    built = build(SOURCE, settings.instance / "static" / version)
    prefix = f"static/{version}"
    noise = WhiteNoise(
        app.wsgi_app, root=str(built), prefix=prefix, max_age=_YEAR,
        immutable_file_test=lambda _path, _url: True, allow_all_origins=False,
        add_headers_function=lambda headers, _path, _url: headers.__setitem__("X-Content-Type-Options", "nosniff"),
    )  # fmt: skip
    app.wsgi_app = noise  # type: ignore[method-assign]
    app.extensions["pekan_assets"] = prefix
    app.add_template_global(lambda path: f"/{prefix}/{path}", "asset")


def version_of(source: Path) -> str:
    """A short hash over names and contents of all files below ``source``."""
    digest = hashlib.sha256()
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(source)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def build(source: Path, target: Path) -> Path:
    """Copy ``source`` to ``target`` with .gz and .br beside what compresses; done once, in one rename."""
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent))
    shutil.copytree(source, work, dirs_exist_ok=True)
    for path in [p for p in work.rglob("*") if p.suffix in _COMPRESSED]:
        raw = path.read_bytes()
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(raw, 9, mtime=0))
        path.with_name(path.name + ".br").write_bytes(brotli.compress(raw, quality=9))
    work.chmod(0o755)
    try:
        os.rename(work, target)
    except OSError:  # another worker was first
        shutil.rmtree(work, ignore_errors=True)
    return target
