"""Writing down, once a second, which terminals are heard; silence and return are facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, bindparam, select, update
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.room import journal
from exam_server.room.actions.check_in import first_presence, presence_row
from exam_server.room.rules.lifecycle import UNDER_WAY
from exam_server.room.rules.seating import LOST_AFTER_MS
from exam_server.room.tables import Attempt, Presence
from exam_server.storage.base import Base
from exam_server.storage.life import ensure_rows
from exam_server.storage.listed import listed
from exam_server.storage.tx import Tx

_TABLE: Table = Base.metadata.tables[Presence.__tablename__]
_MOVE = (
    update(_TABLE)
    .where(_TABLE.c.candidate_id == bindparam("candidate"))
    .values({name: bindparam(name) for name in ("connected", "served_by", "heard_ms")})
)
_HEARD = (
    select(*_TABLE.columns)
    .where(_TABLE.c.candidate_id.in_(listed("candidates")))
    .order_by(_TABLE.c.candidate_id)
    .with_for_update(key_share=True)
)
_STATES = [state.value for state in UNDER_WAY]


def note_presence(tx: Tx, *, process: int, changes: Mapping[str, tuple[bool, int]]) -> None:
    """``changes``: (connected, heard wall ms) by candidate, since the last call.

    A socket that has moved to another process is not gone because this one has lost it.
    """
    moved = []
    for row in _rows(tx, changes):
        connected, heard_ms = changes[row.candidate_id]
        if row.lost_ms is not None and heard_ms > row.lost_ms:
            _returned(tx, presence_row(tx, row.candidate_id), heard_ms)
        here = connected or row.served_by in (process, None)
        moved.append(
            {
                "candidate": row.candidate_id,
                "connected": connected if here else row.connected,
                "served_by": (process if connected else None) if here else row.served_by,
                "heard_ms": max(row.heard_ms, heard_ms),
            }
        )
    if moved:
        tx.session.flush()
        tx.session.connection().execute(_MOVE, moved)


def _rows(tx: Tx, changes: Mapping[str, tuple[bool, int]]) -> Sequence[Any]:
    """Plain columns, locked: nearly everybody of a room is heard within ten seconds."""
    wanted = {"candidates": list(changes)}
    rows = tx.lock_rows(_HEARD, wanted)
    missing = sorted(changes.keys() - {row.candidate_id for row in rows})
    if not missing:
        return rows
    ensure_rows(tx.session, _TABLE, [first_presence(who, changes[who][1]) for who in missing])
    return tx.lock_rows(_HEARD, wanted)


def note_lost(tx: Tx, *, sitting_id: str) -> None:
    """A terminal under way that has been silent for 20 s is lost, once per silence."""
    silent = _silent(tx.now).where(Attempt.sitting_id == sitting_id)
    silent = silent.order_by(Presence.candidate_id)
    for candidate_id in tx.session.scalars(silent.with_only_columns(Presence.candidate_id)).all():
        attempt = _under_way(tx, candidate_id)
        row = presence_row(tx, candidate_id)
        if attempt is None or row.connected or row.lost_ms is not None:
            continue
        row.lost_ms = row.heard_ms
        journal.append(tx, chain=attempt, kind="lost", actor="system")


def sittings_with_silent(session: Session, now: Instant) -> set[str]:
    """Where :func:`note_lost` has something to note."""
    return set(session.scalars(_silent(now).with_only_columns(Attempt.sitting_id).distinct()))


def _silent(now: Instant) -> Select[Any]:
    return (
        select(Presence)
        .join(Attempt, Attempt.candidate_id == Presence.candidate_id)
        .where(
            Attempt.state.in_(_STATES),
            Presence.connected.is_(False),
            Presence.lost_ms.is_(None),
            Presence.heard_ms < now.wall_ms - LOST_AFTER_MS,
        )
    )


def forget_sockets(tx: Tx, *, serving: frozenset[int] = frozenset()) -> None:
    """No socket is open in a process that serves no longer, whatever the rows say.

    ``serving``: the processes that do; after a start of the first there is none.
    """
    gone = select(Presence).where(Presence.connected.is_(True))
    gone = gone.where(Presence.served_by.is_(None) | Presence.served_by.not_in(serving))
    for row in tx.lock(gone.order_by(Presence.candidate_id)):
        row.connected, row.served_by = False, None
        row.heard_ms = max(row.heard_ms, tx.now.wall_ms)


def _under_way(tx: Tx, candidate_id: str) -> Attempt | None:
    wanted = (Attempt.candidate_id == candidate_id, Attempt.state.in_(_STATES))
    found = tx.lock(select(Attempt).where(*wanted).order_by(Attempt.id))
    return found[0] if found else None


def _returned(tx: Tx, row: Presence, heard_ms: int) -> None:
    attempt = _under_way(tx, row.candidate_id)
    if attempt is not None and row.lost_ms is not None:
        data = {"silent_ms": heard_ms - row.lost_ms}
        journal.append(tx, chain=attempt, kind="reconnected", actor="system", data=data)
    row.lost_ms = None
