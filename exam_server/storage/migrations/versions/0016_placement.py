"""Plans of who sits when and where, and which of equal forms a seat gets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    index = sa.Column("form_index", INTEGER_64, server_default="0", nullable=False)
    op.add_column("candidate", index)
    op.create_table(
        "placement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_ms", INTEGER_64, nullable=False),
        sa.Column("fixed_by", sa.String(), nullable=True),
        sa.Column("fixed_ms", INTEGER_64, nullable=True),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_placement_exam_id_exam")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index(op.f("ix_placement_exam_id"), "placement", ["exam_id"])
    op.create_table(
        "placed",
        sa.Column("placement_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("batch", INTEGER_64, nullable=True),
        sa.Column("floor", INTEGER_64, nullable=True),
        sa.Column("seat", INTEGER_64, nullable=True),
        sa.Column("form", INTEGER_64, nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_placed_candidate_id_candidate")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_placed_placement_id_placement")
        ),
        sa.PrimaryKeyConstraint("placement_id", "candidate_id", name=op.f("pk_placed")),
        sa.UniqueConstraint(
            "placement_id",
            "batch",
            "floor",
            "seat",
            name=op.f("uq_placed_placement_id_batch_floor_seat"),
        ),
    )
