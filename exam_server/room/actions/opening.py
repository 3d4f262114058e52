"""A subject's start: the key of its paper, and the time that begins with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal, not_found
from exam_server.keys import CentreKeys
from exam_server.profiles.profile import Profile
from exam_server.room import journal
from exam_server.room.actions.check_in import elapsed_since_bell
from exam_server.room.actions.people import (
    attempts_named,
    attempts_of,
    profile_of,
    sitting,
    timing_of,
)
from exam_server.room.rules.lifecycle import ENDED, AttemptState, advance
from exam_server.room.rules.timing import Timing
from exam_server.room.tables import Attempt
from exam_server.storage.tx import Tx
from exam_server.vault.actions.forms import mark_spent, release_key
from exam_server.vault.opened import OpenedVault


@dataclass(frozen=True, slots=True)
class Opening:
    """A candidate's wish to open a subject.

    ``open_ms``: for how long the terminal says that it has had the key of the bell's broadcast;
    a line that was cut since gives nobody that time twice.
    """

    attempt_id: str
    candidate_id: str
    open_ms: int = 0


class _Room(NamedTuple):
    where: Sitting
    rules: Profile


def start_together(
    tx: Tx, openings: Sequence[Opening], *, vault: OpenedVault, keys: CentreKeys
) -> list[bytes | Refusal]:
    """Open subjects for their candidates, at the bell a whole room's: each form's key, or what
    speaks against it, which is its own only; repeating gives the same key.

    First subject: time counts from the bell when the terminal answers within the start
    window, else from when the key reached it. Later subjects: from now, once the one before
    has ended.
    """
    found = attempts_named(tx, {one.attempt_id for one in openings})
    rooms = {ident: _room(tx, ident) for ident in {one.sitting_id for one in found.values()}}
    outcomes = [_key(tx, found.get(one.attempt_id), one, rooms, vault, keys) for one in openings]
    # by now every row is locked: what begins, and the entry that says so, are of one moment
    turns: dict[str, journal.Turn] = {}
    spent: dict[str, set[str]] = defaultdict(set)  # the bell has marked the first subject's
    for wanted, outcome in zip(openings, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            continue
        one = found[wanted.attempt_id]
        if one.started_ms is None and one.id not in turns:
            turns[one.id] = _begun(tx, one, rooms[one.sitting_id], wanted.open_ms)
        if one.ordinal > 1:
            spent[one.sitting_id].add(one.form_id)
    for sitting_id, form_ids in spent.items():
        mark_spent(tx, form_ids=form_ids, sitting_id=sitting_id)
    journal.append_to_each(tx, kind="started", actor="candidate", turns=list(turns.values()))
    return outcomes


def _key(
    tx: Tx,
    found: Attempt | None,
    wanted: Opening,
    rooms: Mapping[str, _Room],
    vault: OpenedVault,
    keys: CentreKeys,
) -> bytes | Refusal:
    """The form's key, or what speaks against it."""
    if found is None or found.candidate_id != wanted.candidate_id:
        return not_found("attempt", wanted.attempt_id)
    try:
        _refuse(tx, found, rooms[found.sitting_id])
        return release_key(tx, form_id=found.form_id, vault=vault, keys=keys)
    except Refusal as refusal:
        return refusal


def _room(tx: Tx, sitting_id: str) -> _Room:
    where = sitting(tx, sitting_id)
    return _Room(where, profile_of(tx, where))


def _refuse(tx: Tx, found: Attempt, room: _Room) -> None:
    """Whatever speaks against it, before anything is changed."""
    if room.where.state != SittingState.RUNNING:
        raise Refusal("bell_not_rung", 409)
    if AttemptState(found.state) in ENDED:
        raise Refusal("attempt_ended", 409)
    if found.started_ms is not None:
        return
    if found.ordinal == 1 and found.state == AttemptState.ASSIGNED:
        raise Refusal("not_confirmed", 409)  # lateness is counted at the check-in
    if found.ordinal > 1:
        earlier = [a for a in attempts_of(tx, found.candidate_id) if a.ordinal < found.ordinal]
        if any(AttemptState(a.state) not in ENDED for a in earlier):
            raise Refusal("earlier_subject_open", 409)


def _begun(tx: Tx, found: Attempt, room: _Room, open_ms: int) -> journal.Turn:
    """The entry ``started`` and the row after it."""
    late_ms, timing = 0, timing_of(found)
    if found.ordinal == 1:
        late_ms = found.spent_ms  # set at check-in, when that was after the bell
        timing = _first_timing(tx, timing, room, late_ms, open_ms)
    else:
        timing = timing.start(tx.now)
    if room.where.paused_boot_ms is not None:
        timing = timing.stop(tx.now)
    spent_ms = timing.spent(tx.now)
    data = {
        "late_ms": late_ms,
        "limit_ms": found.limit_ms,
        # what was already spent when this entry was written: late arrival, or since the bell
        "spent_ms": spent_ms,
    }
    changes = {
        "state": advance(found.state, AttemptState.IN_PROGRESS),
        "started_ms": tx.now.wall_ms - spent_ms + late_ms,
        "spent_ms": timing.spent_ms,
        "running_since_ms": timing.running_since_ms,
        "boot": timing.boot,
    }
    return journal.Turn(found, data, changes)


def _first_timing(tx: Tx, timing: Timing, room: _Room, late_ms: int, open_ms: int) -> Timing:
    where = room.where
    at_the_bell = (
        late_ms == 0
        and where.paused_boot_ms is None
        and where.stopped_ms == 0
        and where.boot == tx.now.boot
        and where.bell_boot_ms is not None
        and tx.now.since(where.bell_boot_ms) <= room.rules.room.start_window_seconds * 1000
    )
    if at_the_bell:
        return timing.start_at(where.bell_boot_ms or 0, tx.now.boot)
    return timing.start(tx.now, late_ms=late_ms + _open_alone(tx, where, late_ms, open_ms))


def _open_alone(tx: Tx, where: Sitting, late_ms: int, open_ms: int) -> int:
    """How long the paper lay open before the server heard of it; pauses and outages not."""
    return max(0, min(open_ms, elapsed_since_bell(tx, where) - late_ms))
