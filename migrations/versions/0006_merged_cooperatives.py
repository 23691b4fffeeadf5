"""The index of merged cooperatives holds those alone, so that SQLite does not take it for lists of the others

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MERGED = sa.text("merged_into_id IS NOT NULL")


def upgrade():
    op.drop_index("ix_cooperative_merged_into_id", "cooperative")
    op.create_index(
        "ix_cooperative_merged_into_id", "cooperative", ["merged_into_id"],
        sqlite_where=MERGED, postgresql_where=MERGED,
    )  # fmt: skip


def downgrade():
    op.drop_index("ix_cooperative_merged_into_id", "cooperative")
    op.create_index("ix_cooperative_merged_into_id", "cooperative", ["merged_into_id"])
