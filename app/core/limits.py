"""Rate limits, by the address that asks and by the telephone number that is typed.

Counted for all processes of a server together (``shared_counts``), through Redis when several servers run.

How the numbers of sign-up were chosen (issue 4, item 11):

* A family signs up ten times within a minute from one phone; nobody types faster. A neighbourhood head enters
  sixty households in a day under one number; more come by the spreadsheet. So 20 a minute, 100 a day for a
  **number**.
* A school of 300 pupils behind one address needs ten minutes, or all of one minute when the teacher says "now".
  Mobile networks put hundreds of phones behind one address: 10,000 who come within a minute over forty addresses
  make 250 each. So 300 a minute for an **address**. That keeps one machine from flooding the server; how many
  places somebody may hold is limited by the number (``Activity.max_per_number``).
* Asking for one's links: a message goes to a number at most once in ten minutes anyway. 5 in ten minutes for a
  number, 60 a minute for an address, so that a school is not locked out there either.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from flask import Flask, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded

from app.core import clock, shared_counts
from app.core.crypto import derive_token
from app.core.errors import DomainError
from app.core.formats import moment
from app.core.i18n import gettext as _
from config import Settings

SIGN_UPS_OF_NUMBER = "20/minute;100/day"
SIGN_UPS_OF_ADDRESS = "300/minute"
LINKS_OF_NUMBER = "5/10 minutes;20/day"
LINKS_OF_ADDRESS = "60/minute"


def address() -> str:
    """The address that asks. Of IPv6 the network: each household has 2^64 addresses to choose from."""
    return _network(request.remote_addr or "127.0.0.1")


@lru_cache(maxsize=4096)
def _network(text: str) -> str:
    if ":" not in text:
        return text
    try:
        found = ipaddress.IPv6Address(text.partition("%")[0])
    except ValueError:
        return text
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


limiter = Limiter(key_func=address, headers_enabled=False)


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the limiter."""
    app.config["RATELIMIT_ENABLED"] = settings.ratelimit_enabled
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or f"{shared_counts.SCHEME}://"
    # seconds: nobody waits long for a Redis that does not answer
    patience = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    app.config["RATELIMIT_STORAGE_OPTIONS"] = patience if settings.redis_url else {}
    # Redis away must neither lock everybody out nor let everybody guess: each process counts for itself then.
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = settings.redis_url is not None
    limiter.init_app(app)


# One count for the page and for JSON.
sign_ups_of_address = limiter.shared_limit(SIGN_UPS_OF_ADDRESS, scope="sign_up", methods=["POST"])


def count_sign_up(phone: str) -> None:
    """Count a sign-up of this number (E.164). Raises too_many_requests 429, worded for who types it."""
    _count(phone, _one_sign_up)


def count_question(phone: str) -> None:
    """Count somebody's asking for the links of this number, known or not. Raises too_many_requests 429."""
    _count(phone, _one_question)


def retry_after() -> int | None:
    """Seconds until the limit that this request ran into lets it through again; None when there is none."""
    limit = limiter.current_limit
    return max(1, math.ceil(limit.reset_at - time.time())) if limit is not None else None


def _number() -> str:
    """The number that is counted, as a keyed hash: who reads the counters learns no number."""
    return derive_token(bytes(current_app.config["SECRET_KEY"]), "number-limit", g.limited_number)


@limiter.shared_limit(SIGN_UPS_OF_NUMBER, scope="sign_up_number", key_func=_number)
def _one_sign_up() -> None:
    """Called for its decorator."""


@limiter.shared_limit(LINKS_OF_NUMBER, scope="links_number", key_func=_number)
def _one_question() -> None:
    """Called for its decorator."""


def _count(phone: str, count: Callable[[], None]) -> None:
    if not limiter.enabled:
        return
    g.limited_number = phone
    try:
        count()
    except RateLimitExceeded:
        again = clock.now() + timedelta(seconds=retry_after() or 60)
        text = _(
            "Nomor ini terlalu sering dipakai dalam waktu singkat. Coba lagi setelah %(when)s.", when=moment(again)
        )
        raise DomainError("too_many_requests", text, status=429) from None
