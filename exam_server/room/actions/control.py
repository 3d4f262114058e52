"""What a proctor does while the time runs: pause, grant, tell, record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exam_server.auth.identity import ROOM_STAFF, Role, Staff, require
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.written import words
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.profiles.profile import Profile
from exam_server.room import journal
from exam_server.room.actions.people import (
    attempt,
    attempts_named,
    attempts_of,
    current_attempt,
    in_progress,
    profile_of,
    set_timing,
    set_timings,
    sitting,
    timing_of,
    under_way,
)
from exam_server.room.rules.lifecycle import UNDER_WAY, AttemptState, advance
from exam_server.room.rules.suggestion import to_propose
from exam_server.room.tables import Attempt, Incident, Message
from exam_server.storage.tx import Tx

LONGEST_GRANT_SECONDS = 4 * 3600
INCIDENT_KINDS = ("equipment", "health", "violation", "other")


def pause_attempt(tx: Tx, *, attempt_id: str, actor: Staff, reason: str) -> None:
    """Stop one candidate's time."""
    require(actor, *ROOM_STAFF, action="pause")
    found = attempt(tx, attempt_id)
    found.state = advance(found.state, AttemptState.PAUSED)
    set_timing(found, timing_of(found).stop(tx.now))
    journal.append(tx, chain=found, kind="paused", actor=actor.actor, data={"reason": reason})


def resume_attempt(tx: Tx, *, attempt_id: str, actor: Staff, reason: str) -> None:
    """Let one candidate's time run again (unless the whole room is paused)."""
    require(actor, *ROOM_STAFF, action="resume")
    found = attempt(tx, attempt_id)
    if found.state != AttemptState.PAUSED:
        raise Refusal("wrong_state", 409, {"state": found.state, "wanted": "in_progress"})
    found.state = advance(found.state, AttemptState.IN_PROGRESS)
    if sitting(tx, found.sitting_id).paused_boot_ms is None:
        set_timing(found, timing_of(found).resume(tx.now))
    journal.append(tx, chain=found, kind="resumed", actor=actor.actor, data={"reason": reason})


def pause_sitting(tx: Tx, *, sitting_id: str, actor: Staff, reason: str) -> None:
    """Stop the time of the whole room."""
    require(actor, *ROOM_STAFF, action="pause")
    where = _running(tx, sitting_id)
    if where.paused_boot_ms is not None:
        raise Refusal("already_paused", 409)
    stop_room(tx, where)
    journal.append(tx, chain=where, kind="paused", actor=actor.actor, data={"reason": reason})


def resume_sitting(tx: Tx, *, sitting_id: str, actor: Staff, reason: str) -> None:
    """Let the time of the whole room run again."""
    require(actor, *ROOM_STAFF, action="resume")
    where = _running(tx, sitting_id)
    if where.paused_boot_ms is None:
        raise Refusal("not_paused", 409)
    standing = in_progress(tx, sitting_id)  # first: what follows is one moment
    where.stopped_ms += max(0, tx.now.boot_ms - where.paused_boot_ms)
    where.paused_boot_ms = None
    set_timings(tx, [(one, timing_of(one).resume(tx.now)) for one in standing])
    journal.append(tx, chain=where, kind="resumed", actor=actor.actor, data={"reason": reason})


def stop_room(tx: Tx, where: Sitting) -> None:
    """Every running attempt stands still from now."""
    running = in_progress(tx, where.id)  # first: what follows is one moment
    where.paused_boot_ms = tx.now.boot_ms
    set_timings(tx, [(one, timing_of(one).stop(tx.now)) for one in running])


