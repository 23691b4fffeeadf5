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
