"""The README is kept true: variables, commands, pictures and paths it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

import config

README = (config.ROOT / "README.md").read_text()


def test_the_variables_are_those_that_are_read() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]{4,})"', (config.ROOT / "config.py").read_text()))
    told = set(re.findall(r"`([A-Z][A-Z_]{4,})`", README))
    assert told == read


def test_the_pictures_exist() -> None:
    named = re.findall(r"\((docs/pictures/[^)]+)\)", README)
    assert len(named) == 6
    assert [p for p in named if not (config.ROOT / p).is_file()] == []


def test_the_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (config.ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`?\.venv/bin/pekan ([a-z]+(?: [a-z]+)?)", README))))
def test_the_commands_exist(app: Flask, command: str) -> None:
    from app.operations import cli

    group, words = cli.group(lambda: app), command.split()
    assert CliRunner().invoke(group, [*words, "--help"]).exit_code == 0


def test_the_paths_exist() -> None:
    for path in re.findall(r"`((?:app|templates|static|tests|docs)/[\w/.]*)`", README):
        assert Path(config.ROOT / path).exists(), path
