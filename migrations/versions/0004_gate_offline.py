"""The gate with no network

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COLUMNS = {
    "checkin_point": (
        # without a foreign key: SQLite could not drop the column again
        sa.Column("counts_with_id", sa.Integer()),
        sa.Column("counts_inside", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("capacity", sa.Integer()),
        sa.Column("pin_hash", sa.String(200)),
    ),
    "device": (
        sa.Column("supervisor_since", MOMENT),
        sa.Column("supervisor_until", MOMENT),
        sa.Column("unsent", sa.Integer()),
        sa.Column("skew_ms", sa.BigInteger()),
        sa.Column("data_as_of", MOMENT),
        # the committee: rows ticked on paper are scans of a phone of their own
        sa.Column("paper", sa.Boolean(), nullable=False, server_default=sa.false()),
    ),
    "scan": (
        sa.Column("skew_ms", sa.BigInteger()),
        sa.Column("volunteer", sa.String(80)),
        sa.Column("by_hand", sa.String(200)),
        sa.Column("name", sa.String(80)),
        sa.Column("undone_at", MOMENT),
        # the committee: conflicts that somebody looked at
        sa.Column("resolved_at", MOMENT),
        sa.Column("resolved_by_id", sa.Integer()),
        sa.Column("resolution", sa.String(300)),
    ),
    "admission": (
        sa.Column("gate_id", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("left_at", MOMENT),
    ),
}

# What phones must learn is noted by the database itself, so that no way of changing a ticket can forget it.
POSTGRESQL = """
CREATE FUNCTION note_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN NEW := OLD; END IF;
    INSERT INTO ticket_change (festival_id, ticket_id, xid, changed_at)
    VALUES (NEW.festival_id, NEW.id, pg_current_xact_id()::text::bigint, now());
    RETURN NULL;
END $$;
CREATE FUNCTION note_tickets_of_participant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE person integer;
BEGIN
    IF TG_TABLE_NAME = 'participant' THEN person := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN person := OLD.participant_id;
    ELSE person := NEW.participant_id; END IF;
    INSERT INTO ticket_change (festival_id, ticket_id, xid, changed_at)
    SELECT festival_id, id, pg_current_xact_id()::text::bigint, now()
    FROM ticket WHERE participant_id = person AND status = 'valid';
    RETURN NULL;
END $$;
CREATE FUNCTION note_admission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO ticket_change (festival_id, ticket_id, gate_id, xid, changed_at)
        VALUES (OLD.festival_id, OLD.ticket_id, OLD.gate_id, pg_current_xact_id()::text::bigint, now());
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO ticket_change (festival_id, ticket_id, gate_id, xid, changed_at)
        VALUES (NEW.festival_id, NEW.ticket_id, NEW.gate_id, pg_current_xact_id()::text::bigint, now());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_ticket AFTER INSERT OR DELETE ON ticket FOR EACH ROW EXECUTE FUNCTION note_ticket();
CREATE TRIGGER note_changed_ticket AFTER UPDATE ON ticket FOR EACH ROW
    WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION note_ticket();
CREATE TRIGGER note_booking AFTER INSERT OR DELETE ON booking FOR EACH ROW
    EXECUTE FUNCTION note_tickets_of_participant();
CREATE TRIGGER note_changed_booking AFTER UPDATE ON booking FOR EACH ROW
    WHEN ((OLD.status, OLD.slot_id, OLD.activity_id, OLD.participant_id, OLD.registration_id)
        IS DISTINCT FROM (NEW.status, NEW.slot_id, NEW.activity_id, NEW.participant_id, NEW.registration_id))
    EXECUTE FUNCTION note_tickets_of_participant();
CREATE TRIGGER note_name AFTER UPDATE ON participant FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION note_tickets_of_participant();
CREATE TRIGGER note_admission AFTER INSERT OR UPDATE OR DELETE ON admission FOR EACH ROW
    EXECUTE FUNCTION note_admission();
