"""Results release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "results_release",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("group_key", sa.String(), nullable=False),
        sa.Column("version", INTEGER_64, nullable=False),
        sa.Column("cut_score_id", sa.String(), nullable=True),
        sa.Column("snapshot_digest", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("people", INTEGER_64, nullable=False),
        sa.Column("changed", INTEGER_64, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("released_by", sa.String(), nullable=False),
        sa.Column("released_ms", INTEGER_64, nullable=False),
        sa.ForeignKeyConstraint(
            ["cut_score_id"], ["cut_score.id"], name=op.f("fk_results_release_cut_score_id")
        ),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_results_release_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_release")),
        sa.UniqueConstraint(
            "exam_id",
            "group_key",
            "version",
            name=op.f("uq_results_release_exam_id_group_key_version"),
        ),
    )
    op.create_table(
        "released_result",
        sa.Column("release_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("official", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_released_result_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["results_release.id"], name=op.f("fk_released_result_release_id")
        ),
        sa.PrimaryKeyConstraint("release_id", "candidate_id", name=op.f("pk_released_result")),
    )
    with op.batch_alter_table("released_result", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_released_result_candidate_id"), ["candidate_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("released_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_released_result_candidate_id"))

    op.drop_table("released_result")
    op.drop_table("results_release")
