"""Machine change 换机: asked for at a spare, agreed to or ordered by a proctor (DESIGN §5).

Answers, marks, order, time and preferences are the candidate's, not the machine's: they are all
there at the new one. What the change cost is measured and proposed; a person grants it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from exam_server.auth.actions import token_hash
from exam_server.auth.identity import ROOM_STAFF, Staff, require
from exam_server.desk.tables import Candidate, Seat
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_token
from exam_server.room import journal
from exam_server.room.actions.people import (
    attempts_of,
    candidate,
    current_attempt,
    note,
    seated_in,
    sitting,
    timing_of,
)
from exam_server.room.rules.lifecycle import ENDED, AttemptState
from exam_server.room.rules.seating import silence_ms
from exam_server.room.rules.suggestion import to_propose
from exam_server.room.tables import Attempt, MachineChange, Presence, Terminal
from exam_server.storage.tx import Tx

SPARE, OUT_OF_USE = "spare", "out_of_use"


@dataclass(frozen=True, slots=True)
class Place:
    """The machine a login comes from. ``seat`` None: the machine has no seat set."""

    room: str | None
    seat: int | None
    terminal_id: str


def ask(tx: Tx, *, person: Candidate, seat: int | None) -> None:
    """The candidate has tried to log in at another machine: the proctor is asked once."""
    change = _change(tx, person.id)
    if change.asked_ms is not None and change.asked_seat == seat:
        return  # the machine goes on trying until somebody agrees
    change.asked_seat, change.asked_ms = seat, tx.now.wall_ms
    note(tx, attempts_of(tx, person.id), "second_login", {"seat": seat})


def release_terminal(
    tx: Tx, *, candidate_id: str, actor: Staff, reason: str, seat: int | None = None
) -> None:
    """Let the candidate's next login come from another machine (DOMAIN D20).

    ``seat``: the spare they are sent to; None: any spare. Refusals: ``attempt_ended``;
    ``seat_not_free`` 409.
    """
    require(actor, *ROOM_STAFF, action="release_terminal")
    person = candidate(tx, candidate_id)
    attempts = attempts_of(tx, candidate_id)
    _refuse_ended(attempts)
    change = _change(tx, candidate_id)
    if seat is not None and not _own(tx, person, seat):
        _refuse_taken(tx, seated_in(person), seat, candidate_id)
    change.released_ms, change.to_seat = tx.now.wall_ms, seat
    data: dict[str, object] = {"reason": reason}
    if seat is not None:
        data["to"] = seat
    note(tx, attempts, "terminal_released", data, actor=actor.actor)


def swap_machines(tx: Tx, *, one_id: str, other_id: str, actor: Staff, reason: str) -> None:
    """Two candidates change places: both machines go dark, each logs in at the other's.

    Refusals: ``attempt_ended``; ``swap_line_down`` 409 {seat}: a machine that is silent may
    hold answers which nobody could send any more.
    """
    require(actor, *ROOM_STAFF, action="release_terminal")
    if one_id == other_id:
        raise Refusal("seat_not_free", 409, {"seat": candidate(tx, one_id).seat or 0})
    both = select(Attempt).where(Attempt.candidate_id.in_((one_id, other_id)))
    tx.lock(both.order_by(Attempt.id))
    here, there = (_live(tx, ident) for ident in (one_id, other_id))
    if seated_in(candidate(tx, one_id)) != seated_in(candidate(tx, other_id)):
        raise not_found("candidate", other_id)
    for terminal in (here, there):
        presence = tx.session.get(Presence, terminal.candidate_id)
        heard = presence is not None and not silence_ms(
            presence.connected, presence.heard_ms, tx.now.wall_ms
        )
        if not heard:
            raise Refusal("swap_line_down", 409, {"seat": terminal.seat or 0})
    for terminal, to_seat in ((here, there.seat), (there, here.seat)):
        attempts = attempts_of(tx, terminal.candidate_id)
        _refuse_ended(attempts)
        change = _change(tx, terminal.candidate_id)
        change.released_ms, change.to_seat = tx.now.wall_ms, to_seat
        terminal.token_hash = token_hash(new_token())  # nobody's: dark until the new login
        terminal.terminal_id = ""
        data = {"reason": reason, "to": to_seat}
        note(tx, attempts, "terminal_released", data, actor=actor.actor)


def refuse_change(tx: Tx, *, candidate_id: str, actor: Staff, reason: str) -> None:
    """The candidate stays where they are: what was asked for or ordered is off.

    After a swap both machines are dark: that is off only once everything has ended.
    """
    require(actor, *ROOM_STAFF, action="release_terminal")
    attempts = attempts_of(tx, candidate_id)
    change = tx.session.get(MachineChange, candidate_id)
    terminal = tx.session.get(Terminal, candidate_id)
    dark = terminal is not None and not terminal.terminal_id
    if change is None or (dark and not _over(attempts)):
        raise Refusal("no_machine_change", 409)
    tx.session.delete(change)
    note(tx, attempts, "machine_change_refused", {"reason": reason}, actor=actor.actor)


def move(
    tx: Tx,
    attempts: list[Attempt],
    terminal: Terminal,
    change: MachineChange,
    place: Place,
    hashed_token: str,
) -> None:
    """The candidate goes on at another machine; the old one is fenced (invariant 8)."""
    old_seat = terminal.seat
    terminal.terminal_id = place.terminal_id
    terminal.token_hash = hashed_token
    terminal.seat = place.seat
    terminal.fence += 1
    attempt = current_attempt(attempts)
    lost_ms = max(0, timing_of(attempt).spent(tx.now) - change.away_spent_ms)
    if attempt.started_ms is not None and AttemptState(attempt.state) not in ENDED:
        attempt.proposed_ms += to_propose(lost_ms)
    else:
        lost_ms = 0
    data = {"from": old_seat, "to": place.seat, "lost_ms": lost_ms}
    note(tx, attempts, "machine_changed", data)
    for found in attempts:
        if AttemptState(found.state) not in ENDED:
            found.fence = terminal.fence
            journal.append(
                tx, chain=found, kind="fenced", actor="system", data={"fence": terminal.fence}
            )
    if old_seat is not None and old_seat != place.seat:
        _vacate(tx, attempt.sitting_id, old_seat)


def begin_elsewhere(tx: Tx, person: Candidate, attempts: list[Attempt], place: Place) -> None:
    """The first login of somebody whose own machine never came up, or who may sit anywhere."""
    data = {"from": person.seat, "to": place.seat, "lost_ms": 0}
    note(tx, attempts, "machine_changed", data)
    if person.seat is not None:
        tx.session.flush()  # the new terminal, so that the old machine is seen as left
        _vacate(tx, seated_in(person), person.seat)


def set_workstation(
    tx: Tx, *, sitting_id: str, seat: int, use: str, actor: Staff, reason: str
) -> None:
    """Mark a machine at which nobody sits 停用 out of use, or 备用 a spare again.

    Refusals: ``seat_not_free`` 409; ``workstation_use`` 422.
    """
    require(actor, *ROOM_STAFF, action="workstation")
    where = sitting(tx, sitting_id)
    if use not in (SPARE, OUT_OF_USE):
        raise Refusal("workstation_use", 422, {"use": use[:40]})
    row = _seat(tx, sitting_id, seat)
    if row is None:
        raise not_found("seat", str(seat))
    if _occupant(tx, sitting_id, seat) is not None or _promised(tx, sitting_id, seat):
        raise Refusal("seat_not_free", 409, {"seat": seat})
    row.use = use
    data = {"seat": seat, "use": use, "reason": reason}
    journal.append(tx, chain=where, kind="workstation", actor=actor.actor, data=data)


def decline_loss(tx: Tx, *, attempt_id: str, actor: Staff, reason: str) -> None:
    """The measured loss is not given back, for a reason. Refusal ``nothing_proposed`` 409."""
    require(actor, *ROOM_STAFF, action="grant")
    found = tx.session.get(Attempt, attempt_id)
    if found is None:
        raise not_found("attempt", attempt_id)
    if found.proposed_ms == 0:
        raise Refusal("nothing_proposed", 409)
    data = {"ms": found.proposed_ms, "reason": reason}
    found.proposed_ms = 0
    journal.append(tx, chain=found, kind="loss_declined", actor=actor.actor, data=data)


def is_spare(tx: Tx, sitting_id: str, seat: int) -> bool:
    """Whether the plan keeps this machine for whoever must move."""
    row = _seat(tx, sitting_id, seat)
    return row is not None and row.use == SPARE


def _change(tx: Tx, candidate_id: str) -> MachineChange:
    """The open change of the candidate; a new one notes what is spent by now."""
    found = tx.session.get(MachineChange, candidate_id)
    if found is None:
        found = MachineChange(
            candidate_id=candidate_id, away_spent_ms=_useful_until(tx, candidate_id)
        )
        tx.session.add(found)
    return found


def _useful_until(tx: Tx, candidate_id: str) -> int:
    """What the current attempt had spent when its machine was last of use: now, or when it fell
    silent, but not before its last saved answer."""
    attempt = current_attempt(attempts_of(tx, candidate_id))
    spent_ms = timing_of(attempt).spent(tx.now)
    presence = tx.session.get(Presence, candidate_id)
    if presence is None or not timing_of(attempt).running:
        return spent_ms
    silent_ms = silence_ms(presence.connected, presence.heard_ms, tx.now.wall_ms)
    unsaved_ms = max(0, tx.now.wall_ms - (attempt.last_saved_ms or 0))
    return max(0, spent_ms - min(silent_ms, unsaved_ms))


def _vacate(tx: Tx, sitting_id: str, seat: int) -> None:
    """What somebody had to leave is not offered to the next one until staff say so."""
    row = _seat(tx, sitting_id, seat)
    if (
        row is not None
        and _occupant(tx, sitting_id, seat) is None
        and not _promised(tx, sitting_id, seat)
    ):
        row.use = OUT_OF_USE


def _over(attempts: list[Attempt]) -> bool:
    return all(AttemptState(found.state) in ENDED for found in attempts)


def _refuse_ended(attempts: list[Attempt]) -> None:
    if _over(attempts):
        raise Refusal("attempt_ended", 409)


def _refuse_taken(tx: Tx, sitting_id: str, seat: int, candidate_id: str) -> None:
    free = is_spare(tx, sitting_id, seat) and _occupant(tx, sitting_id, seat) is None
    if not free or _promised(tx, sitting_id, seat, but=candidate_id):
        raise Refusal("seat_not_free", 409, {"seat": seat})


def _own(tx: Tx, person: Candidate, seat: int) -> bool:
    """Another browser, another box at the same place: 同一机位换主机."""
    terminal = tx.session.get(Terminal, person.id)
    return seat == (terminal.seat if terminal is not None else person.seat)


def _occupant(tx: Tx, sitting_id: str, seat: int) -> str | None:
    """Who belongs at this machine now: moved there, or registered for it and not moved away."""
    rows = tx.session.execute(
        select(Candidate.id, Candidate.seat, Terminal.seat)
        .outerjoin(Terminal, Terminal.candidate_id == Candidate.id)
        .where(Candidate.sitting_id == sitting_id)
        .where((Candidate.seat == seat) | (Terminal.seat == seat))
    ).all()
    for ident, registered, live in rows:
        if (registered if live is None else live) == seat:
            found: str = ident
            return found
    return None


def _promised(tx: Tx, sitting_id: str, seat: int, but: str = "") -> bool:
    """Whether somebody else is on the way to this machine."""
    query = (
        select(MachineChange.candidate_id)
        .join(Candidate, Candidate.id == MachineChange.candidate_id)
        .where(
            Candidate.sitting_id == sitting_id,
            MachineChange.to_seat == seat,
            MachineChange.candidate_id != but,
        )
    )
    return tx.session.scalar(query.limit(1)) is not None


def _seat(tx: Tx, sitting_id: str, number: int) -> Seat | None:
    """The machine, for this command alone: two proctors do not give it to two people."""
    found = tx.lock(select(Seat).where(Seat.sitting_id == sitting_id, Seat.number == number))
    return found[0] if found else None


def _live(tx: Tx, candidate_id: str) -> Terminal:
    terminal = tx.session.get(Terminal, candidate_id)
    if terminal is None or not terminal.terminal_id:
        raise Refusal("swap_line_down", 409, {"seat": candidate(tx, candidate_id).seat or 0})
    return terminal
