"""One process of a crowd that signs up all at once; told on standard input what to ask for (see test_race)."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from app import create_app
from app.core import clock
from app.core.db import db, in_transaction
from app.core.errors import DomainError
from app.registration import rules, services
from tests.conftest import test_settings


def main() -> None:
    """Do all orders on several threads and print what was said to each."""
    given = json.load(sys.stdin)
    app = create_app(test_settings(Path(given["instance"]), given["url"]))

    def one(order: dict[str, Any]) -> str:
        with app.app_context():
            try:
                return _sign(order)
            except DomainError as refusal:
                return refusal.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(given["threads"]) as pool:
        print(json.dumps(list(pool.map(one, given["orders"]))))  # noqa: T201


def _sign(order: dict[str, Any]) -> str:
    people = tuple(rules.Person(name) for name in order["names"])
    wanted = services.SignUp(
        order["slot"], "Siti", order["phone"], people, {}, order.get("waitlist", False), order["key"], order["key"]
    )
    done = in_transaction(lambda: services.sign_up(wanted, [], clock.now()))
    if order.get("cancel"):
        in_transaction(lambda: services.cancel(done.registration_id, clock.now()))
        return "cancelled"
    return str(done.status)


if __name__ == "__main__":
    main()
