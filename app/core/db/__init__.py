"""The database: one session a request, one transaction a write, the same code on SQLite and PostgreSQL."""

from __future__ import annotations

from app.core.db.engine import alembic_config as alembic_config
from app.core.db.engine import init_app as init_app
from app.core.db.model import Base as Base
from app.core.db.model import Code as Code
from app.core.db.model import Model as Model
from app.core.db.model import UtcDateTime as UtcDateTime
from app.core.db.model import db as db
from app.core.db.model import one_or_many as one_or_many
from app.core.db.model import table as table
from app.core.db.model import written_out as written_out
from app.core.db.transactions import core as core
from app.core.db.transactions import hot_path as hot_path
from app.core.db.transactions import in_transaction as in_transaction
from app.core.db.transactions import lost_race as lost_race
from app.core.db.transactions import rows_changed as rows_changed
from app.core.db.transactions import transaction as transaction
