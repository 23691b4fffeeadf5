"""The doctor: invariants that must hold, asked of every feature through ``hooks.doctor_checks``."""

from __future__ import annotations

import shutil
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from app.core import hooks
from app.core.db import alembic_config, db
from app.core.hooks import Finding

LOW_DISK = 500 * 1024 * 1024  # bytes


def examine(instance: Path) -> list[Finding]:
    """All findings; an empty list means that everything is in order."""
    found = _schema()
    if any(finding.broken for finding in found):
        return found  # the other checks would only stumble over missing tables
    for findings in hooks.doctor_checks():
        found += findings
    return found + _disk(instance)


def _schema() -> list[Finding]:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if not sa.inspect(db.engine).has_table("alembic_version"):
        return [Finding("schema", "The database is empty: run 'pekan db upgrade'.")]
    at = db.session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if at != head:
        return [
            Finding("schema", f"The database is at migration {at}, the program at {head}: run 'pekan db upgrade'.")
        ]
    return []


def _disk(instance: Path) -> list[Finding]:
    free = shutil.disk_usage(instance).free
    if free < LOW_DISK:
        return [Finding("disk", f"Only {free // 1_000_000} MB are free for the data.", broken=False)]
    return []
