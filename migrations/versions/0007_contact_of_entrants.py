"""A number at which an entrant of a competition hears of its result

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("entrant", sa.Column("contact_phone", sa.String(20), nullable=False, server_default=""))
    with op.batch_alter_table("entrant") as batch:
        batch.alter_column("contact_phone", server_default=None)


def downgrade():
    with op.batch_alter_table("entrant") as batch:
        batch.drop_column("contact_phone")
