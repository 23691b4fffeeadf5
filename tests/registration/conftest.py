"""What the tests of sign-up share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.registration import crowds


@pytest.fixture(scope="session", autouse=True)
def crowd_goes_home() -> Iterator[None]:
    """The processes of the crowd end with the tests."""
    yield
    crowds.stop()
