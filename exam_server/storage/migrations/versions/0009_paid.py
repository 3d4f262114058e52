"""Whether a registered person has paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # not in a batch, which would make the table anew on SQLite though others refer to it
    paid = sa.Column("paid", sa.Boolean(), server_default=sa.true(), nullable=False)
    op.add_column("candidate", paid)
