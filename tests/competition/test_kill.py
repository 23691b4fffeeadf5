"""kill -9 while judges save: every acknowledged version exists, none twice, and the chain of versions holds."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from contextlib import suppress

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask

from app.competition.models import SheetVersion
from app.competition.queries import judging
from app.competition.services import judges
from app.core import clock, hooks
from app.core.db import db
from tests.competition import arena as arenas
from tests.test_crash import Killable, killed_twice, own  # noqa: F401 - a fixture

SECONDS = 3.0
pytestmark = pytest.mark.processes


class Tablet:
    """A judge's device: sends each state of a sheet until it is acknowledged."""

    def __init__(self, address: str, token: str, sheet: int) -> None:
        self._url, self._headers = (
            f"{address}/api/v1/competition/sheets/{sheet}",
            {"Authorization": f"Bearer {token}"},
        )
        self.acknowledged: list[str] = []
        self.failed = 0

    def run(self) -> None:
        latest, count, until = 0, 0, time.monotonic() + SECONDS
        with httpx.Client(timeout=20, headers=self._headers) as client:
            while time.monotonic() < until:
                count += 1
                latest = self._save(client, {"K": 25 * (count % 5)}, latest)

    def _save(self, client: httpx.Client, scores: dict[str, int], based_on: int) -> int:
        key, now = str(uuid.uuid4()), clock.now().isoformat()
        body = {
            "client_id": key, "based_on": based_on, "scores": scores, "remarks": {}, "device": "tablet",
            "saved_at": now, "sent_at": now,
        }  # fmt: skip
        for _try in range(200):
            with suppress(httpx.HTTPError):
                answer = client.put(self._url, json=body)
                if answer.status_code == 200:
                    self.acknowledged.append(key)
                    return int(answer.json()["latest"])
            self.failed += 1
            time.sleep(0.05)
        raise AssertionError("never acknowledged")


def test_every_acknowledged_save_exists(own: Flask) -> None:  # noqa: F811
    arena = arenas.build(entrants_count=6, judges_count=6)
    wanted = [(judges.device_token(judging.judge_by_id(one.id)), arena.own(one)[0].id) for one in arena.judges]  # type: ignore[arg-type]
    db.session.remove()
    server = Killable(own.extensions["crash_settings"])
    tablets = [Tablet(server.address, token, sheet) for token, sheet in wanted]
    killed_twice(server, [tablet.run for tablet in tablets])
    sent = [key for tablet in tablets for key in tablet.acknowledged]
    assert len(sent) > len(tablets)
    assert sum(tablet.failed for tablet in tablets) > 0, "nobody noticed the kill"
    kept = Counter(db.session.scalars(sa.select(SheetVersion.client_id)))
    assert [key for key in sent if kept[key] != 1] == []
    assert [finding for findings in hooks.doctor_checks() for finding in findings] == []
