"""Who a terminal is, and what a machine shows before anybody has logged in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from exam_server.auth.actions import token_hash
from exam_server.clock import Instant
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Candidate, Sitting
from exam_server.room.tables import Attempt, Presence, Terminal
from exam_server.room.views.shelves import Shelves
from exam_server.storage.listed import listed

ARRIVAL_MS = 30 * 60_000  # candidates take their seats this long before the planned start
_OVER = (SittingState.CLOSED, SittingState.SCORED)
_RANK = {"running": 0, "unsealed": 1, "ready": 2, "planned": 3, "closed": 4, "scored": 5}
_HELD = (SittingState.UNSEALED, SittingState.RUNNING)
# Asked all the time: built once, plain columns.
_LOGINS = (
    select(
        *(Terminal.candidate_id, Terminal.token_hash),
        *(Sitting.id, Sitting.state, Sitting.centre, Sitting.room, Sitting.planned_start_ms),
    )
    .join(Candidate, Candidate.id == Terminal.candidate_id)
    .join(Sitting, Sitting.id == Candidate.sitting_id)
    .where(Terminal.token_hash.in_(listed("tokens")))
)

_SITTINGS = select(
    *(Sitting.id, Sitting.exam_id, Sitting.name, Sitting.centre, Sitting.room, Sitting.state),
    Sitting.planned_start_ms,
).where(Sitting.room.in_(listed("rooms")))


def terminals_of(
    session: Session, tokens: Sequence[str], now: Instant, *, delivering: bool = False
) -> dict[str, tuple[str, str]]:
    """(candidate id, sitting id) of each live terminal, by its cookie's token.

    A login ends with its sitting: when that is released, or is over and the room's next one
    is about to begin. Whoever sits down then must not find the last person's score. What is
    still in an outbox may be handed over even so (``delivering``): late evidence is kept.
    """
    by_hash = {token_hash(token): token for token in tokens}
    rows = session.execute(_LOGINS, {"tokens": list(by_hash)})
    return {
        by_hash[row.token_hash]: (row.candidate_id, row.id)
        for row in rows.all()
        if delivering or not _has_ended(session, row.candidate_id, row, now)
    }


def _has_ended(session: Session, candidate_id: str, where: Any, now: Instant) -> bool:
    if where.state == SittingState.RELEASED:
        return True
    if where.state not in _OVER or not _next_is_due(session, where, now):
        return False
    # a machine that was cut off before the end comes back with its outbox: let it in once
    heard_ms = session.scalar(
        select(Presence.heard_ms).where(Presence.candidate_id == candidate_id)
    )
    ended_ms = session.scalar(
        select(func.max(Attempt.submitted_ms)).where(Attempt.candidate_id == candidate_id)
    )
    return (heard_ms or now.wall_ms) >= (ended_ms or 0)


def _next_is_due(session: Session, where: Any, now: Instant) -> bool:
    """Whether people of another sitting may come into this room by now."""
    arriving = and_(
        Sitting.state == SittingState.READY.value,
        Sitting.planned_start_ms.between(where.planned_start_ms, now.wall_ms + ARRIVAL_MS),
    )
    query = select(Sitting.id).where(
        Sitting.centre == where.centre,
        Sitting.room == where.room,
        Sitting.id != where.id,
        Sitting.state.in_([state.value for state in _HELD]) | arriving,
    )
    return session.scalar(query.limit(1)) is not None


def places(
    session: Session, rooms: Collection[str], now: Instant, shelves: Shelves
) -> dict[str, dict[str, Any]]:
    """What machines of these rooms show before anybody has logged in, by room.

    Of the room's sittings that which is under way, else the next, else the latest; a room
    without one is not there.
    """
    sittings: dict[str, list[Any]] = defaultdict(list)
    for where in session.execute(_SITTINGS, {"rooms": list(rooms)}):
        if where.state in _RANK:
            sittings[where.room].append(where)
    return {
        room: _place(session, min(there, key=lambda one: _nearness(one, now)), now, shelves)
        for room, there in sittings.items()
    }


def _nearness(where: Any, now: Instant) -> tuple[int, int]:
    return _RANK[where.state], abs(where.planned_start_ms - now.wall_ms)


def _place(session: Session, where: Any, now: Instant, shelves: Shelves) -> dict[str, Any]:
    exam = shelves.exam(session, where.exam_id)
    return {
        "exam": {"name": exam.told["exam"], "mode": exam.told["mode"]},
        "centre": where.centre,
        "room": where.room,
        "sitting": {
            "id": where.id,
            "name": where.name,
            "date_label": where.name,
            "planned_start_ms": where.planned_start_ms,
        },
        "ticket_digits": exam.rules.login.ticket_digits,
        "seat_binding": exam.rules.login.seat_binding,
        "now_ms": now.wall_ms,
        "limits_shortened": exam.rules.limits_shortened,
    }
