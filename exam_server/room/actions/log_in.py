"""Logging in 登录: the two numbers, the right machine, one live terminal (DOMAIN D20, D22).

Everybody comes within minutes: those who log in at one moment are let in together.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from exam_server.auth.actions import token_hash
from exam_server.desk.rules.id_number import normalise
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.needs import needs_of
from exam_server.errors import Refusal, not_found
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile
from exam_server.room.actions import machines
from exam_server.room.actions.arrival_sql import (
    add_terminals,
    attempts_of_each,
    changes_of_each,
    end_changes,
    registered,
    renew_logins,
    terminals_of_each,
)
from exam_server.room.actions.check_in import past_late_limit
from exam_server.room.actions.machines import Place
from exam_server.room.actions.people import attempts_of, candidate, note_each
from exam_server.room.actions.rounds import rounds
from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.tables import MachineChange, Terminal
from exam_server.room.views.shelves import Shelves
from exam_server.storage.tx import Tx

_OPEN_FOR_LOGIN = (SittingState.READY, SittingState.UNSEALED, SittingState.RUNNING)
_LARGE_PRINT = {"size": 2, "contrast": False, "language": "zh"}  # the largest of three steps
_STILL_SHOWING = (*_OPEN_FOR_LOGIN, SittingState.CLOSED, SittingState.SCORED)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the candidate typed: full width, brackets and either case of X are all right."""

    ticket: str
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody at a machine. ``token``: what its browser will keep if they are let in."""

    credentials: Credentials
    place: Place
    token: str = field(repr=False)


@dataclass(slots=True)
class _Arrival:
    """A login and all that it is judged by. ``person``: registered where, and in which room."""

    login: Login
    person: Any
    attempts: list[Any]
    terminal: Any | None
    change: Any | None

    @property
    def said(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        place = self.login.place
        return {"seat": place.seat, "terminal": place.terminal_id}


def log_in_together(
    tx: Tx, logins: Sequence[Login], *, fields: FieldCipher, shelves: Shelves
) -> list[str | Refusal]:
    """Log candidates in at their machines, each by itself and in this order; their ids.

    Refusals: ``login_unknown`` 401,
    ``login_seat_differs``, ``login_room_differs``, ``login_elsewhere``, ``login_too_late``,
    ``login_absent`` 409 (DOMAIN D20, D22). Who is refused has changed nothing.
    """
    outcomes: list[str | Refusal] = []
    for some in rounds(logins, whose=lambda one: normalise(one.credentials.ticket)):
        outcomes += _log_in_distinct(tx, some, fields, shelves)
    return outcomes


def ask_machine_change(
    tx: Tx, *, credentials: Credentials, place: Place, fields: FieldCipher
) -> None:
    """A login that was refused because the candidate is live elsewhere asks for a change."""
    (found,) = _found(tx, [credentials], fields)
    if isinstance(found, Refusal):
        raise found
    machines.ask(tx, person=candidate(tx, found.id), seat=place.seat)


def _log_in_distinct(
    tx: Tx, logins: Sequence[Login], fields: FieldCipher, shelves: Shelves
) -> list[str | Refusal]:
    found = _found(tx, [login.credentials for login in logins], fields)
    outcomes: list[str | Refusal] = []
    welcome = []
    for arrival in _arrivals(tx, logins, found):
        if isinstance(arrival, Refusal):
            outcomes.append(arrival)
            continue
        try:
            _judge(tx, arrival, shelves.exam(tx.session, arrival.person.exam_id).rules)
        except Refusal as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(arrival.person.id)
            welcome.append(arrival)
    _let_in(tx, welcome)
    return outcomes


def _found(tx: Tx, typed: Sequence[Credentials], fields: FieldCipher) -> list[Any]:
    """For each of these the registered candidate of a sitting that still shows with this ticket
    *and* this ID number, or Refusal ``login_unknown``."""
    rows = registered(tx, {normalise(one.ticket) for one in typed}, _STILL_SHOWING)

    def behind(one: Credentials) -> Any:
        ticket, id_lookup = normalise(one.ticket), fields.lookup(normalise(one.id_number))
        mine = (
            row
            for row in rows
            if row.ticket == ticket and hmac.compare_digest(row.id_lookup, id_lookup)
        )
        return next(mine, Refusal("login_unknown", 401))

    return [behind(one) for one in typed]


def _arrivals(tx: Tx, logins: Sequence[Login], found: Sequence[Any]) -> list[_Arrival | Refusal]:
    people = [person.id for person in found if not isinstance(person, Refusal)]
    attempts = attempts_of_each(tx, people)
    terminals = terminals_of_each(tx, people)
    changes = changes_of_each(tx, people)

    def arrival(login: Login, person: Any) -> _Arrival | Refusal:
        if isinstance(person, Refusal):
            return person
        if person.id not in attempts:
            return not_found("attempt", person.id)
        rows = (attempts[person.id], terminals.get(person.id), changes.get(person.id))
        return _Arrival(login, person, *rows)

    return [arrival(login, person) for login, person in zip(logins, found, strict=True)]


def _judge(tx: Tx, arrival: _Arrival, rules: Profile) -> None:
    """Refuse who may not log in here and now."""
    terminal, change = arrival.terminal, arrival.change
    _refuse_wrong_place(tx, arrival, rules)
    _refuse_absent_or_late(tx, arrival, rules)
    if terminal is None or terminal.terminal_id == arrival.login.place.terminal_id:
        return
    if change is None or change.released_ms is None:
        raise Refusal("login_elsewhere", 409, {"seat": terminal.seat or 0})


def _let_in(tx: Tx, welcome: Sequence[_Arrival]) -> None:
    """First those who come to a machine that is theirs, all at once; then who has moved."""
    first = [one for one in welcome if one.terminal is None]
    again = [
        one
        for one in welcome
        if one.terminal is not None and one.terminal.terminal_id == one.login.place.terminal_id
    ]
    moved = [one for one in welcome if one not in first and one not in again]
    add_terminals(tx, [_new_terminal(tx, one) for one in first])
    renew_logins(tx, {one.person.id: token_hash(one.login.token) for one in again})
    staying = [*first, *again]
    note_each(tx, [one.attempts for one in staying], "logged_in", [one.said for one in staying])
    for one in first:
        if one.login.place.seat not in (None, one.person.seat):  # the own machine never came up
            person, attempts = candidate(tx, one.person.id), attempts_of(tx, one.person.id)
            machines.begin_elsewhere(tx, person, attempts, one.login.place)
    for one in moved:
        _move(tx, one)
    # over, also when the old machine came back after all
    end_changes(tx, [one.person.id for one in welcome if one.change is not None])


def _move(tx: Tx, one: _Arrival) -> None:
    who, place = one.person.id, one.login.place
    terminal = tx.session.get_one(Terminal, who, populate_existing=True)
    change = tx.session.get_one(MachineChange, who, populate_existing=True)
    attempts, token = attempts_of(tx, who), token_hash(one.login.token)
    machines.move(tx, attempts, terminal, change, place, token)
    tx.session.flush()


def _new_terminal(tx: Tx, one: _Arrival) -> dict[str, Any]:
    place = one.login.place
    return {
        "candidate_id": one.person.id,
        "terminal_id": place.terminal_id,
        "token_hash": token_hash(one.login.token),
        "seat": place.seat,
        "fence": 1,
        "logged_in_ms": tx.now.wall_ms,
        "preferences": _LARGE_PRINT if needs_of(one.person.needs).large_print else None,
    }


def _refuse_wrong_place(tx: Tx, arrival: _Arrival, rules: Profile) -> None:
    person, place = arrival.person, arrival.login.place
    terminal, change = arrival.terminal, arrival.change
    if rules.login.seat_binding == "off":
        return
    if place.room is not None and place.room != person.room:
        raise Refusal(
            "login_room_differs", 409, {"this_room": place.room, "your_room": person.room}
        )
    sent_to = change.to_seat if change is not None and change.released_ms is not None else None
    if sent_to is not None and place.seat not in (sent_to, terminal.seat if terminal else None):
        raise Refusal("login_sent_elsewhere", 409, {"seat": sent_to})
    own = {person.seat, sent_to, terminal.seat if terminal is not None else None}
    if place.seat in own:  # their own, or the spare they have been moved or sent to
        return
    if place.seat is not None and machines.is_spare(tx, person.sitting_id, place.seat):
        if change is not None and change.released_ms is not None:
            return
        if terminal is not None:  # asks the proctor to be moved here
            raise Refusal("login_elsewhere", 409, {"seat": terminal.seat or 0})
    if rules.login.seat_binding == "strict":
        raise Refusal(
            "login_seat_differs",
            409,
            {"this_seat": place.seat or 0, "your_seat": person.seat or 0},
        )


def _refuse_absent_or_late(tx: Tx, arrival: _Arrival, rules: Profile) -> None:
    first = arrival.attempts[0]
    if first.state == AttemptState.ABSENT:
        raise Refusal("login_absent", 409)
    never_came = first.state == AttemptState.ASSIGNED
    if never_came and not first.late_admitted and past_late_limit(tx, arrival.person, rules):
        raise Refusal("login_too_late", 409, {"minutes": rules.room.late_limit_minutes})
