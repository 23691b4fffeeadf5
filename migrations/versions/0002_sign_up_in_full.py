"""Sign-up in full

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    # messages: channels, attempts, delivery
    for column in (
        sa.Column("channel", sa.String(24), nullable=False, server_default="hand"),
        sa.Column("address", sa.String(254)),
        sa.Column("subject", sa.String(200)),
        sa.Column("language", sa.String(5), nullable=False, server_default="id"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("unclear", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("provider_id", sa.String(255)),
        sa.Column("error_code", sa.String(24)),
        sa.Column("state_at", sa.DateTime(timezone=True)),
        sa.Column("repeat_of_id", sa.Integer()),
    ):
        op.add_column("outbox_message", column)
    mailed, unfinished = sa.text("address IS NOT NULL"), sa.text("status IN ('queued', 'sending')")
    answered = sa.text("provider_id IS NOT NULL")
    op.create_index(
        "ix_outbox_message_address", "outbox_message", ["address", "created_at"],
        sqlite_where=mailed, postgresql_where=mailed,
    )
    op.create_index(
        "ix_outbox_message_unfinished", "outbox_message", ["channel", "id"],
        sqlite_where=unfinished, postgresql_where=unfinished,
    )
    op.create_index(
        "uq_outbox_message_provider_id", "outbox_message", ["provider_id"], unique=True,
        sqlite_where=answered, postgresql_where=answered,
    )
    op.create_table(
        "channel_state",
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("error_code", sa.String(24)),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_state")),
    )
    # messages: where to write to a registration, in which language, and whether it was reminded
    op.add_column("registration", sa.Column("contact_email", sa.String(254)))
    op.add_column("registration", sa.Column("language", sa.String(5), nullable=False, server_default="id"))
    op.add_column("registration", sa.Column("reminded_at", sa.DateTime(timezone=True)))


def downgrade():
    # messages
    for name in ("reminded_at", "language", "contact_email"):
        op.drop_column("registration", name)
    op.drop_table("channel_state")
    for name in ("uq_outbox_message_provider_id", "ix_outbox_message_unfinished", "ix_outbox_message_address"):
        op.drop_index(name, "outbox_message")
    for name in (
        "repeat_of_id", "state_at", "error_code", "provider_id", "expires_at", "next_try_at", "unclear", "attempts",
        "language", "subject", "address", "channel",
    ):
        op.drop_column("outbox_message", name)
