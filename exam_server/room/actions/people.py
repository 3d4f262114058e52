"""Finding the rows an act is about, with refusals that say what is missing.

Attempts are found to be changed: they are the command's alone until its commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, select, update

from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile, of_exam
from exam_server.room import journal
from exam_server.room.rules.lifecycle import ENDED, UNDER_WAY, AttemptState
from exam_server.room.rules.timing import Timing
from exam_server.room.tables import Attempt
from exam_server.storage.base import Base
from exam_server.storage.tx import Tx

A = TypeVar("A", bound=Any)  # an attempt: the entity, or a row of plain columns
_ATTEMPT: Table = Base.metadata.tables[Attempt.__tablename__]
_TIMES = ("granted_ms", "spent_ms", "running_since_ms", "boot")  # what a rule may change
_STANDING = (
    select(
        *(_ATTEMPT.c.id, _ATTEMPT.c.candidate_id, _ATTEMPT.c.state, _ATTEMPT.c.proposed_ms),
        *(_ATTEMPT.c[name] for name in ("limit_ms", *_TIMES)),
    )
    .where(_ATTEMPT.c.sitting_id == bindparam("sitting"))
    # also who has not begun: whoever begins at this moment is waited for, and is one of them then
    .where(_ATTEMPT.c.state.not_in([state.value for state in ENDED]))
    .order_by(_ATTEMPT.c.id)
    .with_for_update(key_share=True)
)
_SET_TIMES = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("attempt"))
    .values({name: bindparam(name) for name in _TIMES})
)


def sitting(tx: Tx, sitting_id: str) -> Sitting:
    """The sitting, or 404."""
    found = tx.session.get(Sitting, sitting_id)
    if found is None:
        raise not_found("sitting", sitting_id)
    return found


def attempt(tx: Tx, attempt_id: str) -> Attempt:
    """The attempt, or 404."""
    found = tx.lock(select(Attempt).where(Attempt.id == attempt_id))
    if not found:
        raise not_found("attempt", attempt_id)
    return found[0]


def attempts_named(tx: Tx, ids: Collection[str]) -> dict[str, Attempt]:
    """Those of the attempts that there are, by id."""
    found = tx.lock(select(Attempt).where(Attempt.id.in_(ids)).order_by(Attempt.id))
    return {one.id: one for one in found}


def candidate(tx: Tx, candidate_id: str) -> Candidate:
    """The candidate, or 404."""
    found = tx.session.get(Candidate, candidate_id)
    if found is None:
        raise not_found("candidate", candidate_id)
    return found


def seated_in(person: Candidate) -> str:
    """The sitting of a seated candidate, or 404."""
    if person.sitting_id is None:
        raise not_found("sitting", person.id)
    return person.sitting_id


def attempts_of(tx: Tx, candidate_id: str) -> list[Attempt]:
    """The candidate's attempts in the block's order; 404 when none are assigned."""
    found = tx.lock(
        select(Attempt).where(Attempt.candidate_id == candidate_id).order_by(Attempt.id)
    )
    if not found:
        raise not_found("attempt", candidate_id)
    return sorted(found, key=lambda one: one.ordinal)


def current_attempt(attempts: Sequence[A]) -> A:
    """The first that has not ended, else the last: where a fact about the person belongs."""
    for found in attempts:
        if AttemptState(found.state) not in ENDED:
            return found
    return attempts[-1]


def note(
    tx: Tx,
    attempts: list[Attempt],
    kind: str,
    data: dict[str, Any] | None = None,
    actor: str = "candidate",
) -> None:
    """A fact about the person, in the chain of the attempt they are in."""
    journal.append(tx, chain=current_attempt(attempts), kind=kind, actor=actor, data=data)


def note_each(
    tx: Tx,
    people: Sequence[Sequence[Any]],
    kind: str,
    data: Sequence[dict[str, Any]] = (),
) -> None:
    """:func:`note` for many: each by the rows of their attempts; ``data`` in the same order."""
    turns = [
        journal.Turn(current_attempt(attempts), said)
        for attempts, said in zip(people, data or [{} for _ in people], strict=True)
    ]
    journal.append_to_each(tx, kind=kind, actor="candidate", turns=turns)


def profile_of(tx: Tx, where: Sitting) -> Profile:
    """The frozen rules of the sitting's exam."""
    exam = tx.session.get(Exam, where.exam_id)
    assert exam is not None  # foreign key
    return of_exam(exam)


def timing_of(found: Any) -> Timing:
    """The time facts in an attempt's row; a rule changes them, :func:`set_timing` writes them."""
    return Timing(
        found.limit_ms, found.granted_ms, found.spent_ms, found.running_since_ms, found.boot
    )


def set_timing(found: Attempt, timing: Timing) -> None:
    """Write changed time facts back to the row."""
    for name in _TIMES:
        setattr(found, name, getattr(timing, name))


def under_way(tx: Tx, sitting_id: str) -> Sequence[Any]:
    """A room's attempts that run or are paused, as plain columns: this command's alone, as are
    those that have not begun."""
    standing = tx.lock_rows(_STANDING, {"sitting": sitting_id})
    return [one for one in standing if one.state in UNDER_WAY]


def in_progress(tx: Tx, sitting_id: str) -> list[Any]:
    """Of those :func:`under_way` whoever is not paused by themselves."""
    return [one for one in under_way(tx, sitting_id) if one.state == AttemptState.IN_PROGRESS]


def set_timings(tx: Tx, timings: Sequence[tuple[Any, Timing]]) -> None:
    """As :func:`set_timing`, for a whole room at once: (attempt, its new time facts).

    The rows must be this command's own (:meth:`exam_server.storage.tx.Tx.lock`): all that a rule
    may change is written. Entities of the session are read again when they are next asked.
    """
    rows = [
        {"attempt": found.id} | {name: getattr(timing, name) for name in _TIMES}
        for found, timing in timings
    ]
    if rows:
        tx.session.flush()
        tx.session.connection().execute(_SET_TIMES, rows)
        tx.session.expire_all()
