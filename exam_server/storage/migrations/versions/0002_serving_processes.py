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
    # added where they are: copying a table as a batch does would leave a hole in the file
    zero = sa.text("0")
    for name in ("hold_until_ms", "hold_ms"):
        column = sa.Column(name, INTEGER_64, nullable=False, server_default=zero)
        op.add_column("heartbeat", column)
    op.add_column("presence", sa.Column("served_by", INTEGER_64, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.drop_column("served_by")

    with op.batch_alter_table("heartbeat", schema=None) as batch_op:
        batch_op.drop_column("hold_ms")
        batch_op.drop_column("hold_until_ms")

    op.drop_table("lease")
