"""Imported results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("package_id", sa.String(), nullable=False),
        sa.Column("centre_key", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("exam_name", sa.String(), nullable=False),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("builds", sa.JSON(), nullable=False),
        sa.Column("seats", sa.JSON(), nullable=False),
        sa.Column("announced_ms", INTEGER_64, nullable=False),
        sa.Column("announced_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint(
            "package_id", "centre_key", name=op.f("uq_announcement_package_id_centre_key")
        ),
    )
    op.create_table(
        "imported_results",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("announcement_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sittings", sa.JSON(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("created_ms", INTEGER_64, nullable=False),
        sa.Column("imported_ms", INTEGER_64, nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("superseded_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_imported_results_announcement_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_results")),
        sa.UniqueConstraint("digest", name=op.f("uq_imported_results_digest")),
    )
    with op.batch_alter_table("imported_results", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_imported_results_announcement_id"), ["announcement_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("imported_results", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_results_announcement_id"))

    op.drop_table("imported_results")
    op.drop_table("announcement")
