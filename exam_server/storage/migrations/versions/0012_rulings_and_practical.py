"""Rulings about results, and practical results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ruling",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_ruling_candidate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    op.create_index(op.f("ix_ruling_candidate_id"), "ruling", ["candidate_id"])
    op.create_table(
        "practical_import",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("number", INTEGER_64, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("document_date", sa.String(), nullable=False),
        sa.Column("document_sha256", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("imported_ms", INTEGER_64, nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_practical_import_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practical_import")),
        sa.UniqueConstraint("exam_id", "digest", name=op.f("uq_practical_import_exam_id_digest")),
    )
    op.create_table(
        "practical_result",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("points", sa.String(), nullable=True),
        sa.Column("row", INTEGER_64, nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_practical_result_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["practical_import.id"], name=op.f("fk_practical_result_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "candidate_id", name=op.f("pk_practical_result")),
    )
    op.create_index(op.f("ix_practical_result_candidate_id"), "practical_result", ["candidate_id"])


def downgrade() -> None:
    op.drop_table("practical_result")
    op.drop_table("practical_import")
    op.drop_table("ruling")
