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


# Indexes that no query needs: a sign-up writes 20 pages, and nearly every page is an index.
UNUSED = {
    "ix_registration_activity_id": ("registration", "activity_id"),
    "ix_booking_festival_id": ("booking", "festival_id"),
    "ix_ticket_festival_id": ("ticket", "festival_id"),
    "ix_scan_festival_id": ("scan", "festival_id"),
    "ix_admission_festival_id": ("admission", "festival_id"),
}


def upgrade():
    for name, (table, _column) in UNUSED.items():
        op.drop_index(name, table)
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
    text_kept = sa.text("body <> ''")
    op.create_index(
        "ix_outbox_message_text_kept", "outbox_message", ["state_at"],
        sqlite_where=text_kept, postgresql_where=text_kept,
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
    # opening: most people of one number in a slot
    op.add_column("activity", sa.Column("max_per_number", sa.Integer()))
    # waiting list: the line, offers, undoing a cancellation; tickets given out anew at the counter
    waiting, offered = sa.text("status = 'waitlisted'"), sa.text("state = 'open'")
    op.add_column("activity", sa.Column("offer_minutes", sa.Integer(), nullable=False, server_default="720"))
    op.add_column("registration", sa.Column("waiting_since", sa.DateTime(timezone=True)))
    op.execute("UPDATE registration SET waiting_since = created_at WHERE status = 'waitlisted'")
    op.create_index(
        "ix_registration_waiting", "registration", ["slot_id", "waiting_since", "id"],
        sqlite_where=waiting, postgresql_where=waiting,
    )
    op.add_column("booking", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
    op.add_column("booking", sa.Column("cancelled_from", sa.String(24)))
    op.create_table(
        "waiting_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("people > 0", name=op.f("ck_waiting_offer_somebody")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], ondelete="CASCADE",
            name=op.f("fk_waiting_offer_registration_id"),
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["time_slot.id"], name=op.f("fk_waiting_offer_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_offer")),
    )
    op.create_index("ix_waiting_offer_registration_id", "waiting_offer", ["registration_id"])
    op.create_index(
        "uq_waiting_offer_open", "waiting_offer", ["registration_id"], unique=True,
        sqlite_where=offered, postgresql_where=offered,
    )
    op.create_index(
        "ix_waiting_offer_due", "waiting_offer", ["slot_id", "expires_at"],
        sqlite_where=offered, postgresql_where=offered,
    )
    op.create_table(
        "ticket_reissue",
        sa.Column("old_ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("new_ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("reissued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["old_ticket_id"], ["ticket.id"], ondelete="CASCADE", name=op.f("fk_ticket_reissue_old_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["new_ticket_id"], ["ticket.id"], ondelete="CASCADE", name=op.f("fk_ticket_reissue_new_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], ondelete="SET NULL", name=op.f("fk_ticket_reissue_by_id")
        ),
        sa.PrimaryKeyConstraint("old_ticket_id", name=op.f("pk_ticket_reissue")),
        sa.UniqueConstraint("new_ticket_id", name=op.f("uq_ticket_reissue_new_ticket_id")),
    )
    # kinds: options of an activity, consents, prescreenings, bib numbers
    op.add_column("activity", sa.Column("kind_options", sa.JSON()))
    op.add_column("booking", sa.Column("bib", sa.Integer()))
    numbered, of_all = sa.text("bib IS NOT NULL"), sa.text("participant_id IS NULL")
    op.create_index(
        "uq_booking_bib", "booking", ["activity_id", "bib"], unique=True,
        sqlite_where=numbered, postgresql_where=numbered,
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer()),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("text_version", sa.String(20), nullable=False),
        sa.Column("given_by", sa.String(80), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], ondelete="CASCADE", name=op.f("fk_consent_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], ondelete="CASCADE", name=op.f("fk_consent_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "registration_id", "purpose", "participant_id", name=op.f("uq_consent_registration_id_purpose_participant_id")
        ),
    )
    op.create_index(
        "uq_consent_of_all", "consent", ["registration_id", "purpose"], unique=True,
        sqlite_where=of_all, postgresql_where=of_all,
    )
    op.create_table(
        "prescreening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("next_possible", sa.Date()),
        sa.Column("rules_version", sa.String(20), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], ondelete="CASCADE",
            name=op.f("fk_prescreening_registration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], ondelete="CASCADE", name=op.f("fk_prescreening_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescreening")),
        sa.UniqueConstraint(
            "registration_id", "participant_id", name=op.f("uq_prescreening_registration_id_participant_id")
        ),
    )
    op.create_table(
        "bib_counter",
        sa.Column("activity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], ondelete="CASCADE", name=op.f("fk_bib_counter_activity_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_bib_counter")),
    )
    # batches: links for sending lists, lists and their rows, blank tickets
    op.create_table(
        "upload_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("festival_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(10), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("activity_id", sa.Integer()),
        sa.Column("most_people", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.CheckConstraint("people >= 0 AND people <= most_people", name=op.f("ck_upload_link_within_most")),
        sa.ForeignKeyConstraint(
            ["festival_id"], ["festival.id"], ondelete="CASCADE", name=op.f("fk_upload_link_festival_id")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], ondelete="CASCADE", name=op.f("fk_upload_link_activity_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], ondelete="SET NULL", name=op.f("fk_upload_link_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_link")),
        sa.UniqueConstraint("code", name=op.f("uq_upload_link_code")),
    )
    op.create_index("ix_upload_link_festival_id", "upload_link", ["festival_id"])
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("festival_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer()),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("contact_name", sa.String(80), nullable=False),
        sa.Column("contact_phone", sa.String(20), nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column("slot_id", sa.Integer()),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("positions", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("storing_since", sa.DateTime(timezone=True)),
        sa.Column("stored_at", sa.DateTime(timezone=True)),
        sa.Column("messages_at", sa.DateTime(timezone=True)),
        sa.Column("forgotten_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["festival_id"], ["festival.id"], ondelete="CASCADE", name=op.f("fk_batch_festival_id")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["upload_link.id"], ondelete="CASCADE", name=op.f("fk_batch_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], ondelete="SET NULL", name=op.f("fk_batch_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["time_slot.id"], ondelete="SET NULL", name=op.f("fk_batch_slot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_festival_id", "batch", ["festival_id"])
    op.create_index("ix_batch_link_id", "batch", ["link_id"])
    raw = sa.text("forgotten_at IS NULL")
    op.create_index("ix_batch_raw", "batch", ["created_at"], sqlite_where=raw, postgresql_where=raw)
    op.create_table(
        "batch_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON()),
        sa.Column("booking_id", sa.Integer()),
        sa.Column("skipped", sa.String(24)),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], ondelete="CASCADE", name=op.f("fk_batch_row_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], ondelete="SET NULL", name=op.f("fk_batch_row_booking_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_row")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_batch_row_batch_id_number")),
    )
    op.create_index("ix_batch_row_booking_id", "batch_row", ["booking_id"])
    op.create_table(
        "blank_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("festival_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by_id", sa.Integer()),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("number BETWEEN 1 AND 500", name=op.f("ck_blank_sheet_bounded")),
        sa.ForeignKeyConstraint(
            ["festival_id"], ["festival.id"], ondelete="CASCADE", name=op.f("fk_blank_sheet_festival_id")
        ),
        sa.ForeignKeyConstraint(
            ["printed_by_id"], ["user_account.id"], ondelete="SET NULL", name=op.f("fk_blank_sheet_printed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blank_sheet")),
    )
    op.create_index("ix_blank_sheet_festival_id", "blank_sheet", ["festival_id"])
    op.create_table(
        "blank_ticket",
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True)),
        sa.Column("bound_by_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], ondelete="CASCADE", name=op.f("fk_blank_ticket_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["blank_sheet.id"], ondelete="CASCADE", name=op.f("fk_blank_ticket_sheet_id")
        ),
        sa.ForeignKeyConstraint(
            ["bound_by_id"], ["user_account.id"], ondelete="SET NULL", name=op.f("fk_blank_ticket_bound_by_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_blank_ticket")),
    )
    op.create_index("ix_blank_ticket_sheet_id", "blank_ticket", ["sheet_id"])
    # the committee's hand: pausing, moving, cancelling; teams
    op.add_column("activity", sa.Column("paused_at", sa.DateTime(timezone=True)))
    op.add_column("checkin_point", sa.Column("paused_at", sa.DateTime(timezone=True)))
    op.add_column("time_slot", sa.Column("moved_from", sa.DateTime(timezone=True)))
    op.add_column("time_slot", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
    op.add_column("time_slot", sa.Column("cancelled_because", sa.String(120)))
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("names_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], ondelete="CASCADE", name=op.f("fk_team_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_team_registration_id")),
    )
    op.create_index("ix_team_names_due_at", "team", ["names_due_at"])
    op.create_table(
        "team_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(10), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("registration_id", sa.Integer()),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state = 'named' OR registration_id IS NULL", name=op.f("ck_team_place_only_named_have_people")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], ondelete="CASCADE", name=op.f("fk_team_place_team_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], ondelete="SET NULL", name=op.f("fk_team_place_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_place")),
        sa.UniqueConstraint("code", name=op.f("uq_team_place_code")),
        sa.UniqueConstraint("registration_id", name=op.f("uq_team_place_registration_id")),
    )
    op.create_index("ix_team_place_team_id", "team_place", ["team_id"])
    unnamed = sa.text("state = 'open'")
    op.create_index(
        "ix_team_place_open", "team_place", ["team_id"], sqlite_where=unnamed, postgresql_where=unnamed
    )


def downgrade():
    for name, (table, column) in UNUSED.items():
        op.create_index(name, table, [column])
    # teams, the committee's hand
    for name in ("team_place", "team"):
        op.drop_table(name)
    for name in ("cancelled_because", "cancelled_at", "moved_from"):
        op.drop_column("time_slot", name)
    op.drop_column("checkin_point", "paused_at")
    op.drop_column("activity", "paused_at")
    # batches, blank tickets
    for name in ("blank_ticket", "blank_sheet", "batch_row", "batch", "upload_link"):
        op.drop_table(name)
    # kinds
    for name in ("bib_counter", "prescreening", "consent"):
        op.drop_table(name)
    op.drop_index("uq_booking_bib", "booking")
    op.drop_column("booking", "bib")
    op.drop_column("activity", "kind_options")
    # waiting list, reissued tickets
    op.drop_table("ticket_reissue")
    op.drop_table("waiting_offer")
    op.drop_column("booking", "cancelled_from")
    op.drop_column("booking", "cancelled_at")
    op.drop_index("ix_registration_waiting", "registration")
    op.drop_column("registration", "waiting_since")
    op.drop_column("activity", "offer_minutes")
    # opening
    op.drop_column("activity", "max_per_number")
    # messages
    for name in ("reminded_at", "language", "contact_email"):
        op.drop_column("registration", name)
    op.drop_table("channel_state")
    for name in (
        "uq_outbox_message_provider_id", "ix_outbox_message_text_kept", "ix_outbox_message_unfinished",
        "ix_outbox_message_address",
    ):
        op.drop_index(name, "outbox_message")
    for name in (
        "repeat_of_id", "state_at", "error_code", "provider_id", "expires_at", "next_try_at", "unclear", "attempts",
        "language", "subject", "address", "channel",
    ):
        op.drop_column("outbox_message", name)
