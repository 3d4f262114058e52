"""The lease of the sweep: of all processes that serve, one looks after what is due (DESIGN §4).

One row with its holder, until by the deciding clock. Whoever holds it renews it every second;
when the holder is gone, another takes it over. Every write of the sweep asks for it in the
same transaction, so that a holder who slept and lost it meanwhile can write nothing any more.
"""

from __future__ import annotations

from sqlalchemy import Table, select
from sqlalchemy.orm import Mapped, mapped_column

from exam_server.storage.base import Base
from exam_server.storage.life import ensure_rows, serving
from exam_server.storage.tx import Tx

LEASE_MS = 5_000
SWEEP = "sweep"


class LeaseLostError(Exception):
    """Another process has the lease: what was begun under it is not done."""


class Lease(Base):
    """``holder``: a process. ``until_ms``: boot clock, until when it is theirs alone."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[int]
    until_ms: Mapped[int]


_LEASE: Table = Base.metadata.tables[Lease.__tablename__]


def hold(tx: Tx, *, process: int) -> bool:
    """Take or renew the sweep's lease for ``process``; False while a living other has it."""
    ensure_rows(tx.session, _LEASE, [{"name": SWEEP, "holder": process, "until_ms": 0}])
    (lease,) = tx.lock(select(Lease).where(Lease.name == SWEEP))
    over = lease.until_ms <= tx.now.boot_ms or lease.holder not in serving(tx.session)
    if lease.holder != process and not over:
        return False
    lease.holder, lease.until_ms = process, tx.now.boot_ms + LEASE_MS
    return True


def under_lease(tx: Tx, *, process: int) -> None:
    """:class:`LeaseLostError` unless ``process`` still holds the lease; renews it."""
    if not hold(tx, process=process):
        raise LeaseLostError
