"""Alembic's entry: runs inside the Flask application, on its engine and its models."""

from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator


def render_item(kind, item, _context):
    """Write our own types as the plain ones below them: a migration must not depend on today's code."""
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__.startswith("app."):
        return f"sa.{item.impl!r}"
    return False


def run_migrations():
    """Run in one transaction on both databases (our SQLite connections begin for real)."""
    database = current_app.extensions["migrate"].db
    options = dict(current_app.extensions["migrate"].configure_args)
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=render_item,
            transactional_ddl=True,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
