"""A candidate arrives at a terminal: log in, confirm, read the rules, be moved."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from exam_server.auth.actions import token_hash
from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules.id_number import normalise
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import Refusal
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile
from exam_server.room import journal
from exam_server.room.actions import machines
from exam_server.room.actions.machines import Place
from exam_server.room.actions.people import (
    attempts_of,
    note,
    profile_of,
    seated_in,
    sitting,
)
from exam_server.room.rules.lifecycle import AttemptState, advance
from exam_server.room.rules.reported import whole
from exam_server.room.rules.timing import lateness
from exam_server.room.tables import Attempt, MachineChange, Presence, Terminal
from exam_server.storage.base import Base
from exam_server.storage.life import ensure_row
from exam_server.storage.tx import Tx

_ROOM_STAFF = (Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN)
_OPEN_FOR_LOGIN = (SittingState.READY, SittingState.UNSEALED, SittingState.RUNNING)
_STILL_SHOWING = (*_OPEN_FOR_LOGIN, SittingState.CLOSED, SittingState.SCORED)
_PRESENCE = Base.metadata.tables[Presence.__tablename__]
MOST_EVENTS_IN_A_REPORT = 50
MOST_DETAILS, LONGEST_DETAIL = 8, 120
REPORTED_BY_TERMINAL = frozenset(
    {
        "focus_lost",
        "focus_back",
        "full_screen_left",
        "full_screen_entered",
        "copy_attempted",
        "paste_attempted",
        "print_attempted",
        "reconnected",
        "clock_differs",
        "reloaded",
        "opened",
        "open_failed",
    }
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the candidate typed: full width, brackets and either case of X are all right."""

    ticket: str
    id_number: str = field(repr=False)


def log_in(
    tx: Tx, *, credentials: Credentials, place: Place, token: str, fields: FieldCipher
) -> str:
    """Log a candidate in at this machine; the candidate's id.

    Refusals: ``login_unknown`` 401,
    ``login_seat_differs``, ``login_room_differs``, ``login_elsewhere``, ``login_too_late``,
    ``login_absent`` 409 (DOMAIN D20, D22).
    """
    person = _find(tx, credentials, fields)
    where = sitting(tx, seated_in(person))
    rules = profile_of(tx, where)
    attempts = attempts_of(tx, person.id)
    terminal = _terminal(tx, person.id)
    change = tx.session.get(MachineChange, person.id)
    _refuse_wrong_place(tx, person, where, rules, place, terminal, change)
    _refuse_absent_or_late(tx, where, rules, attempts)
    if terminal is None:
        _first_login(tx, person, attempts, place, token)
    elif terminal.terminal_id == place.terminal_id:
        terminal.token_hash = token_hash(token)
        note(tx, attempts, "logged_in", {"seat": place.seat, "terminal": place.terminal_id})
    elif change is not None and change.released_ms is not None:
        machines.move(tx, attempts, terminal, change, place, token_hash(token))
    else:
        raise Refusal("login_elsewhere", 409, {"seat": terminal.seat or 0})
    if change is not None:  # over, also when the old machine came back after all
        tx.session.delete(change)
    return person.id


def ask_machine_change(
    tx: Tx, *, credentials: Credentials, place: Place, fields: FieldCipher
) -> None:
    """A login that was refused because the candidate is live elsewhere asks for a change."""
    machines.ask(tx, person=_find(tx, credentials, fields), seat=place.seat)


def confirm(tx: Tx, *, candidate_id: str, right: bool) -> None:
    """The candidate confirms the face and name (then checks in), or disputes them."""
    attempts = attempts_of(tx, candidate_id)
    terminal = _live_terminal(tx, candidate_id)
    if not right:
        note(tx, attempts, "info_disputed")
        return
    if terminal.confirmed_ms is None:
        terminal.confirmed_ms = tx.now.wall_ms
        note(tx, attempts, "confirmed")
    first = attempts[0]
    if first.state == AttemptState.ASSIGNED:
        first.state = advance(first.state, AttemptState.CHECKED_IN)
        _spend_lateness(tx, first)
        journal.append(tx, chain=first, kind="checked_in", actor="candidate")


