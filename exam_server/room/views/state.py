"""What a terminal is told again and again: its State (docs/reference/terminal-api.md).

Everybody asks, and whatever happens to a whole room is told to all of it: the State of many
terminals is as many questions to the database as the State of one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.tables import Candidate, Sitting
from exam_server.room.rules.lifecycle import ENDED, AttemptState
from exam_server.room.rules.timing import Timing
from exam_server.room.tables import Attempt, MachineChange, Message, Presence, Terminal
from exam_server.storage.listed import listed

MESSAGES_SHOWN = 5
_PLACES = (
    select(
        *(Candidate.id.label("candidate_id"), Sitting.id, Sitting.state),
        *(Sitting.planned_start_ms, Sitting.bell_ms, Sitting.paused_boot_ms, Sitting.head),
        *(Terminal.pledged_ms, Presence.hand_raised_ms),
        *(MachineChange.to_seat, MachineChange.released_ms),
    )
    .select_from(Candidate)
    .join(Sitting, Sitting.id == Candidate.sitting_id)
    .outerjoin(Terminal, Terminal.candidate_id == Candidate.id)
    .outerjoin(Presence, Presence.candidate_id == Candidate.id)
    .outerjoin(MachineChange, MachineChange.candidate_id == Candidate.id)
    .where(Candidate.id.in_(listed("candidates")))
)
_ATTEMPTS = (
    select(
        *(Attempt.id, Attempt.candidate_id, Attempt.ordinal, Attempt.subject, Attempt.state),
        *(Attempt.cause, Attempt.limit_ms, Attempt.granted_ms, Attempt.spent_ms),
        *(Attempt.running_since_ms, Attempt.boot, Attempt.fence, Attempt.answered),
        *(Attempt.head_seq, Attempt.head, Attempt.submitted_ms),
    )
    .where(Attempt.candidate_id.in_(listed("candidates")))
    .order_by(Attempt.ordinal)
)
_MESSAGES = select(
    *(Message.id, Message.text, Message.at_ms, Message.sitting_id, Message.candidate_id)
).where(
    Message.sitting_id.in_(listed("sittings")),
    Message.candidate_id.in_(listed("candidates")) | Message.candidate_id.is_(None),
)
_GOES_ON = frozenset(
    {"now_ms", "bell_in_ms", "left_ms", "answered", "head_seq", "head", "sitting", "attempts"}
)
ScoresOf = Callable[[Session, Collection[str]], Mapping[str, Any]]


def states(
    session: Session,
    candidate_ids: Collection[str],
    *,
    now: Instant,
    epoch: int,
    scores_of: ScoresOf,
) -> dict[str, dict[str, Any]]:
    """The State of each of these candidates' terminals, by candidate id.

    Who is in no sitting or has no attempt is not there. ``scores_of``: the score page of
    each who may see it. Holds no key, ever.
    """
    wanted = {"candidates": list(candidate_ids)}
    places = {row.candidate_id: row for row in session.execute(_PLACES, wanted)}
    attempts: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(_ATTEMPTS, wanted):
        attempts[row.candidate_id].append(row)
    over = [ident for ident, rows in attempts.items() if AttemptState(rows[-1].state) in ENDED]
    scores = scores_of(session, over) if over else {}
    messages = _messages(session, places)
    return {
        ident: _versioned(
            {
                "epoch": epoch,
                "now_ms": now.wall_ms,
                **_place_state(where, now),
                **_sat_state(attempts[ident], now),
                "messages": messages[ident],
                "result": msgspec.to_builtins(scores.get(ident)),
            }
        )
        for ident, where in places.items()
        if ident in attempts
    }


def _versioned(state: dict[str, Any]) -> dict[str, Any]:
    """With ``version``: another one when there is news, not when only time or answers went on."""
    sitting, attempts = state["sitting"], state["attempts"]
    news = (
        [value for name, value in state.items() if name not in _GOES_ON],
        [value for name, value in sitting.items() if name not in _GOES_ON],
        [[value for name, value in one.items() if name not in _GOES_ON] for one in attempts],
    )
    digest = hashlib.blake2b(msgspec.json.encode(news), digest_size=8)
    return {"version": digest.hexdigest(), **state}


def _place_state(where: Any, now: Instant) -> dict[str, Any]:
    before_bell = where.bell_ms is None
    return {
        "sitting": {
            "state": where.state,
            "planned_start_ms": where.planned_start_ms,
            "bell_in_ms": max(0, where.planned_start_ms - now.wall_ms) if before_bell else None,
            "paused": where.paused_boot_ms is not None,
            "head": where.head,
        },
        "pledged": bool(where.pledged_ms),
        "hand_raised": bool(where.hand_raised_ms),
        "move_to": where.to_seat if where.released_ms else None,
    }


def _sat_state(attempts: Sequence[Any], now: Instant) -> dict[str, Any]:
    return {
        "checked_in": attempts[0].state != AttemptState.ASSIGNED,
        "absent": attempts[0].state == AttemptState.ABSENT,
        "attempts": [_attempt_state(attempt, now) for attempt in attempts],
    }


def _attempt_state(attempt: Any, now: Instant) -> dict[str, Any]:
    timing = Timing(
        attempt.limit_ms,
        attempt.granted_ms,
        attempt.spent_ms,
        attempt.running_since_ms,
        attempt.boot,
    )
    return {
        "id": attempt.id,
        "ordinal": attempt.ordinal,
        "subject": attempt.subject,
        "state": attempt.state,
        "cause": attempt.cause,
        "running": timing.running,
        "left_ms": max(0, timing.left(now)),
        "limit_ms": attempt.limit_ms,
        "granted_ms": attempt.granted_ms,
        "fence": attempt.fence,
        "answered": attempt.answered,
        "head_seq": attempt.head_seq,
        "head": attempt.head,
        "submitted_ms": attempt.submitted_ms,
    }


def _messages(session: Session, places: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The newest of those to the room and to the candidate, newest first."""
    sittings = list({where.id for where in places.values()})
    rows = session.execute(_MESSAGES, {"sittings": sittings, "candidates": list(places)})
    told: dict[tuple[str, str | None], list[Any]] = defaultdict(list)
    for row in rows:
        told[row.sitting_id, row.candidate_id].append(row)
    return {
        ident: [
            {"id": row.id, "text": row.text, "at_ms": row.at_ms}
            for row in sorted(
                (*told[where.id, None], *told[where.id, ident]),
                key=lambda row: (row.at_ms, row.id),
                reverse=True,
            )[:MESSAGES_SHOWN]
        ]
        for ident, where in places.items()
    }
