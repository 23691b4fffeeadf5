"""PostgreSQL's idea of how big tables are, kept fresh while they grow from nothing within a minute.

A connection keeps the plan of a statement that it runs often. Made while a table was empty, such a plan reads the
whole table each time, until new statistics throw it away; autovacuum looks once a minute, and the morning on which
sign-up opens is over by then. So the worker gathers them where a table has doubled (PostgreSQL manual, 25.1.3 and
PREPARE, notes).
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from app.core.db import db, transaction

FEW = 300  # rows changed; smaller tables are quick whatever the plan
_GROWN = sa.text(
    "SELECT pg_class.relname FROM pg_stat_user_tables JOIN pg_class ON pg_class.oid = relid "
    "WHERE n_mod_since_analyze > :few AND n_mod_since_analyze > reltuples ORDER BY n_mod_since_analyze DESC"
)


def gather_statistics(stopping: Callable[[], bool]) -> int:
    """Gather statistics of tables that have doubled since it was done last; returns of how many.

    Does nothing on SQLite, whose plans do not depend on sizes here. Each table in a transaction of its own, so
    that none is held longer than its own ANALYZE takes (milliseconds for a thousand rows).
    """
    if db.engine.dialect.name != "postgresql":
        return 0
    done = 0
    quote = db.engine.dialect.identifier_preparer.quote
    for name in db.session.scalars(_GROWN, {"few": FEW}).all():
        if stopping():
            break
        with transaction():
            db.session.execute(sa.text(f"ANALYZE {quote(name)}"))
        done += 1
    return done
