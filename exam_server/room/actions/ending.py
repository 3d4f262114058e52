"""How an attempt ends: handed in, out of time, ended by a proctor, or never begun.

Only the server ends an attempt (invariant 4).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.errors import Refusal
from exam_server.room import journal
from exam_server.room.actions.check_in import past_late_limit
from exam_server.room.actions.people import (
    attempt,
    attempts_of,
    profile_of,
    set_timing,
    sitting,
    timing_of,
)
from exam_server.room.rules.lifecycle import ENDED, AttemptState, Cause, advance
from exam_server.room.tables import Attempt
from exam_server.storage.tx import Tx


def submit(tx: Tx, *, attempt_id: str, candidate_id: str) -> None:
    """The candidate hands in; repeating changes nothing.

    The outbox travels in the same command before this call, so a hand-in is never blank
    because of the network. Refusals: ``not_started``; ``submit_too_early`` (DOMAIN D22).
    """
    found = attempt(tx, attempt_id)
    if found.candidate_id != candidate_id:
        raise Refusal("not_found", 404, {"what": "attempt", "id": attempt_id})
    if AttemptState(found.state) in ENDED:
        return
    if found.started_ms is None:
        raise Refusal("not_started", 409)
    rules = profile_of(tx, sitting(tx, found.sitting_id))
    earliest_ms = rules.room.earliest_submit_minutes * 60_000
    if timing_of(found).spent(tx.now) < earliest_ms:
        raise Refusal("submit_too_early", 409, {"minutes": rules.room.earliest_submit_minutes})
    _end(tx, found, Cause.CANDIDATE, "candidate")


def force_submit(tx: Tx, *, attempt_id: str, actor: Staff, reason: str) -> None:
    """A proctor ends an attempt, with a reason; what was answered is scored."""
    require(actor, Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN, action="force_submit")
    found = attempt(tx, attempt_id)
    where = sitting(tx, found.sitting_id)
    if where.state != SittingState.RUNNING:
        raise Refusal("bell_not_rung", 409)
    if AttemptState(found.state) in ENDED:
        raise Refusal("attempt_ended", 409)
    never_came = found.ordinal == 1 and found.state == AttemptState.ASSIGNED
    if never_came:
        raise Refusal("mark_absent_instead", 409)
    _end(tx, found, Cause.PROCTOR, actor.actor, reason)


def sweep_expired(tx: Tx, *, sitting_id: str) -> list[str]:
    """Submit every attempt of the sitting whose time and grace are over; candidate ids."""
    where = sitting(tx, sitting_id)
    if where.state != SittingState.RUNNING or where.paused_boot_ms is not None:
        return []
    grace_ms = profile_of(tx, where).room.accept_grace_seconds * 1000
    running = select(Attempt).where(
        Attempt.sitting_id == sitting_id,
        Attempt.state == AttemptState.IN_PROGRESS.value,
        Attempt.running_since_ms.is_not(None),
    )
    due = tx.session.scalars(running.with_only_columns(Attempt.id).where(_over(tx, grace_ms))).all()
    if not due:
        return []
    ended = []
    for found in tx.lock(running.where(Attempt.id.in_(due)).order_by(Attempt.id)):
        if _expired(tx, found, grace_ms):  # a grant may have come while it was waited for
            _end(tx, found, Cause.TIME, "system")
            ended.append(found.candidate_id)
    return ended


def _over(tx: Tx, grace_ms: int) -> ColumnElement[bool]:
    """:meth:`Timing.expired` as the database can ask it: most of a room is not over yet."""
    runs = (Attempt.boot == tx.now.boot) & (Attempt.running_since_ms < tx.now.boot_ms)
    runs_ms = case((runs, tx.now.boot_ms - Attempt.running_since_ms), else_=0)
    return Attempt.limit_ms + Attempt.granted_ms - Attempt.spent_ms - runs_ms <= -grace_ms


def _expired(tx: Tx, found: Attempt, grace_ms: int) -> bool:
    return timing_of(found).expired(tx.now, grace_ms)


def mark_absent(tx: Tx, *, candidate_id: str, actor: Staff, reason: str) -> None:
    """A candidate who has not logged in by the late limit is absent 缺考 (DOMAIN D22)."""
    require(actor, Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN, action="absent")
    attempts = attempts_of(tx, candidate_id)
    first = attempts[0]
    where = sitting(tx, first.sitting_id)
    if first.state != AttemptState.ASSIGNED:
        raise Refusal("not_absent", 409)
    rules = profile_of(tx, where)
    if not past_late_limit(tx, where, rules):
        raise Refusal("absent_too_early", 409, {"minutes": rules.room.late_limit_minutes})
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


def _end(tx: Tx, found: Attempt, cause: Cause, actor: str, reason: str | None = None) -> None:
    timing = timing_of(found).stop(tx.now)
    left_ms = max(0, timing.left(tx.now))
    set_timing(found, timing)
    found.state = advance(found.state, AttemptState.SUBMITTED)
    found.cause = cause.value
    found.submitted_ms = tx.now.wall_ms
    data: dict[str, object] = {
        "cause": cause.value,
        "left_ms": left_ms,
        "answered": found.answered,
    }
    if cause is Cause.PROCTOR:
        if not (reason or "").strip():
            raise Refusal("reason_required", 422, {"kind": "submitted"})
        data["reason"] = reason
    journal.append(tx, chain=found, kind="submitted", actor=actor, data=data)
