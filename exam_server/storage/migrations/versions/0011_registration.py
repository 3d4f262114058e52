"""Whether a registration holds, and what a person needs to sit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # not in a batch, which would make the table anew on SQLite though others refer to it
    held = sa.Column("registration", sa.String(), server_default="in_force", nullable=False)
    op.add_column("candidate", held)
    op.add_column("candidate", sa.Column("needs", sa.JSON(none_as_null=True), nullable=True))
