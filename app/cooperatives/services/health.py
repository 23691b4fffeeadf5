"""What the doctor asks of the directory."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.cooperatives.models import Cooperative
from app.cooperatives.services.figures import latest_health
from app.core.db import db
from app.core.hooks import Finding


def check() -> list[Finding]:
    """The kept grade is the latest one; merging leaves no chains."""
    kept = sa.select(sa.func.count()).select_from(Cooperative).where(
        Cooperative.merged_into_id.is_(None),
        Cooperative.health.is_distinct_from(latest_health().scalar_subquery()),
    )  # fmt: skip
    into = aliased(Cooperative)
    chains = (
        sa.select(sa.func.count())
        .select_from(Cooperative)
        .join(into, into.id == Cooperative.merged_into_id)
        .where(into.merged_into_id.is_not(None))
    )
    found = []
    if wrong := db.session.scalar(kept):
        found.append(Finding("cooperatives.health", f"{wrong} cooperatives show a grade that is not their latest"))
    if wrong := db.session.scalar(chains):
        found.append(Finding("cooperatives.merged", f"{wrong} merged cooperatives lead to one that was merged too"))
    return found
