"""Practical results that came in a centre's package."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("practical_import", schema=None) as batch_op:
        batch_op.add_column(sa.Column("imported_id", sa.String(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_practical_import_imported_id"),
            "imported_results",
            ["imported_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("practical_import", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_practical_import_imported_id"), type_="foreignkey")
        batch_op.drop_column("imported_id")
