"""The 400 invented cooperatives of the sample (DATA REKAAN), exactly 176 of them healthy on 20 July 2023."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from app.cooperatives.models import Cooperative
from app.cooperatives.rules.codes import Likely
from app.cooperatives.rules.rows import Defaults
from app.cooperatives.services.import_plan import make_plan
from app.cooperatives.services.imports import apply, meanings_of, read_table, records
from app.core.db import db

FIXTURE: Final = Path(__file__).parent.parent / "fixtures" / "sample_cooperatives.csv"
SOURCE: Final = "Data contoh Pekan Koperasi"


def load_sample(now: datetime) -> int:
    """Store the sample where the directory is empty; how many it brought. Regions must be there."""
    if db.session.scalar(sa.select(sa.exists().select_from(Cooperative))):
        return 0
    typed = read_table(FIXTURE.read_bytes())
    day = date(2023, 7, 20)
    plan = make_plan(records(typed, meanings_of(typed)[0]), Defaults(day, SOURCE, None, now.date()))
    return apply(plan, {}, Likely.NEW, None, now).created
