"""Writing down, once a second, which terminals are heard; silence and return are facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from exam_server.room import journal
from exam_server.room.actions.check_in import presence_row
from exam_server.room.rules.lifecycle import UNDER_WAY
from exam_server.room.rules.seating import LOST_AFTER_MS
from exam_server.room.tables import Attempt, Presence
from exam_server.storage.tx import Tx

_STATES = [state.value for state in UNDER_WAY]


def note_presence(tx: Tx, *, process: int, changes: Mapping[str, tuple[bool, int]]) -> None:
    """``changes``: (connected, heard wall ms) by candidate, since the last call.

    A socket that has moved to another process is not gone because this one has lost it.
    """
    for row in _rows(tx, changes):
        connected, heard_ms = changes[row.candidate_id]
        if row.lost_ms is not None and heard_ms > row.lost_ms:
            _returned(tx, row, heard_ms)
        if connected:
            row.connected, row.served_by = True, process
        elif row.served_by in (process, None):
            row.connected, row.served_by = False, None
        row.heard_ms = max(row.heard_ms, heard_ms)


def _rows(tx: Tx, changes: Mapping[str, tuple[bool, int]]) -> Sequence[Presence]:
    wanted = (
        select(Presence)
        .where(Presence.candidate_id.in_(changes.keys()))
        .order_by(Presence.candidate_id)
    )
    rows = tx.lock(wanted)
    missing = changes.keys() - {row.candidate_id for row in rows}
    for candidate_id in sorted(missing):
        presence_row(tx, candidate_id, changes[candidate_id][1])
    return tx.lock(wanted) if missing else rows


def note_lost(tx: Tx, *, sitting_id: str) -> None:
    """A terminal under way that has been silent for 20 s is lost, once per silence."""
    silent = (
        select(Presence)
        .join(Attempt, Attempt.candidate_id == Presence.candidate_id)
        .where(
            Attempt.sitting_id == sitting_id,
            Attempt.state.in_(_STATES),
            Presence.connected.is_(False),
            Presence.lost_ms.is_(None),
            Presence.heard_ms < tx.now.wall_ms - LOST_AFTER_MS,
        )
        .order_by(Presence.candidate_id)
    )
    for candidate_id in tx.session.scalars(silent.with_only_columns(Presence.candidate_id)).all():
        attempt = _under_way(tx, candidate_id)
        row = presence_row(tx, candidate_id)
        if attempt is None or row.connected or row.lost_ms is not None:
            continue
        row.lost_ms = row.heard_ms
        journal.append(tx, chain=attempt, kind="lost", actor="system")


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
