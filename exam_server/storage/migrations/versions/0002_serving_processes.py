"""Serving processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", INTEGER_64, nullable=False),
        sa.Column("until_ms", INTEGER_64, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    with op.batch_alter_table("heartbeat", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("hold_until_ms", INTEGER_64, nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("hold_ms", INTEGER_64, nullable=False, server_default="0"))

    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("served_by", INTEGER_64, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.drop_column("served_by")

    with op.batch_alter_table("heartbeat", schema=None) as batch_op:
        batch_op.drop_column("hold_ms")
        batch_op.drop_column("hold_until_ms")

    op.drop_table("lease")
