"""Where public notices were put up, and since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notice_start",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exam_id", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("version", INTEGER_64, nullable=False),
        sa.Column("begun_on", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_notice_start_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_start")),
        sa.UniqueConstraint(
            "exam_id",
            "notice",
            "city",
            "unit",
            "version",
            name=op.f("uq_notice_start_exam_id_notice_city_unit_version"),
        ),
    )


def downgrade() -> None:
    op.drop_table("notice_start")
