"""Second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INTEGER_64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "staff_recovery_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("used_ms", INTEGER_64, nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_code_staff_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_staff_recovery_code")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("totp", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("totp_step", INTEGER_64, server_default="0", nullable=False))

    with op.batch_alter_table("staff_login", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("complete", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("code_given", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("offered", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("staff_login", schema=None) as batch_op:
        batch_op.drop_column("offered")
        batch_op.drop_column("code_given")
        batch_op.drop_column("complete")

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("totp_step")
        batch_op.drop_column("totp")
        batch_op.drop_column("must_change")

    op.drop_table("staff_recovery_code")
