"""Settings: defaults, keys that are made once and kept, wrong values that stop the start with a sentence."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest

import config

TICKET_KEY = base64.b64encode(bytes(32)).decode()


def load(tmp_path: Path, **env: str) -> config.Settings:
    return config.load({"PEKAN_INSTANCE": str(tmp_path / "instance"), **env})


def test_defaults_are_an_sqlite_file_and_keys_in_the_instance_folder(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'instance' / 'pekan.sqlite3'}"
    assert len(settings.ticket_key) == 32
    assert settings.ratelimit_enabled
    assert not settings.behind_tls
    for name in ("secret.key", "ticket.key"):
        assert (tmp_path / "instance" / name).stat().st_mode & 0o777 == 0o600


def test_keys_stay_the_same_at_the_next_start(tmp_path: Path) -> None:
    first, second = load(tmp_path), load(tmp_path)
    assert (first.secret_key, first.ticket_key) == (second.secret_key, second.ticket_key)


def test_two_workers_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    found: list[bytes] = []
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        found.clear()
        threads = [threading.Thread(target=lambda f=folder: found.append(load(f).ticket_key)) for _ in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert len(found) == 4
        assert len(set(found)) == 1


def test_secrets_are_not_shown_when_settings_are_printed(tmp_path: Path) -> None:
    settings = load(tmp_path, TICKET_KEY=TICKET_KEY, DATABASE_URL="postgresql://pekan:hush@db/pekan")
    assert "hush" not in repr(settings)
    assert TICKET_KEY not in repr(settings)
    assert settings.database_url.startswith("postgresql+psycopg://")


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"TICKET_KEY": "x" * 40}, "TICKET_KEY"),
        ({"TICKET_KEY_NUMBER": "256"}, "TICKET_KEY_NUMBER"),
        ({"OLD_TICKET_KEYS": "x"}, "OLD_TICKET_KEYS"),
        ({"OLD_TICKET_KEYS": f"256={TICKET_KEY}"}, "OLD_TICKET_KEYS"),
        ({"OLD_TICKET_KEYS": f"1={TICKET_KEY}"}, "TICKET_KEY_NUMBER"),
        ({"OLD_TICKET_KEYS": "2=abc"}, "TICKET_KEY"),
        ({"TICKET_KEY": base64.b64encode(bytes(40)).decode()}, "TICKET_KEY"),
        ({"PUBLIC_URL": "pekan.depok.go.id"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://x/y"}, "PUBLIC_URL"),
        ({"RATELIMIT_ENABLED": "perhaps"}, "RATELIMIT_ENABLED"),
        ({"PROXIES": "-1"}, "PROXIES"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(
    tmp_path: Path, env: dict[str, str], sentence: str
) -> None:
    with pytest.raises(config.ConfigError) as stopped:
        load(tmp_path, **env)
    assert sentence in str(stopped.value)
    assert "\n" not in str(stopped.value)


def test_a_cut_key_file_is_named(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "instance" / "ticket.key").write_text("")
    with pytest.raises(config.ConfigError, match=r"ticket\.key"):
        load(tmp_path)


def test_an_instance_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(config.ConfigError, match="instance folder"):
        config.load({"PEKAN_INSTANCE": str(tmp_path / "file" / "below")})


@pytest.mark.parametrize(
    ("env", "server"),
    [
        ({"SMTP_URL": "smtp://127.0.0.1:2525"}, ("127.0.0.1", 2525, "if_offered", "pekan@localhost", "", "")),
        ({"SMTP_URL": "smtp://localhost"}, ("localhost", 587, "if_offered", "pekan@localhost", "", "")),
        (
            {"SMTP_URL": "smtp://pekan%40depok.go.id:a%2Fb@mail.depok.go.id"},
            ("mail.depok.go.id", 587, "starttls", "pekan@depok.go.id", "pekan@depok.go.id", "a/b"),
        ),
        (
            {"SMTP_URL": "smtps://u:p@mail.depok.go.id", "MAIL_FROM": "Pekan <p@depok.go.id>"},
            ("mail.depok.go.id", 465, "tls", "Pekan <p@depok.go.id>", "u", "p"),
        ),
        (
            {"SMTP_URL": "smtp://relay.lan:25?starttls=no", "PUBLIC_URL": "https://pekan.depok.go.id"},
            ("relay.lan", 25, "none", "pekan@pekan.depok.go.id", "", ""),
        ),
    ],
)
def test_mail_servers(tmp_path: Path, env: dict[str, str], server: tuple[object, ...]) -> None:
    found = load(tmp_path, **env).mail
    assert found is not None
    assert (found.host, found.port, found.security, found.sender, found.user, found.password) == server


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"SMTP_URL": "mail.depok.go.id"}, "SMTP_URL must be an address"),
        ({"SMTP_URL": "http://mail"}, "SMTP_URL must be an address"),
        ({"SMTP_URL": "smtp://mail:99999"}, "SMTP_URL must be an address"),
        ({"SMTP_URL": "smtp://u@mail"}, "both user and password"),
        ({"SMTP_URL": "smtp://mail?tls=no"}, "starttls=no"),
        ({"SMTP_URL": "smtp://u:p@mail?starttls=no"}, "in the clear"),
        ({"SMTP_URL": "smtp://mail", "MAIL_FROM": "Pekan"}, "MAIL_FROM"),
        ({"SMTP_URL": "smtp://mail", "MAIL_FROM": "a@b.c\nBcc: x@y.z"}, "MAIL_FROM"),
        ({"WHATSAPP_TOKEN": "x"}, "WHATSAPP_PHONE_ID"),
        ({"WHATSAPP_PHONE_ID": "x1", "WHATSAPP_TOKEN": "x"}, "WHATSAPP_PHONE_ID"),
        ({"WHATSAPP_APP_SECRET": "x"}, "WHATSAPP_PHONE_ID"),
        ({"WHATSAPP_PHONE_ID": "1", "WHATSAPP_TOKEN": "x", "WHATSAPP_APP_SECRET": "x"}, "belong together"),
        ({"WHATSAPP_PHONE_ID": "1", "WHATSAPP_TOKEN": "x", "WHATSAPP_URL": "graph"}, "WHATSAPP_URL"),
        ({"WHATSAPP_PHONE_ID": "1", "WHATSAPP_TOKEN": "x", "WHATSAPP_VERSION": "23"}, "WHATSAPP_VERSION"),
        ({"WHATSAPP_PHONE_ID": "1", "WHATSAPP_TOKEN": "x", "WHATSAPP_TEMPLATES": "a"}, "WHATSAPP_TEMPLATES"),
        ({"WHATSAPP_PHONE_ID": "1", "WHATSAPP_TOKEN": "x", "WHATSAPP_TEMPLATES": "a=B c"}, "WHATSAPP_TEMPLATES"),
    ],
)
def test_channels_that_cannot_work_stop_the_start(tmp_path: Path, env: dict[str, str], sentence: str) -> None:
    with pytest.raises(config.ConfigError, match=sentence):
        load(tmp_path, **env)


def test_whatsapp(tmp_path: Path) -> None:
    least = load(tmp_path, WHATSAPP_PHONE_ID="106", WHATSAPP_TOKEN="hush").whatsapp
    assert least is not None
    assert (least.url, least.version) == ("https://graph.facebook.com", "v23.0")
    assert dict(least.templates) == {"*": "pekan_message"}
    full = load(
        tmp_path, WHATSAPP_PHONE_ID="106", WHATSAPP_TOKEN="hush", WHATSAPP_APP_SECRET="quiet",
        WHATSAPP_VERIFY_TOKEN="shh", WHATSAPP_URL="http://127.0.0.1:1/", WHATSAPP_VERSION="v19.0",
        WHATSAPP_TEMPLATES="reminder=pekan_reminder, *=pekan_message",
    )  # fmt: skip
    assert full.whatsapp is not None
    assert dict(full.whatsapp.templates) == {"reminder": "pekan_reminder", "*": "pekan_message"}
    assert full.whatsapp.url == "http://127.0.0.1:1"
    text = load(tmp_path, WHATSAPP_PHONE_ID="106", WHATSAPP_TOKEN="hush", WHATSAPP_TEMPLATES="text").whatsapp
    assert text is not None
    assert dict(text.templates) == {}
    assert not any(secret in repr(full) for secret in ("hush", "quiet", "shh"))
    assert "p4ss" not in repr(load(tmp_path, SMTP_URL="smtp://u:p4ss@mail.depok.go.id"))


def test_a_new_ticket_key_beside_an_old_one(tmp_path: Path) -> None:
    settings = load(
        tmp_path, TICKET_KEY=TICKET_KEY, TICKET_KEY_NUMBER="3", OLD_TICKET_KEYS=f"1={TICKET_KEY}, 2={TICKET_KEY}"
    )
    assert settings.ticket_key_number == 3
    assert settings.old_ticket_keys == {1: bytes(32), 2: bytes(32)}
    assert TICKET_KEY not in repr(settings)
