"""How an attempt ends: handed in, out of time, ended by a proctor, or never begun.

Only the server ends an attempt (invariant 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, select
from sqlalchemy.orm import Session

from exam_server.auth.identity import ROOM_STAFF, Role, Staff, require
from exam_server.clock import Instant
from exam_server.desk.rules import written
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.errors import Refusal
from exam_server.room import journal
from exam_server.room.actions.check_in import late_limit_minutes, past_late_limit
from exam_server.room.actions.people import (
    attempt,
    attempts_of,
    profile_of,
    sitting,
    timing_of,
)
from exam_server.room.rules.lifecycle import ENDED, AttemptState, Cause, advance
from exam_server.room.tables import Attempt
from exam_server.storage.tx import Tx

_RUNNING = select(Attempt).where(
    Attempt.state == AttemptState.IN_PROGRESS.value, Attempt.running_since_ms.is_not(None)
)
_RUNS_MS = bindparam("boot_ms", type_=BigInteger()) - Attempt.running_since_ms
_RUNS = (Attempt.boot == bindparam("boot")) & (_RUNS_MS > 0)
_LEFT_MS = (
    Attempt.limit_ms + Attempt.granted_ms - Attempt.spent_ms - case((_RUNS, _RUNS_MS), else_=0)
)
# Timing.expired as the database can ask it: most of a room is not over yet. Asked every second,
# so put together once.
_OVER = -bindparam("grace_ms", type_=BigInteger()) >= _LEFT_MS
_OVER_IN = _RUNNING.with_only_columns(Attempt.id).where(
    Attempt.sitting_id == bindparam("sitting"), _OVER
)
_WITH_EXPIRED = _RUNNING.with_only_columns(Attempt.sitting_id).where(_OVER).distinct()


def force_submit(tx: Tx, *, attempt_id: str, actor: Staff, reason: str) -> None:
    """A proctor ends an attempt, with a reason; what was answered is scored."""
    require(actor, *ROOM_STAFF, action="force_submit")
    found = attempt(tx, attempt_id)
    where = sitting(tx, found.sitting_id)
    if where.state != SittingState.RUNNING:
        raise Refusal("bell_not_rung", 409)
    if AttemptState(found.state) in ENDED:
        raise Refusal("attempt_ended", 409)
    never_came = found.ordinal == 1 and found.state == AttemptState.ASSIGNED
    if never_came:
        raise Refusal("mark_absent_instead", 409)
    end(tx, [found], cause=Cause.PROCTOR, actor=actor.actor, reason=reason)


def sweep_expired(tx: Tx, *, sitting_id: str) -> list[str]:
    """Submit every attempt of the sitting whose time and grace are over; candidate ids."""
    where = sitting(tx, sitting_id)
    if where.state != SittingState.RUNNING or where.paused_boot_ms is not None:
        return []
    grace_ms = profile_of(tx, where).room.accept_grace_seconds * 1000
    asked = _asked(tx.now, grace_ms)
    due = tx.session.scalars(_OVER_IN, {**asked, "sitting": sitting_id}).all()
    if not due:
        return []
    over = [  # a grant may have come while a row was waited for
        found
        for found in tx.lock(_RUNNING.where(Attempt.id.in_(due)).order_by(Attempt.id))
        if _expired(tx, found, grace_ms)
    ]
    ended = [found.candidate_id for found in over]
    end(tx, over, cause=Cause.TIME, actor="system")
    return ended


def sittings_with_expired(session: Session, now: Instant) -> set[str]:
    """Where :func:`sweep_expired` may have something to end: at zero, whatever the grace."""
    return set(session.scalars(_WITH_EXPIRED, _asked(now, 0)))


def _asked(now: Instant, grace_ms: int) -> dict[str, Any]:
    return {"boot": now.boot, "boot_ms": now.boot_ms, "grace_ms": grace_ms}


def _expired(tx: Tx, found: Attempt, grace_ms: int) -> bool:
    return timing_of(found).expired(tx.now, grace_ms)


def mark_absent(tx: Tx, *, candidate_id: str, actor: Staff, reason: str) -> None:
    """A candidate who has not logged in by the late limit is absent 缺考 (DOMAIN D22)."""
    require(actor, *ROOM_STAFF, action="absent")
    attempts = attempts_of(tx, candidate_id)
    first = attempts[0]
    where = sitting(tx, first.sitting_id)
    if first.state != AttemptState.ASSIGNED:
        raise Refusal("not_absent", 409)
    rules = profile_of(tx, where)
    if not past_late_limit(tx, where, rules):
        raise Refusal("absent_too_early", 409, {"minutes": late_limit_minutes(rules)})
    for found in attempts:
        found.state = advance(found.state, AttemptState.ABSENT)
        journal.append(tx, chain=found, kind="absent", actor=actor.actor, data={"reason": reason})


def admit_late(tx: Tx, *, candidate_id: str, actor: Staff, reason: str) -> None:
    """Let a candidate log in after the late limit; the lost time stays lost."""
    require(actor, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN, action="admit_late")
    first = attempts_of(tx, candidate_id)[0]
    if first.state != AttemptState.ASSIGNED:
        raise Refusal("wrong_state", 409, {"state": first.state, "wanted": "assigned"})
    first.late_admitted = True
    journal.append(
        tx, chain=first, kind="late_admitted", actor=actor.actor, data={"reason": reason}
    )


def end(
    tx: Tx, attempts: Sequence[Any], *, cause: Cause, actor: str, reason: str | None = None
) -> None:
    """End these attempts, which have not ended yet: rows as they stand, locked."""
    by_hand = cause is Cause.PROCTOR
    said = {"reason": written.reason(reason or "", "submitted")} if by_hand else {}
    turns = []
    for found in attempts:
        timing = timing_of(found).stop(tx.now)
        left_ms = max(0, timing.left(tx.now))
        data = {"cause": cause.value, "left_ms": left_ms, "answered": found.answered, **said}
        changes = {
            "state": advance(found.state, AttemptState.SUBMITTED),
            "cause": cause.value,
            "submitted_ms": tx.now.wall_ms,
            "spent_ms": timing.spent_ms,
            "running_since_ms": timing.running_since_ms,
            "boot": timing.boot,
        }
        turns.append(journal.Turn(found, data, changes))
    journal.append_to_each(tx, kind="submitted", actor=actor, turns=turns)