"""
POSTGRESQL_DOWN = """
DROP TRIGGER note_ticket ON ticket;
DROP TRIGGER note_changed_ticket ON ticket;
DROP TRIGGER note_booking ON booking;
DROP TRIGGER note_changed_booking ON booking;
DROP TRIGGER note_name ON participant;
DROP TRIGGER note_admission ON admission;
DROP FUNCTION note_ticket();
DROP FUNCTION note_tickets_of_participant();
DROP FUNCTION note_admission();
"""
_NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
_TICKET = f"INSERT INTO ticket_change (festival_id, ticket_id, changed_at) VALUES ({{0}}.festival_id, {{0}}.id, {_NOW});"
_PERSON = (
    "INSERT INTO ticket_change (festival_id, ticket_id, changed_at) "
    f"SELECT festival_id, id, {_NOW} FROM ticket WHERE participant_id = {{0}} AND status = 'valid';"
)
_ADMISSION = (
    "INSERT INTO ticket_change (festival_id, ticket_id, gate_id, changed_at) "
    f"VALUES ({{0}}.festival_id, {{0}}.ticket_id, {{0}}.gate_id, {_NOW});"
)
_BOOKING = ("status", "slot_id", "activity_id", "participant_id", "registration_id")
SQLITE = {
    "note_new_ticket": ("INSERT ON ticket", _TICKET.format("NEW")),
    "note_changed_ticket": ("UPDATE ON ticket", _TICKET.format("NEW")),
    "note_ended_ticket": ("DELETE ON ticket", _TICKET.format("OLD")),
    "note_new_booking": ("INSERT ON booking", _PERSON.format("NEW.participant_id")),
    "note_changed_booking": (
        "UPDATE ON booking WHEN " + " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _BOOKING),
        _PERSON.format("NEW.participant_id"),
    ),
    "note_ended_booking": ("DELETE ON booking", _PERSON.format("OLD.participant_id")),
    "note_name": ("UPDATE ON participant WHEN OLD.name IS NOT NEW.name", _PERSON.format("NEW.id")),
    "note_new_admission": ("INSERT ON admission", _ADMISSION.format("NEW")),
    "note_changed_admission": ("UPDATE ON admission", _ADMISSION.format("OLD") + " " + _ADMISSION.format("NEW")),
    "note_ended_admission": ("DELETE ON admission", _ADMISSION.format("OLD")),
}


def upgrade():
    # the server: points, phones, scans, admissions
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE admission SET gate_id = point_id")
    # the committee: what is to be looked at, found without reading all scans; one sheet of paper a point
    op.create_index(
        "ix_scan_conflict", "scan", ["festival_id", "id"],
        sqlite_where=sa.text("conflict"), postgresql_where=sa.text("conflict"),
    )
    revoked = sa.text("reason = 'revoked_device'")
    op.create_index(
        "ix_scan_revoked", "scan", ["festival_id", "id"], sqlite_where=revoked, postgresql_where=revoked
    )
    op.create_index(
        "uq_device_paper", "device", ["point_id"], unique=True,
        sqlite_where=sa.text("paper"), postgresql_where=sa.text("paper"),
    )
    # the server
    op.create_index("uq_admission_gate", "admission", ["gate_id", "ticket_id", "key"], unique=True)
    op.create_table(
        "ticket_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("festival_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("gate_id", sa.Integer()),
        sa.Column("xid", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_change_xid", "ticket_change", ["xid"])
    op.create_table(
        "sealed_name",
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_sealed_name_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_sealed_name")),
    )
    # the server: triggers; last, so that nothing above is noted
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
    else:
        for name, (when, what) in SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} AFTER {when} BEGIN {what} END")


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_DOWN)
    else:
        for name in SQLITE:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("sealed_name")
    op.drop_table("ticket_change")
    op.drop_index("uq_admission_gate", table_name="admission")
    op.drop_index("uq_device_paper", table_name="device")
    op.drop_index("ix_scan_revoked", table_name="scan")
    op.drop_index("ix_scan_conflict", table_name="scan")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)
