"""The only reader of the environment. Typed; a wrong value stops the start with one clear sentence."""

from __future__ import annotations

import base64
import binascii
import enum
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = Path(__file__).resolve().parent


class ConfigError(SystemExit):
    """Raised with the sentence that the person starting the program should read."""


class Security(enum.StrEnum):
    """How the connection to a mail server is kept from others."""

    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"  # demanded, and the certificate looked at
    IF_OFFERED = "if_offered"  # this machine itself: nobody stands between
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. ``sender`` is what the From header says."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """Meta's WhatsApp Cloud API. ``templates``: kind of message, or ``*``, to the name of an approved template;
    empty: plain texts, which reach only who wrote within the last 24 hours.

    Without ``app_secret`` and ``verify_token`` there is no webhook, and delivery stays unknown.
    """

    url: str
    version: str
    phone_id: str
    token: str = field(repr=False)
    templates: Mapping[str, str]
    app_secret: str | None = field(default=None, repr=False)
    verify_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program may be told from outside. Secrets never appear in ``repr``."""

    instance: Path
    database_url: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    ticket_key: bytes = field(repr=False)
    ticket_key_number: int = 1
    old_ticket_keys: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    public_url: str = "http://127.0.0.1:8000"
    redis_url: str | None = field(default=None, repr=False)
    mail: MailServer | None = None
    whatsapp: WhatsApp | None = None
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
        ticket_key_number=_count(env, "TICKET_KEY_NUMBER", 1, 255),
        old_ticket_keys=_old_ticket_keys(env),
        public_url=_public_url(env.get("PUBLIC_URL") or "http://127.0.0.1:8000"),
        redis_url=env.get("REDIS_URL") or None,
        mail=_mail_server(env),
        whatsapp=_whatsapp(env),
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


def _mail_server(env: Mapping[str, str]) -> MailServer | None:
    url = env.get("SMTP_URL", "").strip()
    if not url:
        return None
    example = "like smtp://user:password@mail.depok.go.id:587 or smtps://user:password@mail.depok.go.id."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("smtp", "smtps") or parts.path.strip("/"):
        raise ConfigError(f"SMTP_URL must be an address {example}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ConfigError(f"SMTP_URL needs both user and password, or neither, {example}")
    query = parse_qs(parts.query, keep_blank_values=True)
    if query not in ({}, {"starttls": ["no"]}):
        raise ConfigError("SMTP_URL understands only ?starttls=no behind the address.")
    security = Security.TLS if parts.scheme == "smtps" else Security.STARTTLS
    if security is Security.STARTTLS:
        port = port or 587
        if _this_machine(host):
            security = Security.IF_OFFERED
        elif query:
            security = Security.NONE
            if password:
                raise ConfigError("SMTP_URL with ?starttls=no would send the password in the clear.")
    return MailServer(host, port or 465, security, _sender(env, user), user, password)


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sender(env: Mapping[str, str], user: str) -> str:
    """MAIL_FROM; without it the user of the mail server, or pekan@ the host people reach us by."""
    given = env.get("MAIL_FROM", "").strip()
    if not given:
        host = urlsplit(env.get("PUBLIC_URL") or "http://localhost").hostname or "localhost"
        given = user if "@" in user else f"pekan@{host if re.search('[a-z]', host) else 'localhost'}"
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(given)[1]) or not given.isprintable():
        raise ConfigError('MAIL_FROM must be a mail address, like "Pekan Koperasi <pekan@depok.go.id>".')
    return given


def _whatsapp(env: Mapping[str, str]) -> WhatsApp | None:
    names = (
        "WHATSAPP_PHONE_ID", "WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN",
        "WHATSAPP_TEMPLATES", "WHATSAPP_URL", "WHATSAPP_VERSION",
    )  # fmt: skip
    phone_id, token, secret, verify, templates, address, version = (env.get(name, "").strip() for name in names)
    if not any((phone_id, token, secret, verify, templates, address, version)):
        return None
    if not (phone_id.isascii() and phone_id.isdigit() and token):
        raise ConfigError(
            "WhatsApp needs WHATSAPP_PHONE_ID (digits) and WHATSAPP_TOKEN; else unset all WHATSAPP_*."
        )
    if bool(secret) != bool(verify):
        raise ConfigError("WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN belong together: set both or neither.")
    url = urlsplit(address or "https://graph.facebook.com")
    if url.scheme not in ("http", "https") or not url.netloc:
        raise ConfigError("WHATSAPP_URL must be an address, like https://graph.facebook.com.")
    version = version or "v23.0"
    if not re.fullmatch(r"v[0-9]{1,3}\.[0-9]", version):
        raise ConfigError("WHATSAPP_VERSION must be a version of Meta's Graph API, like v23.0.")
    used = _templates(templates or "*=pekan_message")
    return WhatsApp(url.geturl().rstrip("/"), version, phone_id, token, used, secret or None, verify or None)


def _templates(text: str) -> dict[str, str]:
    """``kind=template,…,*=template`` or ``text``."""
    if text == "text":
        return {}
    templates: dict[str, str] = {}
    for pair in text.split(","):
        kind, _equals, name = (part.strip() for part in pair.partition("="))
        if not re.fullmatch(r"[a-z0-9_]+|\*", kind) or not re.fullmatch("[a-z0-9_]+", name):
            example = "reminder=pekan_reminder,*=pekan_message"
            raise ConfigError(f"WHATSAPP_TEMPLATES must be kind=template pairs, like {example}, or the word text.")
        templates[kind] = name
    return templates


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


def _old_ticket_keys(env: Mapping[str, str]) -> dict[int, bytes]:
    """``number=seed,…``: keys that signed tickets still in people's hands. The present one has another number."""
    keys: dict[int, bytes] = {}
    for pair in filter(None, env.get("OLD_TICKET_KEYS", "").strip().split(",")):
        number, _equals, seed = (part.strip() for part in pair.partition("="))
        if not re.fullmatch("[0-9]{1,3}", number) or int(number) > 255:
            raise ConfigError("OLD_TICKET_KEYS must be number=key pairs, like 1=bm90IGEga2V5IG9mIG91cnM…")
        keys[int(number)] = _ticket_seed(seed)
    if _count(env, "TICKET_KEY_NUMBER", 1, 255) in keys:
        raise ConfigError("TICKET_KEY_NUMBER must be another number than those of OLD_TICKET_KEYS.")
    return keys
