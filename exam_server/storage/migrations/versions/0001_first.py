"""First."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "act",
        sa.Column("seq", INTEGER_64, autoincrement=False, nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_act")),
    )
    op.create_table(
        "exam",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("year", INTEGER_64, nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("permutation_seed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("id", INTEGER_64, autoincrement=False, nullable=False),
        sa.Column("wall_ms", INTEGER_64, nullable=False),
        sa.Column("boot_ms", INTEGER_64, nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("epoch", INTEGER_64, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "package",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_name", sa.String(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("manifest_digest", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("imported_ms", INTEGER_64, nullable=False),
        sa.Column("preflight", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "cut_score",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("group_key", sa.String(), nullable=False),
        sa.Column("version", INTEGER_64, nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("line", sa.String(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("snapshot_digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_ms", INTEGER_64, nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_ms", INTEGER_64, nullable=True),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_cut_score_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cut_score")),
        sa.UniqueConstraint(
            "exam_id", "group_key", "version", name=op.f("uq_cut_score_exam_id_group_key_version")
        ),
    )
    op.create_table(
        "form",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("package_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("trade", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("blob_digest", sa.String(), nullable=False),
        sa.Column("scoring_digest", sa.String(), nullable=False),
        sa.Column("spent_ms", INTEGER_64, nullable=True),
        sa.Column("spent_sitting_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name=op.f("fk_form_package_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form")),
    )
    op.create_table(
        "sitting",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("rows", INTEGER_64, nullable=False),
        sa.Column("columns", INTEGER_64, nullable=False),
        sa.Column("aisle_after", INTEGER_64, nullable=False),
        sa.Column("planned_start_ms", INTEGER_64, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bell_ms", INTEGER_64, nullable=True),
        sa.Column("bell_boot_ms", INTEGER_64, nullable=True),
        sa.Column("boot", sa.String(), nullable=True),
        sa.Column("paused_boot_ms", INTEGER_64, nullable=True),
        sa.Column("stopped_ms", INTEGER_64, nullable=False),
        sa.Column("head_seq", INTEGER_64, nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_sitting_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
    )
    op.create_table(
        "staff_login",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("since_ms", INTEGER_64, nullable=False),
        sa.Column("ended_ms", INTEGER_64, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_login_staff_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_login")),
    )
    op.create_table(
        "candidate",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("sitting_id", sa.String(), nullable=True),
        sa.Column("seat", INTEGER_64, nullable=True),
        sa.Column("ticket", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("id_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("id_lookup", sa.String(), nullable=False),
        sa.Column("id_masked", sa.String(), nullable=False),
        sa.Column("photo_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("trade", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("conditional", sa.Boolean(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_candidate_exam_id")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_candidate_sitting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("exam_id", "id_lookup", name=op.f("uq_candidate_exam_id_id_lookup")),
        sa.UniqueConstraint("exam_id", "ticket", name=op.f("uq_candidate_exam_id_ticket")),
        sa.UniqueConstraint("sitting_id", "seat", name=op.f("uq_candidate_sitting_id_seat")),
    )
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_candidate_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "held_secret",
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_held_secret_form_id")),
        sa.PrimaryKeyConstraint("form_id", "purpose", name=op.f("pk_held_secret")),
    )
    op.create_table(
        "journal",
        sa.Column("id", INTEGER_64, autoincrement=True, nullable=False),
        sa.Column("sitting_id", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("seq", INTEGER_64, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("boot_ms", INTEGER_64, nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("fence", INTEGER_64, nullable=True),
        sa.Column("counter", INTEGER_64, nullable=True),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_journal_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint(
            "chain", "fence", "counter", name=op.f("uq_journal_chain_fence_counter")
        ),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_journal_chain_seq")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix_journal_sitting_kind", ["sitting_id", "kind"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sitting_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_message_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "seat",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sitting_id", sa.String(), nullable=False),
        sa.Column("number", INTEGER_64, nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_seat_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("sitting_id", "number", name=op.f("uq_seat_sitting_id_number")),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sitting_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("ordinal", INTEGER_64, nullable=False),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("limit_ms", INTEGER_64, nullable=False),
        sa.Column("granted_ms", INTEGER_64, nullable=False),
        sa.Column("spent_ms", INTEGER_64, nullable=False),
        sa.Column("running_since_ms", INTEGER_64, nullable=True),
        sa.Column("boot", sa.String(), nullable=True),
        sa.Column("started_ms", INTEGER_64, nullable=True),
        sa.Column("submitted_ms", INTEGER_64, nullable=True),
        sa.Column("fence", INTEGER_64, nullable=False),
        sa.Column("answered", INTEGER_64, nullable=False),
        sa.Column("marked", INTEGER_64, nullable=False),
        sa.Column("current_item", INTEGER_64, nullable=False),
        sa.Column("late_admitted", sa.Boolean(), nullable=False),
        sa.Column("last_saved_ms", INTEGER_64, nullable=True),
        sa.Column("head_seq", INTEGER_64, nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_attempt_candidate_id")
        ),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_attempt_form_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_attempt_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint(
            "candidate_id", "ordinal", name=op.f("uq_attempt_candidate_id_ordinal")
        ),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_sitting_id"), ["sitting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_state"), ["state"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sitting_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_incident_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_incident_sitting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "presence",
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("heard_ms", INTEGER_64, nullable=False),
        sa.Column("lost_ms", INTEGER_64, nullable=True),
        sa.Column("hand_raised_ms", INTEGER_64, nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_presence_candidate_id")
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "terminal",
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("seat", INTEGER_64, nullable=True),
        sa.Column("fence", INTEGER_64, nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("logged_in_ms", INTEGER_64, nullable=False),
        sa.Column("confirmed_ms", INTEGER_64, nullable=True),
        sa.Column("pledged_ms", INTEGER_64, nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_terminal_candidate_id")
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_terminal")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_terminal_token_hash")),
    )
    op.create_table(
        "recovery_case",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("opened_ms", INTEGER_64, nullable=False),
        sa.Column("seqs", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("first_staff_id", sa.String(), nullable=True),
        sa.Column("second_staff_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_recovery_case_attempt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_case")),
    )
    with op.batch_alter_table("recovery_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recovery_case_attempt_id"), ["attempt_id"], unique=False
        )

    op.create_table(
        "response",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("fence", INTEGER_64, nullable=False),
        sa.Column("counter", INTEGER_64, nullable=False),
        sa.Column("options", sa.String(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("seq", INTEGER_64, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_response_attempt_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "item_id", name=op.f("pk_response")),
    )
    op.create_table(
        "score",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("version", INTEGER_64, nullable=False),
        sa.Column("points", sa.String(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("attempt_head", sa.String(), nullable=False),
        sa.Column("scoring_digest", sa.String(), nullable=False),
        sa.Column("scored_ms", INTEGER_64, nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_score_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint("attempt_id", "version", name=op.f("uq_score_attempt_id_version")),
    )
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_score_attempt_id"), ["attempt_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_score_attempt_id"))

    op.drop_table("score")
    op.drop_table("response")
    with op.batch_alter_table("recovery_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_case_attempt_id"))

    op.drop_table("recovery_case")
    op.drop_table("terminal")
    op.drop_table("presence")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_sitting_id"))

    op.drop_table("incident")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_state"))
        batch_op.drop_index(batch_op.f("ix_attempt_sitting_id"))

    op.drop_table("attempt")
    op.drop_table("seat")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_sitting_id"))

    op.drop_table("message")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_sitting_kind")

    op.drop_table("journal")
    op.drop_table("held_secret")
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_candidate_sitting_id"))

    op.drop_table("candidate")
    op.drop_table("staff_login")
    op.drop_table("sitting")
    op.drop_table("form")
    op.drop_table("cut_score")
    op.drop_table("staff")
    op.drop_table("package")
    op.drop_table("heartbeat")
    op.drop_table("exam")
    op.drop_table("act")
