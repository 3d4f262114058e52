"""Centres' results merged at the hub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exam_id", sa.String(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_announcement_exam_id"), "exam", ["exam_id"], ["id"]
        )
    with op.batch_alter_table("imported_results", schema=None) as batch_op:
        for name in ("tickets", "conflicts"):
            batch_op.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column("state", sa.String(), nullable=False, server_default="counts")
        )
        batch_op.add_column(sa.Column("decided_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("decided_ms", INTEGER_64, nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=True))
    _fill()
    with op.batch_alter_table("imported_results", schema=None) as batch_op:
        for name in ("tickets", "conflicts", "state"):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_constraint("fk_score_attempt_id", type_="foreignkey")
    with op.batch_alter_table("cut_score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("without", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "merged_attempt",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("imported_id", sa.String(), nullable=False),
        sa.Column("candidate_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("ordinal", INTEGER_64, nullable=False),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("answered", INTEGER_64, nullable=False),
        sa.Column("started_ms", INTEGER_64, nullable=True),
        sa.Column("submitted_ms", INTEGER_64, nullable=True),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("corrected", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_merged_attempt_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["imported_id"], ["imported_results.id"], name=op.f("fk_merged_attempt_imported_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_attempt")),
        sa.UniqueConstraint(
            "candidate_id", "subject", name=op.f("uq_merged_attempt_candidate_id_subject")
        ),
    )
    op.create_index(op.f("ix_merged_attempt_imported_id"), "merged_attempt", ["imported_id"])


def _fill() -> None:
    """What is told of packages that are there already."""
    table = sa.table(
        "imported_results",
        sa.column("id", sa.String()),
        sa.column("results", sa.JSON()),
        sa.column("tickets", sa.JSON()),
        sa.column("state", sa.String()),
        sa.column("superseded_by", sa.String()),
    )
    connection = op.get_bind()
    for ident in connection.scalars(sa.select(table.c.id)).all():
        found = connection.scalar(sa.select(table.c.results).where(table.c.id == ident))
        tickets = [row["ticket"] for row in found["table"]["rows"] if row["ticket"]]
        connection.execute(sa.update(table).where(table.c.id == ident).values(tickets=tickets))
    connection.execute(
        sa.update(table).where(table.c.superseded_by.is_not(None)).values(state="superseded")
    )


def downgrade() -> None:
    op.drop_table("merged_attempt")
    with op.batch_alter_table("cut_score", schema=None) as batch_op:
        batch_op.drop_column("without")
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.create_foreign_key("fk_score_attempt_id", "attempt", ["attempt_id"], ["id"])
    with op.batch_alter_table("imported_results", schema=None) as batch_op:
        for name in ("tickets", "conflicts", "state", "decided_by", "decided_ms", "reason"):
            batch_op.drop_column(name)
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_constraint("fk_announcement_exam_id", type_="foreignkey")
        batch_op.drop_column("exam_id")
