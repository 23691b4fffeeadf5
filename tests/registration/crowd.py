"""One process of a crowd that signs up all at once; told on standard input what to ask for (see crowds)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.exc import OperationalError

from app import create_app
from app.core import clock
from app.core.db import db, in_transaction
from app.core.errors import DomainError
from app.core.turns import NoTurnError
from app.registration import rules, services
from tests.conftest import test_settings


def main() -> None:
    """For each line of orders: do them on several threads and print, in one line, what was said to each."""
    apps: dict[str, Flask] = {}
    for line in sys.stdin:
        given = json.loads(line)
        if given["url"] not in apps:
            apps[given["url"]] = create_app(test_settings(Path(given["instance"]), given["url"]))
        print(json.dumps(together(apps[given["url"]], given)), flush=True)  # noqa: T201


def together(app: Flask, given: dict[str, Any]) -> list[str]:
    """What was said to each order."""

    def once(order: dict[str, Any]) -> str:
        with app.app_context():
            try:
                return _sign(order) if "names" in order else _do(order)
            except DomainError as refusal:
                return refusal.code
            finally:
                db.session.remove()

    def one(order: dict[str, Any]) -> str:
        """On a machine with other work a turn may not come in time: people then read "try again", and do."""
        for _attempt in range(4):
            with suppress(OperationalError, NoTurnError):
                return once(order)
        return once(order)

    with ThreadPoolExecutor(given["threads"]) as pool:
        return list(pool.map(one, given["orders"]))


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


def _do(order: dict[str, Any]) -> str:
    """Something with a registration that is there already."""
    mine, now = order.get("registration", 0), clock.now()
    deeds: dict[str, Callable[[], object]] = {
        "cancel": lambda: services.cancel(mine, now),
        "cancel_one": lambda: services.cancel(mine, now, [order["booking"]]),
        "undo": lambda: services.undo(mine, now),
        "accept": lambda: services.accept(mine, now),
        "decline": lambda: services.decline(mine, now),
        "change": lambda: services.change_slot(mine, order["slot"], now),
        "rename": lambda: services.correct_names(mine, {order["booking"]: order["name"]}, now),
        "lapse": lambda: services.lapse_offers(now + timedelta(hours=order["hours"])),
    }
    in_transaction(deeds[order["deed"]])
    return str(order["deed"])


if __name__ == "__main__":
    main()
