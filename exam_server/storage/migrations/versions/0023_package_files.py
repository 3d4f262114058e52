"""Result packages are kept as they came; null: taken in before they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imported_results", sa.Column("file", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("imported_results") as table:
        table.drop_column("file")
