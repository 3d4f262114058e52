"""What only the office needs of a profile, frozen into an exam beside its rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("exam") as batch_op:
        batch_op.add_column(sa.Column("office", sa.JSON(), nullable=True))
