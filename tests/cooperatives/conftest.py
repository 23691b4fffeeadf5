"""Somebody of the committee, signed in, in a city with its regions."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from tests import factories
from tests.cooperatives.town import regions


@pytest.fixture
def staff(client: FlaskClient, app: Flask) -> FlaskClient:
    with app.app_context():
        regions()
        factories.sign_in(client, factories.user("panitia", Role.COMMITTEE))
    return client
