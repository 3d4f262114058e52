"""Which processes serve this centre at the moment: a lock that goes with its holder's connection.

On PostgreSQL each serving process holds an advisory lock of its own as long as its writing
connection stands; a killed process, or one that the database has lost, holds none. On SQLite
one process writes, and a kernel lock sees to that.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

_CLASS = 0x6B6C  # any fixed number: tells these locks from others of the same database
_HOLDERS = text(
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"
    " AND classid = :kind"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def new_process() -> int:
    """A number for a process that begins to serve; never used again."""
    return 1 + secrets.randbelow(2**31 - 1)


def stand_for(session: Session, process: int) -> None:
    """Hold ``process``'s lock on this connection until it ends, whatever is rolled back."""
    if _many(session) and process not in serving(session):
        taken = text("SELECT pg_advisory_lock_shared(:kind, :process)")
        session.execute(taken, {"kind": _CLASS, "process": process})


def serving(session: Session) -> frozenset[int]:
    """The processes that serve; none on SQLite, where whoever asks is the only one."""
    if not _many(session):
        return frozenset()
    return frozenset(session.scalars(_HOLDERS, {"kind": _CLASS}))


def ensure_rows(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert those of ``rows`` whose key is not there: two processes may begin at once."""
    build = postgresql.insert if _many(session) else sqlite.insert
    session.execute(build(table).on_conflict_do_nothing(), rows)


def _many(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
