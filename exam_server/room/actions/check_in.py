"""A candidate at a terminal: says who they are, reads the rules, raises a hand.

Everybody arrives within minutes: those who do the same at one moment are done together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from exam_server.auth.identity import ROOM_STAFF, Staff, require
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.errors import Refusal, not_found
from exam_server.profiles.profile import Profile
from exam_server.room import journal
from exam_server.room.actions.arrival_sql import (
    attempts_of_each,
    note_confirmed,
    note_pledged,
    sittings_named,
    terminals_of_each,
)
from exam_server.room.actions.people import attempts_of, note, note_each
from exam_server.room.actions.rounds import rounds
from exam_server.room.rules.lifecycle import AttemptState, advance
from exam_server.room.rules.reported import whole
from exam_server.room.rules.timing import lateness
from exam_server.room.tables import Presence, Terminal
from exam_server.storage.base import Base
from exam_server.storage.life import ensure_rows
from exam_server.storage.tx import Tx

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
class Said:
    """Whether a candidate finds the face and name right."""

    candidate_id: str
    right: bool


def confirm_together(tx: Tx, said: Sequence[Said]) -> list[Refusal | None]:
    """The candidates confirm the face and name (then check in), or dispute them: that raises
    the hand, since their page says that a proctor comes.

    Each of them by itself, in this order. Refusal ``not_logged_in`` 401.
    """
    outcomes: list[Refusal | None] = []
    for some in rounds(said, whose=lambda one: one.candidate_id):
        here, refusals = _present(tx, [one.candidate_id for one in some])
        there = [(here[one.candidate_id], one.right) for one in some if one.candidate_id in here]
        wrong = [one for one, right in there if not right]
        note_each(tx, [one.attempts for one in wrong], "info_disputed")
        for one in wrong:
            raise_hand(tx, candidate_id=one.terminal.candidate_id, raised=True)
        _confirmed(tx, [one for one, right in there if right])
        outcomes += [refusals.get(one.candidate_id) for one in some]
    return outcomes


def _confirmed(tx: Tx, here: Sequence[_Present]) -> None:
    fresh = [one for one in here if one.terminal.confirmed_ms is None]
    note_each(tx, [one.attempts for one in fresh], "confirmed")
    note_confirmed(tx, [one.terminal.candidate_id for one in fresh])
    coming = [one for one in here if one.attempts[0].state == AttemptState.ASSIGNED]
    _check_in(tx, [one.terminal.candidate_id for one in coming])


def _check_in(tx: Tx, candidate_ids: Collection[str]) -> None:
    """Those who have said who they are and had not come before. Who arrives after the bell has
    a shorter first subject (DESIGN §5)."""
    if not candidate_ids:
        return
    coming = [attempts[0] for attempts in attempts_of_each(tx, candidate_ids).values()]
    sittings = sittings_named(tx, {first.sitting_id for first in coming})
    turns = []
    for first in coming:
        where = sittings[first.sitting_id]
        late_ms = elapsed_since_bell(tx, where) if where.state == SittingState.RUNNING else None
        changes = {
            "state": advance(first.state, AttemptState.CHECKED_IN),
            "spent_ms": first.spent_ms if late_ms is None else late_ms,
        }
        turns.append(journal.Turn(first, {}, changes))
    journal.append_to_each(tx, kind="checked_in", actor="candidate", turns=turns)


def pledge_together(tx: Tx, candidate_ids: Sequence[str]) -> list[Refusal | None]:
    """These candidates have read the rules and pledged; once is enough.

    Refusal ``not_logged_in`` 401.
    """
    distinct = list(dict.fromkeys(candidate_ids))
    here, refusals = _present(tx, distinct)
    fresh = [one for one in here.values() if one.terminal.pledged_ms is None]
    note_each(tx, [one.attempts for one in fresh], "pledged")
    note_pledged(tx, [one.terminal.candidate_id for one in fresh])
    return [refusals.get(who) for who in candidate_ids]


class _Present(NamedTuple):
    """Somebody who is logged in."""

    attempts: list[Any]
    terminal: Any


def _present(
    tx: Tx, candidate_ids: Collection[str]
) -> tuple[dict[str, _Present], dict[str, Refusal]]:
    """Who of these is there, and why the others are not; by candidate id."""
    attempts = attempts_of_each(tx, candidate_ids)
    terminals = terminals_of_each(tx, candidate_ids)
    there, refusals = {}, {}
    for who in candidate_ids:
        if who not in attempts:
            refusals[who] = not_found("attempt", who)
        elif who not in terminals:
            refusals[who] = Refusal("not_logged_in", 401)
        else:
            there[who] = _Present(attempts[who], terminals[who])
    return there, refusals


def prefer(tx: Tx, *, candidate_id: str, preferences: Mapping[str, Any]) -> None:
    """How the candidate wants to read: goes along to another machine. No fact of the record."""
    terminal = tx.lock(select(Terminal).where(Terminal.candidate_id == candidate_id))
    if not terminal:
        raise Refusal("not_logged_in", 401)
    terminal[0].preferences = dict(preferences)


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
    require(actor, *ROOM_STAFF, action="lower_hand")
    attempts = attempts_of(tx, candidate_id)
    row = presence_row(tx, candidate_id)
    if row.hand_raised_ms is not None:
        row.hand_raised_ms = None
        note(tx, attempts, "hand_lowered", actor=actor.actor)


def first_presence(candidate_id: str, heard_ms: int) -> dict[str, Any]:
    """The row of somebody who is heard for the first time. ``heard_ms``: wall."""
    return {"candidate_id": candidate_id, "connected": False, "heard_ms": heard_ms}


def presence_row(tx: Tx, candidate_id: str, heard_ms: int | None = None) -> Presence:
    """The candidate's presence row, made when missing. ``heard_ms``: wall; None: just now."""
    wanted = select(Presence).where(Presence.candidate_id == candidate_id)
    found = tx.lock(wanted)
    if not found:
        heard = tx.now.wall_ms if heard_ms is None else heard_ms
        ensure_rows(tx.session, _PRESENCE, [first_presence(candidate_id, heard)])
        found = tx.lock(wanted)
    return found[0]


def past_late_limit(tx: Tx, where: Any, rules: Profile) -> bool:
    """Whether the late limit of the first subject is over (DOMAIN D22)."""
    if where.state in (SittingState.CLOSED, SittingState.SCORED, SittingState.RELEASED):
        return True
    if where.state != SittingState.RUNNING:
        return False
    return elapsed_since_bell(tx, where) > late_limit_minutes(rules) * 60_000


def late_limit_minutes(rules: Profile) -> int:
    """After the bell. In a shortened exam it is the first subject's length when that is less."""
    first = rules.subjects[rules.block.order[0]]
    return min(rules.room.late_limit_minutes, first.minutes)


def elapsed_since_bell(tx: Tx, where: Any) -> int:
    """Running time of the room since the bell, without room pauses and outages."""
    if where.bell_boot_ms is None:
        return 0
    until: int = where.paused_boot_ms if where.paused_boot_ms is not None else tx.now.boot_ms
    return lateness(until - where.bell_boot_ms, where.stopped_ms)
