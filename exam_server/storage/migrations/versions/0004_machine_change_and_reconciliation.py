"""Machine change and reconciliation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "machine_change",
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("asked_seat", INTEGER_64, nullable=True),
        sa.Column("asked_ms", INTEGER_64, nullable=True),
        sa.Column("released_ms", INTEGER_64, nullable=True),
        sa.Column("to_seat", INTEGER_64, nullable=True),
        sa.Column("away_spent_ms", INTEGER_64, nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_machine_change_candidate_id")
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_machine_change")),
    )
    op.create_table(
        "explanation",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_explanation_attempt_id")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "cause", name=op.f("pk_explanation")),
    )
    # in place: copying a table as a batch does would leave a hole in the file
    proposed = sa.Column("proposed_ms", INTEGER_64, nullable=False, server_default=sa.text("0"))
    op.add_column("attempt", proposed)
    op.add_column("incident", sa.Column("resolved_ms", INTEGER_64, nullable=True))
    op.add_column("incident", sa.Column("outcome", sa.String(), nullable=True))
    op.add_column("terminal", sa.Column("preferences", sa.JSON(), nullable=True))
    op.drop_column("terminal", "released")


def downgrade() -> None:
    released = sa.Column("released", sa.BOOLEAN(), nullable=False, server_default=sa.false())
    op.add_column("terminal", released)
    op.drop_column("terminal", "preferences")
    op.drop_column("incident", "outcome")
    op.drop_column("incident", "resolved_ms")
    op.drop_column("attempt", "proposed_ms")
    op.drop_table("explanation")
    op.drop_table("machine_change")
