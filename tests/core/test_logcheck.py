"""The check of the logs finds what it is there to find (it runs over the logs of the whole test run at its end)."""

from __future__ import annotations

import pytest

from tests.logcheck import personal_lines

TOKEN = "K29TDK00QF.A5dTTBnBmE1uQVK3a9xY2w"


@pytest.mark.parametrize(
    "line",
    [
        "unexpected KeyError: 'siti aminah'",
        "phone +6281234567890 unknown",
        "0812 3456 7890",
        "PK1:" + "0A $%*+-./:" * 4,
        f"GET /registrations/{TOKEN} 200",
        f"GET /tickets/{TOKEN}/qr.png 200",
        "GET /sign-in/syzIf5mfcu2gh_i6hrmgqw 200",
        f"Authorization: Bearer {TOKEN}",
    ],
)
def test_what_is_personal_is_found(line: str) -> None:
    assert personal_lines(f"fine\n{line}\nfine")


@pytest.mark.parametrize(
    "line",
    [
        "INFO pekan.access GET /registrations/… 200 3 ms", "INFO pekan.access POST /sign-in 302 31 ms",
        "INFO pekan.access GET /tickets/…/qr.png 200 2 ms", "2026-11-22 06:12:38,412 database unavailable",
    ],
)  # fmt: skip
def test_what_a_log_is_for_is_left_alone(line: str) -> None:
    assert personal_lines(line) == []
