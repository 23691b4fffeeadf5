"""Static files: the version follows the contents, the build is complete and made once."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli

from app.core import assets


def test_the_version_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    first = assets.version_of(tmp_path)
    (tmp_path / "a.css").write_text("b")
    second = assets.version_of(tmp_path)
    (tmp_path / "a.css").rename(tmp_path / "b.css")
    assert len({first, second, assets.version_of(tmp_path)}) == 3


def test_the_build_holds_every_file_and_its_compressed_forms(tmp_path: Path) -> None:
    source, target = tmp_path / "static", tmp_path / "built" / "1"
    (source / "css").mkdir(parents=True)
    (source / "css" / "a.css").write_text("body { color: red }" * 50)
    (source / "a.png").write_bytes(b"\x89PNG")
    assets.build(source, target)
    raw = (source / "css" / "a.css").read_bytes()
    assert (target / "css" / "a.css").read_bytes() == raw
    assert gzip.decompress((target / "css" / "a.css.gz").read_bytes()) == raw
    assert brotli.decompress((target / "css" / "a.css.br").read_bytes()) == raw
    assert not (target / "a.png.gz").exists()
    assert [p.name for p in target.parent.iterdir()] == ["1"]


def test_an_existing_build_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "1"
    target.mkdir()
    assert assets.build(tmp_path / "missing", target) == target
