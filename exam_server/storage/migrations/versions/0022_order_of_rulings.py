"""The order in which rulings were made, and what each could know."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        for name in ("number", "settles"):
            batch_op.add_column(sa.Column(name, INTEGER_64, nullable=False, server_default="0"))
    _fill()
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        for name in ("number", "settles"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_unique_constraint(
            batch_op.f("uq_ruling_candidate_id_number"), ["candidate_id", "number"]
        )


def _fill() -> None:
    """Until now the time of each was all that was known of their order."""
    ruling = sa.table(
        "ruling",
        *(sa.column(name, sa.String()) for name in ("id", "candidate_id")),
        *(sa.column(name, INTEGER_64) for name in ("at_ms", "number", "settles")),
    )
    incident = sa.table(
        "incident",
        *(sa.column(name, sa.String()) for name in ("candidate_id", "kind")),
        sa.column("at_ms", INTEGER_64),
    )
    connection, numbers = op.get_bind(), Counter[str]()
    rows = connection.execute(sa.select(ruling).order_by(ruling.c.at_ms, ruling.c.id)).all()
    for row in rows:
        numbers[row.candidate_id] += 1
        settles = connection.scalar(
            sa.select(sa.func.count())
            .select_from(incident)
            .where(
                incident.c.candidate_id == row.candidate_id,
                incident.c.kind == "violation",
                incident.c.at_ms <= row.at_ms,
            )
        )
        connection.execute(
            sa.update(ruling)
            .where(ruling.c.id == row.id)
            .values(number=numbers[row.candidate_id], settles=settles)
        )


def downgrade() -> None:
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.drop_constraint("uq_ruling_candidate_id_number", type_="unique")
        for name in ("number", "settles"):
            batch_op.drop_column(name)
