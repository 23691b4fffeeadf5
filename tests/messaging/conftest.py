"""Channels for the application under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests import factories
from tests.messaging.servers import MailHost, Meta, mail_host, meta


@contextmanager
def told(app: Flask, **changes: Any) -> Iterator[None]:
    """Other settings inside the block."""
    before = app.extensions["pekan_settings"]
    app.extensions["pekan_settings"] = replace(before, **changes)
    try:
        yield
    finally:
        app.extensions["pekan_settings"] = before


@pytest.fixture
def festival(ctx) -> int:
    """The number of a festival."""
    return factories.festival().id


@pytest.fixture
def mail(app: Flask, ctx) -> Iterator[MailHost]:
    """A mail server, and the application knows it."""
    with mail_host() as host, told(app, mail=host.server()):
        yield host


@pytest.fixture
def whatsapp(app: Flask, ctx) -> Iterator[Meta]:
    """WhatsApp's API, and the application knows it."""
    with meta() as api, told(app, whatsapp=api.account()):
        yield api
