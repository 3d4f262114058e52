"""Review votes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "review_vote",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("expected", INTEGER_64, nullable=False),
        sa.Column("present", INTEGER_64, nullable=False),
        sa.Column("agreed", INTEGER_64, nullable=False),
        sa.Column("against", INTEGER_64, nullable=False),
        sa.Column("abstained", INTEGER_64, nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("imported_ms", INTEGER_64, nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_review_vote_candidate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_vote")),
    )
    with op.batch_alter_table("review_vote", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_vote_candidate_id"), ["candidate_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("review_vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_vote_candidate_id"))

    op.drop_table("review_vote")
