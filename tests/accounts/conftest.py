"""Who the accounts tests are about."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import queries, services
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import transaction
from tests import factories

PASSWORD = "kuda lumping menari pagi"


@pytest.fixture
def siti(app: Flask, client: FlaskClient) -> User:
    """A committee member with a password."""
    with app.app_context():
        user = factories.user("Siti Aminah", Role.COMMITTEE)
        hashed = services.acceptable_hash(PASSWORD, user.name)
        with transaction():
            return services.set_password(queries.user_by_id(user.id), hashed, clock.now())  # type: ignore[arg-type]


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> User:
    """An administrator, signed in."""
    with app.app_context():
        user = factories.user("Admin", Role.ADMIN)
    factories.sign_in(client, user)
    return user