def pledge(tx: Tx, *, candidate_id: str) -> None:
    """The candidate has read the rules and pledged; once is enough."""
    attempts = attempts_of(tx, candidate_id)
    terminal = _live_terminal(tx, candidate_id)
    if terminal.pledged_ms is None:
        terminal.pledged_ms = tx.now.wall_ms
        note(tx, attempts, "pledged")


def prefer(tx: Tx, *, candidate_id: str, preferences: Mapping[str, Any]) -> None:
    """How the candidate wants to read: goes along to another machine. No fact of the record."""
    _live_terminal(tx, candidate_id).preferences = dict(preferences)


def report_events(tx: Tx, *, candidate_id: str, events: list[Mapping[str, Any]]) -> int:
    """Keep what the terminal noticed (focus lost, copy attempted …); how many were kept.

    Unknown kinds are refused as a whole (``unknown_event`` 422).
    """
    attempts = attempts_of(tx, candidate_id)
    for event in events[:MOST_EVENTS_IN_A_REPORT]:
        kind = str(event.get("kind"))
        if kind not in REPORTED_BY_TERMINAL:
            raise Refusal("unknown_event", 422, {"kind": kind[:40]})
        data: dict[str, Any] = {"elapsed_ms": whole(event.get("elapsed_ms"))}
        if details := _details(event.get("data")):
            data["data"] = details
        note(tx, attempts, kind, data)
    return min(len(events), MOST_EVENTS_IN_A_REPORT)


def _details(value: object) -> dict[str, Any]:
    """A few short plain facts of the terminal's; anything else is left out."""
    if not isinstance(value, dict):
        return {}
    plain = {
        str(name)[:40]: fact if isinstance(fact, str | bool) else whole(fact)
        for name, fact in list(value.items())[:MOST_DETAILS]
        if isinstance(fact, str | int | float | bool)
    }
    return {
        name: fact[:LONGEST_DETAIL] if isinstance(fact, str) else fact
        for name, fact in plain.items()
    }


def raise_hand(tx: Tx, *, candidate_id: str, raised: bool) -> None:
    """The candidate raises or lowers the hand."""
    attempts = attempts_of(tx, candidate_id)
    row = presence_row(tx, candidate_id)
    if (row.hand_raised_ms is not None) == raised:
        return
    row.hand_raised_ms = tx.now.wall_ms if raised else None
    kind = "hand_raised" if raised else "hand_lowered"
    note(tx, attempts, kind)


def lower_hand(tx: Tx, *, candidate_id: str, actor: Staff) -> None:
    """A proctor has come to the candidate."""
    require(actor, *_ROOM_STAFF, action="lower_hand")
    attempts = attempts_of(tx, candidate_id)
    row = presence_row(tx, candidate_id)
    if row.hand_raised_ms is not None:
        row.hand_raised_ms = None
        note(tx, attempts, "hand_lowered", actor=actor.actor)


def presence_row(tx: Tx, candidate_id: str, heard_ms: int | None = None) -> Presence:
    """The candidate's presence row, made when missing. ``heard_ms``: wall; None: just now."""
    wanted = select(Presence).where(Presence.candidate_id == candidate_id)
    found = tx.lock(wanted)
    if not found:
        heard = tx.now.wall_ms if heard_ms is None else heard_ms
        first = {"candidate_id": candidate_id, "connected": False, "heard_ms": heard}
        ensure_row(tx.session, _PRESENCE, first)
        found = tx.lock(wanted)
    return found[0]


def _find(tx: Tx, credentials: Credentials, fields: FieldCipher) -> Candidate:
    """The candidate of an open sitting with this ticket *and* this ID number."""
    ticket = normalise(credentials.ticket)
    id_lookup = fields.lookup(normalise(credentials.id_number))
    people = tx.session.scalars(
        select(Candidate)
        .join(Sitting, Sitting.id == Candidate.sitting_id)
        .where(Candidate.ticket == ticket, Sitting.state.in_(_STILL_SHOWING))
        .order_by(Sitting.planned_start_ms.desc())
    )
    for person in people:
        if hmac.compare_digest(person.id_lookup, id_lookup):
            return person
    raise Refusal("login_unknown", 401)


