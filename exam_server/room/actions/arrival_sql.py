"""The statements of arriving: each is for everybody who arrives at the moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update

from exam_server.desk.tables import Candidate, Sitting
from exam_server.room.tables import Attempt, MachineChange, Terminal
from exam_server.storage.base import Base
from exam_server.storage.listed import listed
from exam_server.storage.tx import Tx

_CANDIDATE: Table = Base.metadata.tables[Candidate.__tablename__]
_SITTING: Table = Base.metadata.tables[Sitting.__tablename__]
_ATTEMPT: Table = Base.metadata.tables[Attempt.__tablename__]
_TERMINAL: Table = Base.metadata.tables[Terminal.__tablename__]
_CHANGE: Table = Base.metadata.tables[MachineChange.__tablename__]

_ROOMS = [
    *(_SITTING.c.id.label("sitting_id"), _SITTING.c.state, _SITTING.c.room, _SITTING.c.exam_id),
    *(_SITTING.c.bell_boot_ms, _SITTING.c.paused_boot_ms, _SITTING.c.stopped_ms),
]
_REGISTERED = (
    select(
        _CANDIDATE.c.id,
        _CANDIDATE.c.ticket,
        _CANDIDATE.c.id_lookup,
        _CANDIDATE.c.seat,
        _CANDIDATE.c.needs,
        *_ROOMS,
    )
    .join(_SITTING, _SITTING.c.id == _CANDIDATE.c.sitting_id)
    .where(_CANDIDATE.c.ticket.in_(listed("tickets")), _SITTING.c.state.in_(listed("states")))
    .order_by(_SITTING.c.planned_start_ms.desc())
)
_SITTINGS = select(*_ROOMS).where(_SITTING.c.id.in_(listed("sittings")))
_ATTEMPTS = (
    select(
        *(_ATTEMPT.c.id, _ATTEMPT.c.sitting_id, _ATTEMPT.c.candidate_id, _ATTEMPT.c.ordinal),
        *(_ATTEMPT.c.state, _ATTEMPT.c.late_admitted, _ATTEMPT.c.spent_ms),
        *(_ATTEMPT.c.head_seq, _ATTEMPT.c.head),
    )
    .where(_ATTEMPT.c.candidate_id.in_(listed("candidates")))
    .order_by(_ATTEMPT.c.id)
    .with_for_update(key_share=True)
)
_TERMINALS = (
    select(*_TERMINAL.c)
    .where(_TERMINAL.c.candidate_id.in_(listed("candidates")))
    .order_by(_TERMINAL.c.candidate_id)
    .with_for_update(key_share=True)
)
_CHANGES = select(*_CHANGE.c).where(_CHANGE.c.candidate_id.in_(listed("candidates")))
_NEW_TERMINAL = insert(_TERMINAL)
_ONE_TERMINAL = update(_TERMINAL).where(_TERMINAL.c.candidate_id == bindparam("candidate"))
_NEW_LOGIN = _ONE_TERMINAL.values(token_hash=bindparam("token"))
_CONFIRMED = _ONE_TERMINAL.values(confirmed_ms=bindparam("at_ms"))
_PLEDGED = _ONE_TERMINAL.values(pledged_ms=bindparam("at_ms"))
_CHANGE_OVER = delete(_CHANGE).where(_CHANGE.c.candidate_id.in_(listed("candidates")))


def registered(tx: Tx, tickets: Collection[str], states: Collection[str]) -> Sequence[Any]:
    """Candidates with one of these tickets in a sitting of one of these states, newest first."""
    wanted = {"tickets": list(tickets), "states": list(states)}
    return tx.session.connection().execute(_REGISTERED, wanted).all()


def sittings_named(tx: Tx, ids: Collection[str]) -> dict[str, Any]:
    """What lateness is measured by, by sitting."""
    if not ids:
        return {}
    rows = tx.session.connection().execute(_SITTINGS, {"sittings": list(ids)})
    return {row.sitting_id: row for row in rows}


def attempts_of_each(tx: Tx, candidate_ids: Collection[str]) -> dict[str, list[Any]]:
    """Each candidate's attempts in the block's order, as they stand: this command's alone."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in tx.lock_rows(_ATTEMPTS, {"candidates": list(candidate_ids)}):
        found[row.candidate_id].append(row)
    return {who: sorted(rows, key=lambda row: row.ordinal) for who, rows in found.items()}


def terminals_of_each(tx: Tx, candidate_ids: Collection[str]) -> dict[str, Any]:
    """Each candidate's live terminal, as it stands: this command's alone."""
    rows = tx.lock_rows(_TERMINALS, {"candidates": list(candidate_ids)})
    return {row.candidate_id: row for row in rows}


def changes_of_each(tx: Tx, candidate_ids: Collection[str]) -> dict[str, Any]:
    """Each candidate's machine change that is under way."""
    rows = tx.session.connection().execute(_CHANGES, {"candidates": list(candidate_ids)})
    return {row.candidate_id: row for row in rows}


def add_terminals(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """First logins; every row has the same columns."""
    if rows:
        tx.session.connection().execute(_NEW_TERMINAL, list(rows))


def renew_logins(tx: Tx, hashes: Mapping[str, str]) -> None:
    """The hash of a new token by candidate; the old one is nobody's any more."""
    _each(tx, _NEW_LOGIN, [{"candidate": who, "token": text} for who, text in hashes.items()])


def note_confirmed(tx: Tx, candidate_ids: Collection[str]) -> None:
    """These have said just now that face and name are right."""
    now = tx.now.wall_ms
    _each(tx, _CONFIRMED, [{"candidate": who, "at_ms": now} for who in candidate_ids])


def note_pledged(tx: Tx, candidate_ids: Collection[str]) -> None:
    """These have pledged just now."""
    now = tx.now.wall_ms
    _each(tx, _PLEDGED, [{"candidate": who, "at_ms": now} for who in candidate_ids])


def end_changes(tx: Tx, candidate_ids: Collection[str]) -> None:
    """The machine changes of these are over."""
    if candidate_ids:
        wanted = {"candidates": list(candidate_ids)}
        tx.session.connection().execute(_CHANGE_OVER, wanted)


def _each(tx: Tx, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.session.connection().execute(statement, rows)
