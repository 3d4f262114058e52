"""What is under a second is not proposed any more: a grant of whole seconds had left it over, and
it stood against the close of a sitting without being on the board's list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    attempt = sa.table("attempt", sa.column("proposed_ms", sa.BigInteger()))
    under_a_second = attempt.c.proposed_ms.between(1, 999)
    op.execute(sa.update(attempt).where(under_a_second).values(proposed_ms=0))


def downgrade() -> None:
    """What was proposed is in the journal."""