def _refuse_wrong_place(
    tx: Tx,
    person: Candidate,
    where: Sitting,
    rules: Profile,
    place: Place,
    terminal: Terminal | None,
    change: MachineChange | None,
) -> None:
    if rules.login.seat_binding == "off":
        return
    if place.room is not None and place.room != where.room:
        raise Refusal("login_room_differs", 409, {"this_room": place.room, "your_room": where.room})
    sent_to = change.to_seat if change is not None and change.released_ms is not None else None
    if sent_to is not None and place.seat not in (sent_to, terminal.seat if terminal else None):
        raise Refusal("login_sent_elsewhere", 409, {"seat": sent_to})
    own = {person.seat, sent_to, terminal.seat if terminal is not None else None}
    if place.seat in own:  # their own, or the spare they have been moved or sent to
        return
    if place.seat is not None and machines.is_spare(tx, where.id, place.seat):
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


def _refuse_absent_or_late(tx: Tx, where: Sitting, rules: Profile, attempts: list[Attempt]) -> None:
    first = attempts[0]
    if first.state == AttemptState.ABSENT:
        raise Refusal("login_absent", 409)
    never_came = first.state == AttemptState.ASSIGNED
    if never_came and not first.late_admitted and past_late_limit(tx, where, rules):
        raise Refusal("login_too_late", 409, {"minutes": rules.room.late_limit_minutes})


def past_late_limit(tx: Tx, where: Sitting, rules: Profile) -> bool:
    """Whether the late limit of the first subject is over (DOMAIN D22).

    In a shortened exam the limit is the subject's own length when that is less.
    """
    if where.state in (SittingState.CLOSED, SittingState.SCORED, SittingState.RELEASED):
        return True
    if where.state != SittingState.RUNNING:
        return False
    first = rules.subjects[rules.block.order[0]]
    limit_ms = min(rules.room.late_limit_minutes, first.minutes) * 60_000
    return elapsed_since_bell(tx, where) > limit_ms


def elapsed_since_bell(tx: Tx, where: Sitting) -> int:
    """Running time of the room since the bell, without room pauses and outages."""
    if where.bell_boot_ms is None:
        return 0
    until = where.paused_boot_ms if where.paused_boot_ms is not None else tx.now.boot_ms
    return lateness(until - where.bell_boot_ms, where.stopped_ms)


def _spend_lateness(tx: Tx, first: Attempt) -> None:
    """Who arrives after the bell has a shorter first subject (DESIGN §5)."""
    where = sitting(tx, first.sitting_id)
    if where.state == SittingState.RUNNING:
        first.spent_ms = elapsed_since_bell(tx, where)


def _first_login(
    tx: Tx, person: Candidate, attempts: list[Attempt], place: Place, token: str
) -> None:
    tx.session.add(
        Terminal(
            candidate_id=person.id,
            terminal_id=place.terminal_id,
            token_hash=token_hash(token),
            seat=place.seat,
            fence=1,
            logged_in_ms=tx.now.wall_ms,
        )
    )
    note(tx, attempts, "logged_in", {"seat": place.seat, "terminal": place.terminal_id})
    if place.seat not in (None, person.seat):  # the own machine never came up
        machines.begin_elsewhere(tx, person, attempts, place)


def _terminal(tx: Tx, candidate_id: str) -> Terminal | None:
    found = tx.lock(select(Terminal).where(Terminal.candidate_id == candidate_id))
    return found[0] if found else None


def _live_terminal(tx: Tx, candidate_id: str) -> Terminal:
    terminal = _terminal(tx, candidate_id)
    if terminal is None:
        raise Refusal("not_logged_in", 401)
    return terminal
