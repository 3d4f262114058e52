"""Judges' sheets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "judges_panel",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("trade", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("imported_ms", INTEGER_64, nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_judges_panel_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judges_panel")),
        sa.UniqueConstraint(
            "exam_id",
            "trade",
            "level",
            "digest",
            name=op.f("uq_judges_panel_exam_id_trade_level_digest"),
        ),
    )


def downgrade() -> None:
    op.drop_table("judges_panel")
