"""Competitions: from criteria to signed minutes

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# Versions of score sheets are only ever added; the database itself refuses to change one.
POSTGRESQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a score sheet never changes';
END $$;
CREATE TRIGGER sheet_version_stays BEFORE UPDATE ON sheet_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
SQLITE = (
    "CREATE TRIGGER sheet_version_stays BEFORE UPDATE ON sheet_version "
    "BEGIN SELECT RAISE(ABORT, 'a version of a score sheet never changes'); END"
)


def upgrade():
    op.create_table(
        "competition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("festival_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("stage_position", sa.Integer(), nullable=False),
        sa.Column("weights_hash", sa.String(64)),
        sa.Column("frozen_at", MOMENT),
        sa.Column("frozen_by_id", sa.Integer()),
        sa.Column("objection_days", sa.Integer(), nullable=False),
        sa.Column("tie_chain", sa.JSON(), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("legal_basis", sa.String(600), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("gates", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("announced_at", MOMENT),
        sa.CheckConstraint(
            "state = 'setup' OR weights_hash IS NOT NULL", name=op.f("ck_competition_frozen_before_judging")
        ),
        sa.CheckConstraint("objection_days BETWEEN 0 AND 90", name=op.f("ck_competition_objection_days")),
        sa.ForeignKeyConstraint(
            ["festival_id"], ["festival.id"], name=op.f("fk_competition_festival_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["frozen_by_id"], ["user_account.id"], name=op.f("fk_competition_frozen_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competition")),
        sa.UniqueConstraint("slug", name=op.f("uq_competition_slug")),
    )
    op.create_index(op.f("ix_competition_festival_id"), "competition", ["festival_id"])
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_category_competition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("competition_id", "name", name=op.f("uq_category_competition_id_name")),
    )
    op.create_table(
        "sheet_chain",
        sa.Column("competition_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_sheet_chain_competition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("competition_id", name=op.f("pk_sheet_chain")),
    )
    op.create_table(
        "stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("judges_each", sa.Integer(), nullable=False),
        sa.Column("goes_on", sa.Integer()),
        sa.Column("opens_at", MOMENT),
        sa.Column("closes_at", MOMENT),
        sa.Column("seed", sa.BigInteger()),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_stage_opens_before_closing")),
        sa.CheckConstraint("judges_each BETWEEN 2 AND 20", name=op.f("ck_stage_judges_each")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_stage_competition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sa.UniqueConstraint("competition_id", "position", name=op.f("uq_stage_competition_id_position")),
    )
    op.create_table(
        "criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("scale_min", sa.Integer(), nullable=False),
        sa.Column("scale_max", sa.Integer(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.String(400), nullable=False),
        sa.CheckConstraint("scale_min < scale_max", name=op.f("ck_criterion_scale")),
        sa.CheckConstraint("weight BETWEEN 1 AND 10000", name=op.f("ck_criterion_weight")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_criterion_category_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_criterion_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_criterion_stage_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
    )
    op.create_index(op.f("ix_criterion_competition_id"), "criterion", ["competition_id"])
    op.create_index(
        "uq_criterion_of_all",
        "criterion",
        ["stage_id", "code"],
        unique=True,
        sqlite_where=sa.text("category_id IS NULL"),
        postgresql_where=sa.text("category_id IS NULL"),
    )
    op.create_index("uq_criterion_of_one", "criterion", ["stage_id", "category_id", "code"], unique=True)
    op.create_table(
        "entrant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("last_stage", sa.Integer(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("coaching_case_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["coaching_case_id"], ["coaching_case.id"], name=op.f("fk_entrant_coaching_case_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_entrant_category_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_entrant_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperative.id"], name=op.f("fk_entrant_cooperative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entrant")),
        sa.UniqueConstraint(
            "competition_id", "cooperative_id", name=op.f("uq_entrant_competition_id_cooperative_id")
        ),
        sa.UniqueConstraint("competition_id", "number", name=op.f("uq_entrant_competition_id_number")),
    )
    op.create_index(op.f("ix_entrant_cooperative_id"), "entrant", ["cooperative_id"])
    op.create_index("ix_entrant_of", "entrant", ["category_id", "number"])
    op.create_table(
        "judge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("affiliation", sa.String(160), nullable=False),
        sa.Column("cooperative_id", sa.Integer()),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("token_expires_at", MOMENT),
        sa.Column("accepted_at", MOMENT),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT),
        sa.Column("removed_at", MOMENT),
        sa.Column("removed_reason", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_judge_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperative.id"], name=op.f("fk_judge_cooperative_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_judge_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judge")),
        sa.UniqueConstraint("competition_id", "name", name=op.f("uq_judge_competition_id_name")),
        sa.UniqueConstraint("competition_id", "user_id", name=op.f("uq_judge_competition_id_user_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_judge_token_hash")),
    )
    op.create_index(op.f("ix_judge_user_id"), "judge", ["user_id"])
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("amendment_of_id", sa.Integer()),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("pdf", sa.LargeBinary()),
        sa.Column("sha256", sa.String(64)),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by_id", sa.Integer()),
        sa.Column("signed_at", MOMENT),
        sa.ForeignKeyConstraint(["amendment_of_id"], ["minutes.id"], name=op.f("fk_minutes_amendment_of_id")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_minutes_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_minutes_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_minutes_stage_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("code", name=op.f("uq_minutes_code")),
        sa.UniqueConstraint("competition_id", "number", name=op.f("uq_minutes_competition_id_number")),
    )
    op.create_table(
        "result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("computed_at", MOMENT, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("chain_hash", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(600), nullable=False),
        sa.Column("based_on_id", sa.Integer()),
        sa.Column("by_id", sa.Integer()),
        sa.CheckConstraint(
            "kind = 'judged' OR (reason <> '' AND based_on_id IS NOT NULL)", name=op.f("ck_result_deliberated")
        ),
        sa.ForeignKeyConstraint(["based_on_id"], ["result.id"], name=op.f("fk_result_based_on_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_result_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_result_category_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_result_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_result_stage_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint(
            "category_id", "stage_id", "number", name=op.f("uq_result_category_id_stage_id_number")
        ),
    )
    op.create_index(op.f("ix_result_competition_id"), "result", ["competition_id"])
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("calibration", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("assigned_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_assignment_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_assignment_entrant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["judge_id"], ["judge.id"], name=op.f("fk_assignment_judge_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage.id"], name=op.f("fk_assignment_stage_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "stage_id", "judge_id", "entrant_id", name=op.f("uq_assignment_stage_id_judge_id_entrant_id")
        ),
    )
    op.create_index(op.f("ix_assignment_competition_id"), "assignment", ["competition_id"])
    op.create_index(op.f("ix_assignment_judge_id"), "assignment", ["judge_id"])
    op.create_index("ix_assignment_of_entrant", "assignment", ["entrant_id", "stage_id"])
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer()),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_certificate_entrant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["minutes_id"], ["minutes.id"], name=op.f("fk_certificate_minutes_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("minutes_id", "entrant_id", name=op.f("uq_certificate_minutes_id_entrant_id")),
    )
    op.create_index(op.f("ix_certificate_entrant_id"), "certificate", ["entrant_id"])
    op.create_table(
        "conflict_of_interest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("declared_by_id", sa.Integer()),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_conflict_of_interest_reason")),
        sa.ForeignKeyConstraint(
            ["competition_id"],
            ["competition.id"],
            name=op.f("fk_conflict_of_interest_competition_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["declared_by_id"],
            ["user_account.id"],
            name=op.f("fk_conflict_of_interest_declared_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_conflict_of_interest_entrant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["judge_id"], ["judge.id"], name=op.f("fk_conflict_of_interest_judge_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_of_interest")),
        sa.UniqueConstraint("judge_id", "entrant_id", name=op.f("uq_conflict_of_interest_judge_id_entrant_id")),
    )
    op.create_index(op.f("ix_conflict_of_interest_competition_id"), "conflict_of_interest", ["competition_id"])
    op.create_index(op.f("ix_conflict_of_interest_entrant_id"), "conflict_of_interest", ["entrant_id"])
    op.create_table(
        "dissent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_dissent_text")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_dissent_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["judge_id"], ["judge.id"], name=op.f("fk_dissent_judge_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_dissent_stage_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dissent")),
    )
    op.create_index(op.f("ix_dissent_competition_id"), "dissent", ["competition_id"])
    op.create_table(
        "dossier_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("stage_id", sa.Integer()),
        sa.Column("judge_id", sa.Integer()),
        sa.Column("criterion", sa.String(12), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stored", sa.String(120), nullable=False),
        sa.Column("client_id", sa.String(36)),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.CheckConstraint("size > 0", name=op.f("ck_dossier_file_size")),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_dossier_file_entrant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["judge_id"], ["judge.id"], name=op.f("fk_dossier_file_judge_id")),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage.id"], name=op.f("fk_dossier_file_stage_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_file")),
        sa.UniqueConstraint("client_id", name=op.f("uq_dossier_file_client_id")),
    )
    op.create_index("ix_dossier_file_of", "dossier_file", ["entrant_id", "id"])
    op.create_table(
        "dossier_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_dossier_link_entrant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_dossier_link_token_hash")),
    )
    op.create_index(op.f("ix_dossier_link_entrant_id"), "dossier_link", ["entrant_id"])
    op.create_table(
        "eligibility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("gate", sa.String(24), nullable=False),
        sa.Column("found", sa.String(24), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("decided", sa.String(24)),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("decided_by_id", sa.Integer()),
        sa.Column("decided_at", MOMENT),
        sa.CheckConstraint(
            "decided IS NULL OR (reason <> '' AND decided <> 'unknown')",
            name=op.f("ck_eligibility_decided_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_eligibility_decided_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_eligibility_entrant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility")),
        sa.UniqueConstraint("entrant_id", "gate", name=op.f("uq_eligibility_entrant_id_gate")),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("answer", sa.String(2000), nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by_id", sa.Integer()),
        sa.CheckConstraint("text <> ''", name=op.f("ck_objection_text")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_objection_answered_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_objection_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_objection_entrant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    op.create_index(op.f("ix_objection_competition_id"), "objection", ["competition_id"])
    op.create_index(op.f("ix_objection_entrant_id"), "objection", ["entrant_id"])
    op.create_table(
        "score_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("entrant_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("locked_at", MOMENT),
        sa.CheckConstraint("current >= 0 AND latest >= current", name=op.f("ck_score_sheet_versions")),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_score_sheet_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["entrant.id"], name=op.f("fk_score_sheet_entrant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["judge_id"], ["judge.id"], name=op.f("fk_score_sheet_judge_id")),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage.id"], name=op.f("fk_score_sheet_stage_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_sheet")),
        sa.UniqueConstraint(
            "judge_id", "entrant_id", "stage_id", name=op.f("uq_score_sheet_judge_id_entrant_id_stage_id")
        ),
    )
    op.create_index(op.f("ix_score_sheet_competition_id"), "score_sheet", ["competition_id"])
    op.create_index(op.f("ix_score_sheet_entrant_id"), "score_sheet", ["entrant_id"])
    op.create_index("ix_score_sheet_of_stage", "score_sheet", ["stage_id", "state"])
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer()),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(80), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["judge_id"], ["judge.id"], name=op.f("fk_signature_judge_id")),
        sa.ForeignKeyConstraint(
            ["minutes_id"], ["minutes.id"], name=op.f("fk_signature_minutes_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_signature_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("minutes_id", "judge_id", name=op.f("uq_signature_minutes_id_judge_id")),
        sa.UniqueConstraint("minutes_id", "user_id", name=op.f("uq_signature_minutes_id_user_id")),
    )
    op.create_table(
        "reopening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("first_by_id", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("second_by_id", sa.Integer()),
        sa.Column("second_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_reopening_reason")),
        sa.CheckConstraint(
            "second_by_id IS NULL OR second_by_id <> first_by_id", name=op.f("ck_reopening_two_people")
        ),
        sa.ForeignKeyConstraint(["first_by_id"], ["user_account.id"], name=op.f("fk_reopening_first_by_id")),
        sa.ForeignKeyConstraint(["second_by_id"], ["user_account.id"], name=op.f("fk_reopening_second_by_id")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["score_sheet.id"], name=op.f("fk_reopening_sheet_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopening")),
    )
    op.create_index(op.f("ix_reopening_sheet_id"), "reopening", ["sheet_id"])
    op.create_index(
        "uq_reopening_waiting",
        "reopening",
        ["sheet_id"],
        unique=True,
        sqlite_where=sa.text("second_by_id IS NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("second_by_id IS NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "sheet_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competition_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("on_behalf_of_id", sa.Integer()),
        sa.Column("confirmed_by_id", sa.Integer()),
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> entered_by_id", name=op.f("ck_sheet_version_four_eyes")
        ),
        sa.ForeignKeyConstraint(
            ["competition_id"], ["competition.id"], name=op.f("fk_sheet_version_competition_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user_account.id"], name=op.f("fk_sheet_version_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["user_account.id"], name=op.f("fk_sheet_version_entered_by_id")
        ),
        sa.ForeignKeyConstraint(["on_behalf_of_id"], ["judge.id"], name=op.f("fk_sheet_version_on_behalf_of_id")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["score_sheet.id"], name=op.f("fk_sheet_version_sheet_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_version")),
        sa.UniqueConstraint("client_id", name=op.f("uq_sheet_version_client_id")),
        sa.UniqueConstraint("competition_id", "position", name=op.f("uq_sheet_version_competition_id_position")),
        sa.UniqueConstraint("sheet_id", "number", name=op.f("uq_sheet_version_sheet_id_number")),
    )
    op.execute(POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE)


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER sheet_version_stays ON sheet_version")
        op.execute("DROP FUNCTION refuse_change()")
    else:
        op.execute("DROP TRIGGER sheet_version_stays")
    op.drop_table("sheet_version")
    op.drop_table("reopening")
    op.drop_table("signature")
    op.drop_table("score_sheet")
    op.drop_table("objection")
    op.drop_table("eligibility")
    op.drop_table("dossier_link")
    op.drop_table("dossier_file")
    op.drop_table("dissent")
    op.drop_table("conflict_of_interest")
    op.drop_table("certificate")
    op.drop_table("assignment")
    op.drop_table("result")
    op.drop_table("minutes")
    op.drop_table("judge")
    op.drop_table("entrant")
    op.drop_table("criterion")
    op.drop_table("stage")
    op.drop_table("sheet_chain")
    op.drop_table("category")
    op.drop_table("competition")
