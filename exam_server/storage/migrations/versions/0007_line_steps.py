"""The steps of a line, and whose authority an account belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOVE = (
    "INSERT INTO line_step (id, cut_score_id, step, staff_id, at_ms, reason, document) "
    "SELECT id || '-proposed', id, 'proposed', proposed_by, proposed_ms, reason, '' FROM cut_score",
    # what was confirmed was approved and took effect in one act
    "INSERT INTO line_step (id, cut_score_id, step, staff_id, at_ms, reason, document) "
    "SELECT id || '-approved', id, 'approved', confirmed_by, confirmed_ms, '', '' "
    "FROM cut_score WHERE confirmed_by IS NOT NULL",
    "INSERT INTO line_step (id, cut_score_id, step, staff_id, at_ms, reason, document) "
    "SELECT id || '-effective', id, 'effective', confirmed_by, confirmed_ms, '', '' "
    "FROM cut_score WHERE confirmed_by IS NOT NULL",
    "UPDATE cut_score SET state = 'effective' WHERE state = 'confirmed'",
)
_MOVE_BACK = (
    "UPDATE cut_score SET state = 'confirmed' WHERE state = 'effective'",
    "UPDATE cut_score SET state = 'proposed' WHERE state IN ('approved', 'filed')",
    "UPDATE cut_score SET state = 'superseded' WHERE state = 'returned'",
    *(
        f"UPDATE cut_score SET {column} = COALESCE((SELECT {of} FROM line_step "  # noqa: S608
        f"WHERE cut_score_id = cut_score.id AND step = '{step}'), {column})"
        for column, of, step in (
            ("proposed_by", "staff_id", "proposed"),
            ("proposed_ms", "at_ms", "proposed"),
            ("reason", "reason", "proposed"),
            ("confirmed_by", "staff_id", "effective"),
            ("confirmed_ms", "at_ms", "effective"),
        )
    ),
)


def upgrade() -> None:
    op.create_table(
        "line_step",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("cut_score_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("at_ms", INTEGER_64, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cut_score_id"], ["cut_score.id"], name=op.f("fk_line_step_cut_score_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_step")),
    )
    with op.batch_alter_table("line_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_line_step_cut_score_id"), ["cut_score_id"])
    for statement in _MOVE:
        op.execute(statement)
    # not made anew: the steps refer to it
    with op.batch_alter_table("cut_score", schema=None, recreate="never") as batch_op:
        for column in ("reason", "proposed_by", "proposed_ms", "confirmed_by", "confirmed_ms"):
            batch_op.drop_column(column)
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("city", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("city")
    with op.batch_alter_table("cut_score", schema=None, recreate="never") as batch_op:
        batch_op.add_column(_filled("reason", sa.String(), ""))
        batch_op.add_column(_filled("proposed_by", sa.String(), ""))
        batch_op.add_column(_filled("proposed_ms", INTEGER_64, "0"))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("confirmed_ms", INTEGER_64, nullable=True))
    for statement in _MOVE_BACK:
        op.execute(statement)
    with op.batch_alter_table("line_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_line_step_cut_score_id"))
    op.drop_table("line_step")


def _filled(name: str, kind: sa.types.TypeEngine[object], value: str) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=False, server_default=value)
