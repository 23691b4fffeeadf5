"""The only reader of the environment. Typed; a wrong value stops the start with one clear sentence."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent


class ConfigError(SystemExit):
    """Raised with the sentence that the person starting the program should read."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program may be told from outside. Secrets never appear in ``repr``."""

    instance: Path
    database_url: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    ticket_key: bytes = field(repr=False)
    public_url: str = "http://127.0.0.1:8000"
    redis_url: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    metrics_token: str | None = field(default=None, repr=False)
    ratelimit_enabled: bool = True
    proxies: int = 0
    page_seconds: float = 2.0
    testing: bool = False

    @property
    def behind_tls(self) -> bool:
        """True when people reach the site by https; cookies and HSTS depend on it."""
        return self.public_url.startswith("https://")

    @property
    def on_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.database_url.startswith("sqlite")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from the environment; make and keep missing keys in the instance folder.

    Raises ConfigError with one sentence when a value cannot be used.
    """
    env = os.environ if environ is None else environ
    instance = Path(env.get("PEKAN_INSTANCE") or ROOT / "instance").resolve()
    try:
        instance.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"Cannot make the instance folder {instance}: {error.strerror}.") from error
    return Settings(
        instance=instance,
        database_url=_database_url(env.get("DATABASE_URL"), instance),
        secret_key=_secret(env, "SECRET_KEY", instance).encode(),
        ticket_key=_ticket_seed(_secret(env, "TICKET_KEY", instance)),
        public_url=_public_url(env.get("PUBLIC_URL") or "http://127.0.0.1:8000"),
        redis_url=env.get("REDIS_URL") or None,
        smtp_url=env.get("SMTP_URL") or None,
        metrics_token=env.get("METRICS_TOKEN") or None,
        ratelimit_enabled=_flag(env, "RATELIMIT_ENABLED", default=True),
        proxies=_count(env, "PROXIES"),
        page_seconds=float(_count(env, "PAGE_SECONDS", 2, 60)),
    )


def _database_url(url: str | None, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'pekan.sqlite3'}"
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if url.startswith(("postgresql+psycopg://", "sqlite:///")):
        return url
    raise ConfigError("DATABASE_URL must begin with postgresql:// or sqlite:///.")


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ConfigError("PUBLIC_URL must be an address without a path, like https://pekan.depok.go.id.")
    return f"{parts.scheme}://{parts.netloc}"


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name, "").strip().lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ConfigError(f"{name} must be true or false.")


def _count(env: Mapping[str, str], name: str, default: int = 0, most: int = 8) -> int:
    value = env.get(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit()) or int(value) > most:
        raise ConfigError(f"{name} must be a number from 0 to {most}.")
    return int(value)


def _secret(env: Mapping[str, str], name: str, instance: Path) -> str:
    given = env.get(name, "").strip()
    if given:
        if len(given) < 32:
            raise ConfigError(f"{name} must have at least 32 characters.")
        return given
    path = instance / name.lower().replace("_", ".")
    if not path.exists():
        _make_secret(path, name)
    text = path.read_text().strip()
    if len(text) < 32:
        raise ConfigError(f"{path} is empty or cut short; restore it from a backup.")
    return text


def _make_secret(path: Path, name: str) -> None:
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # Of several workers that start at once exactly one can link, and nobody sees half a key.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    except OSError as error:
        raise ConfigError(f"Cannot keep {name} in {path}: {error.strerror}.") from error


def _ticket_seed(text: str) -> bytes:
    try:
        seed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) != 32:
        raise ConfigError("TICKET_KEY must be 32 bytes in base64.")
    return seed