def grant(
    tx: Tx,
    *,
    actor: Staff,
    seconds: int,
    reason: str,
    attempt_id: str | None = None,
    sitting_id: str | None = None,
    second: Staff | None = None,
) -> list[str]:
    """补时: more time for one attempt, or for every attempt under way in a sitting.

    Beyond the proctor's limit (cumulative, profile ``room.proctor_grant_minutes``) a second
    person is needed, one of the two a chief proctor or centre admin (invariant 10, D38).
    Returns the candidates concerned.
    """
    require(actor, *ROOM_STAFF, action="grant")
    if not 0 < seconds <= LONGEST_GRANT_SECONDS:
        raise Refusal("grant_out_of_range", 422, {"most_minutes": LONGEST_GRANT_SECONDS // 60})
    targets: Sequence[Any]  # entities, or rows of plain columns
    if attempt_id is not None:
        targets = [attempt(tx, attempt_id)]
        where = sitting(tx, targets[0].sitting_id)
    else:
        where = _running(tx, sitting_id or "")
        targets = under_way(tx, where.id)
    if not targets or AttemptState(targets[0].state) not in UNDER_WAY:
        raise Refusal("attempt_not_under_way", 409)
    _second_person(profile_of(tx, where), targets, seconds, actor, second)
    data: dict[str, object] = {"ms": seconds * 1000, "reason": reason}
    if second is not None:
        data["second"] = second.actor
    set_timings(tx, [(one, timing_of(one).grant(seconds * 1000)) for one in targets])
    _settle(tx, targets, seconds * 1000)
    if attempt_id is not None:
        journal.append(tx, chain=targets[0], kind="granted", actor=actor.actor, data=data)
    else:
        data["attempts"] = [found.id for found in targets]
        journal.append(tx, chain=where, kind="granted", actor=actor.actor, data=data)
    return [found.candidate_id for found in targets]


def _settle(tx: Tx, targets: Sequence[Any], ms: int) -> None:
    """What is given back is not proposed any more; few have moved to another machine."""
    moved = [found.id for found in targets if found.proposed_ms]
    for found in attempts_named(tx, moved).values() if moved else ():
        found.proposed_ms = to_propose(found.proposed_ms - ms)


def _second_person(
    rules: Profile, targets: Sequence[Any], seconds: int, actor: Staff, second: Staff | None
) -> None:
    limit_ms = rules.room.proctor_grant_minutes * 60_000
    most_ms = max(found.granted_ms for found in targets) + seconds * 1000
    if most_ms <= limit_ms:
        return
    facts: dict[str, object] = {"minutes": rules.room.proctor_grant_minutes}
    if second is None or second.id == actor.id:
        raise Refusal("second_person_required", 403, facts)
    require(second, *ROOM_STAFF, action="grant")
    senior = (Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN)
    if actor.role not in senior and second.role not in senior:
        raise Refusal("chief_required", 403, facts)


def send_message(
    tx: Tx, *, sitting_id: str, candidate_id: str | None, text: str, actor: Staff
) -> None:
    """A sentence to one candidate, or to the whole room."""
    require(actor, *ROOM_STAFF, action="message")
    text = _text(text, "message")
    row = Message(
        id=new_id(),
        sitting_id=sitting_id,
        candidate_id=candidate_id,
        text=text,
        at_ms=tx.now.wall_ms,
        staff_id=actor.id,
    )
    tx.session.add(row)
    journal.append(
        tx,
        chain=_chain(tx, sitting_id, candidate_id),
        kind="message",
        actor=actor.actor,
        data={"text": text},
    )


def record_incident(
    tx: Tx, *, sitting_id: str, candidate_id: str | None, kind: str, text: str, actor: Staff
) -> str:
    """异常情况: a fact and a proposal; it changes no score (invariant 10). Its id."""
    require(actor, *ROOM_STAFF, action="incident")
    if kind not in INCIDENT_KINDS:
        raise Refusal("incident_kind", 422, {"kind": kind})
    text = _text(text, "incident")
    row = Incident(
        id=new_id(),
        sitting_id=sitting_id,
        candidate_id=candidate_id,
        kind=kind,
        text=text,
        at_ms=tx.now.wall_ms,
        staff_id=actor.id,
    )
    tx.session.add(row)
    journal.append(
        tx,
        chain=_chain(tx, sitting_id, candidate_id),
        kind="incident",
        actor=actor.actor,
        data={"kind": kind, "text": text, "id": row.id},
    )
    return row.id


def _chain(tx: Tx, sitting_id: str, candidate_id: str | None) -> Attempt | Sitting:
    if candidate_id is None:
        return sitting(tx, sitting_id)
    found = current_attempt(attempts_of(tx, candidate_id))
    if found.sitting_id != sitting_id:
        raise Refusal("not_found", 404, {"what": "candidate", "id": candidate_id})
    return found


def _text(text: str, kind: str) -> str:
    said = words(text, kind)
    if not said:
        raise Refusal("text_required", 422)
    return said


def _running(tx: Tx, sitting_id: str) -> Sitting:
    where = sitting(tx, sitting_id)
    if where.state != SittingState.RUNNING:
        raise Refusal("bell_not_rung", 409)
    return where
