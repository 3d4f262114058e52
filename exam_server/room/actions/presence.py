"""Writing down, once a second, which terminals are heard; silence and return are facts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from exam_server.room import journal
from exam_server.room.actions.check_in import presence_row
from exam_server.room.rules.lifecycle import UNDER_WAY
from exam_server.room.rules.seating import LOST_AFTER_MS
from exam_server.room.tables import Attempt, Presence
from exam_server.storage.tx import Tx

_STATES = [state.value for state in UNDER_WAY]


def note_presence(tx: Tx, *, changes: Mapping[str, tuple[bool, int]]) -> None:
    """``changes``: (connected, heard wall ms) by candidate, since the last call."""
    for candidate_id, (connected, heard_ms) in changes.items():
        row = presence_row(tx, candidate_id)
        if row.lost_ms is not None and heard_ms > row.lost_ms:
            _returned(tx, row, heard_ms)
        row.connected = connected
        row.heard_ms = max(row.heard_ms, heard_ms)


def note_lost(tx: Tx, *, sitting_id: str) -> None:
    """A terminal under way that has been silent for 20 s is lost, once per silence."""
    silent = tx.session.execute(
        select(Presence, Attempt)
        .join(Attempt, Attempt.candidate_id == Presence.candidate_id)
        .where(
            Attempt.sitting_id == sitting_id,
            Attempt.state.in_(_STATES),
            Presence.connected.is_(False),
            Presence.lost_ms.is_(None),
            Presence.heard_ms < tx.now.wall_ms - LOST_AFTER_MS,
        )
    )
    for row, attempt in silent:
        row.lost_ms = row.heard_ms
        journal.append(tx, chain=attempt, kind="lost", actor="system")


def forget_sockets(tx: Tx) -> None:
    """After a restart no socket is open, whatever the rows say."""
    for row in tx.session.scalars(select(Presence).where(Presence.connected.is_(True))):
        row.connected = False
        row.heard_ms = max(row.heard_ms, tx.now.wall_ms)


def _returned(tx: Tx, row: Presence, heard_ms: int) -> None:
    attempt = tx.session.scalar(
        select(Attempt).where(Attempt.candidate_id == row.candidate_id, Attempt.state.in_(_STATES))
    )
    if attempt is not None and row.lost_ms is not None:
        data = {"silent_ms": heard_ms - row.lost_ms}
        journal.append(tx, chain=attempt, kind="reconnected", actor="system", data=data)
    row.lost_ms = None
