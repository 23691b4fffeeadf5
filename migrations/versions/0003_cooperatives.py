"""The directory of cooperatives

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIVE = sa.text("merged_into_id IS NULL")
NUMBERED = sa.text("nik IS NOT NULL AND merged_into_id IS NULL")


def _in_order_of_bytes(length):
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade():
    op.create_table(
        "column_mapping",
        sa.Column("signature", sa.String(64), nullable=False),
        sa.Column("meanings", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_column_mapping_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("signature", name=op.f("pk_column_mapping")),
    )
    op.create_table(
        "cooperative_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("rows", sa.LargeBinary()),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("stored_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_cooperative_import_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperative_import")),
    )
    op.create_table(
        "cooperative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("nik", sa.String(20)),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("sort_key", _in_order_of_bytes(160), nullable=False),
        sa.Column("legal_number", sa.String(60), nullable=False),
        sa.Column("legal_key", sa.String(80), nullable=False),
        sa.Column("legal_date", sa.Date()),
        sa.Column("amendment_number", sa.String(60), nullable=False),
        sa.Column("amendment_date", sa.Date()),
        sa.Column("last_meeting", sa.Date()),
        sa.Column("address", sa.String(240), nullable=False),
        sa.Column("kelurahan_code", sa.String(13)),
        sa.Column("kecamatan_code", sa.String(13)),
        sa.Column("form", sa.String(24)),
        sa.Column("kind", sa.String(24)),
        sa.Column("pattern", sa.String(24)),
        sa.Column("has_savings_unit", sa.Boolean()),
        sa.Column("group_name", sa.String(60), nullable=False),
        sa.Column("sector", sa.String(80), nullable=False),
        sa.Column("business_codes", sa.String(200), nullable=False),
        sa.Column("nik_status", sa.String(40), nullable=False),
        sa.Column("grade_status", sa.String(40), nullable=False),
        sa.Column("note", sa.String(240), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("health", sa.String(24)),
        sa.Column("merged_into_id", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR merged_into_id <> id", name=op.f("ck_cooperative_merged_into_another")
        ),
        sa.ForeignKeyConstraint(["kecamatan_code"], ["kecamatan.code"], name=op.f("fk_cooperative_kecamatan_code")),
        sa.ForeignKeyConstraint(["kelurahan_code"], ["kelurahan.code"], name=op.f("fk_cooperative_kelurahan_code")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["cooperative.id"], name=op.f("fk_cooperative_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperative")),
        sa.UniqueConstraint("slug", name=op.f("uq_cooperative_slug")),
    )
    op.create_index(op.f("ix_cooperative_legal_key"), "cooperative", ["legal_key"])
    op.create_index(op.f("ix_cooperative_merged_into_id"), "cooperative", ["merged_into_id"])
    op.create_index(
        "ix_cooperative_of_health",
        "cooperative",
        ["health", "sort_key", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_cooperative_of_kecamatan",
        "cooperative",
        ["kecamatan_code", "sort_key", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_cooperative_of_kind",
        "cooperative",
        ["kind", "sort_key", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_cooperative_sorted", "cooperative", ["sort_key", "id"], sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.create_index(
        "uq_cooperative_nik", "cooperative", ["nik"], unique=True, sqlite_where=NUMBERED, postgresql_where=NUMBERED
    )
    op.create_table(
        "coaching_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(24), nullable=False),
        sa.Column("finding", sa.String(600), nullable=False),
        sa.Column("step", sa.String(600), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("result", sa.String(600), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["cooperative.id"], name=op.f("fk_coaching_case_cooperative_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_coaching_case_opened_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_case")),
    )
    op.create_index("ix_coaching_case_of", "coaching_case", ["cooperative_id", "id"])
    op.create_index("ix_coaching_case_state", "coaching_case", ["state", "due_on", "id"])
    op.create_table(
        "cooperative_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperative.id"],
            name=op.f("fk_cooperative_change_cooperative_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_cooperative_change_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperative_change")),
    )
    op.create_index("ix_cooperative_change_of", "cooperative_change", ["cooperative_id", "id"])
    op.create_table(
        "cooperative_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("definition", sa.String(24), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("value", sa.String(24), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("aspects", sa.JSON()),
        sa.Column("paper", sa.String(40)),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name=op.f("ck_cooperative_status_score")),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperative.id"],
            name=op.f("fk_cooperative_status_cooperative_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperative_status")),
        sa.UniqueConstraint(
            "cooperative_id",
            "definition",
            "as_of",
            "source",
            name=op.f("uq_cooperative_status_cooperative_id_definition_as_of_source"),
        ),
    )
    op.create_index(
        "ix_cooperative_status_counted", "cooperative_status", ["definition", "as_of", "source", "value"]
    )
    op.create_table(
        "cooperative_word",
        sa.Column("word", _in_order_of_bytes(40), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperative.id"],
            name=op.f("fk_cooperative_word_cooperative_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "cooperative_id", name=op.f("pk_cooperative_word")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cooperative_word_of", "cooperative_word", ["cooperative_id", "word"])
    op.create_table(
        "cooperative_year",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("assets", sa.BigInteger()),
        sa.Column("own_capital", sa.BigInteger()),
        sa.Column("outside_capital", sa.BigInteger()),
        sa.Column("turnover", sa.BigInteger()),
        sa.Column("surplus", sa.BigInteger()),
        sa.Column("employees", sa.Integer()),
        sa.CheckConstraint("employees >= 0", name=op.f("ck_cooperative_year_employees")),
        sa.CheckConstraint("year BETWEEN 1900 AND 2100", name=op.f("ck_cooperative_year_year")),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperative.id"],
            name=op.f("fk_cooperative_year_cooperative_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperative_year")),
        sa.UniqueConstraint("cooperative_id", "year", name=op.f("uq_cooperative_year_cooperative_id_year")),
    )
    op.create_table(
        "digital_readiness",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("indicators", sa.String(40), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(24), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.CheckConstraint("share BETWEEN 0 AND 100", name=op.f("ck_digital_readiness_share")),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperative.id"],
            name=op.f("fk_digital_readiness_cooperative_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digital_readiness")),
        sa.UniqueConstraint("cooperative_id", "as_of", name=op.f("uq_digital_readiness_cooperative_id_as_of")),
    )
    op.create_index("ix_digital_readiness_as_of", "digital_readiness", ["as_of"])
    op.create_table(
        "member_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("men", sa.Integer(), nullable=False),
        sa.Column("women", sa.Integer(), nullable=False),
        sa.CheckConstraint("men >= 0 AND women >= 0", name=op.f("ck_member_count_counted")),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["cooperative.id"], name=op.f("fk_member_count_cooperative_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_count")),
        sa.UniqueConstraint("cooperative_id", "as_of", name=op.f("uq_member_count_cooperative_id_as_of")),
    )


def downgrade():
    for name in (
        "member_count",
        "digital_readiness",
        "cooperative_year",
        "cooperative_word",
        "cooperative_status",
        "cooperative_change",
        "coaching_case",
        "cooperative",
        "cooperative_import",
        "column_mapping",
    ):
        op.drop_table(name)
