"""Two processes serve one room on one PostgreSQL: no memory in common, one record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select

from exam_server.bootstrap import credit_silence
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.room.actions import bell, opening, recovery
from exam_server.room.actions.closing import settle_incident
from exam_server.room.actions.control import pause_sitting, record_incident, resume_sitting
from exam_server.room.actions.heads import take_heads
from exam_server.room.actions.people import sitting
from exam_server.room.rules.company import DEAD_AFTER_MS
from exam_server.room.tables import Heartbeat, Presence
from exam_server.storage.lease import LEASE_MS, SWEEP, Lease, LeaseLostError
from exam_server.storage.migrate import upgrade
from exam_server.storage.tx import Tx
from tests.builders.room_day import ADMIN, CHIEF, PROCTOR, RoomDay, roster
from tests.builders.second_process import SecondProcess, second
from tests.builders.waiting import until_blocked

HOUR = 60 * 60_000
Command = Callable[[Tx], object]


@pytest.fixture
def room(postgres_url: str, tmp_path: Path) -> Iterator[RoomDay]:
    """Room 02; its journal verifies whatever came of it."""
    upgrade(postgres_url)
    day = RoomDay(postgres_url, tmp_path / "centre")
    yield day
    day.verified()
    day.close()


def connected(room: RoomDay) -> dict[str, int | None]:
    """Candidates whose socket some process holds, and which."""
    return room.centre.store.read(
        lambda session: {
            row.candidate_id: row.served_by
            for row in session.scalars(select(Presence).where(Presence.connected.is_(True)))
        }
    )


def epoch(room: RoomDay) -> int:
    return room.centre.store.read(lambda session: session.get_one(Heartbeat, 1).epoch)


# ---------------------------------------------------------------- coming and going


def test_a_second_process_in_mid_exam_is_no_outage(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    person = terminal.person
    room.wait(seconds=30)
    room.centre.presence.heard(person.id, room.clock.now().wall_ms, "its-socket")
    room.tick()
    before = epoch(room)
    other = second(room)
    assert "outage" not in room.kinds()
    assert epoch(room) == before == other.centre.epoch
    assert connected(room) == {person.id: room.centre.process}
    assert terminal.left_ms() == HOUR - (room.clock.now().boot_ms - bell_ms(room))
    other.serves(terminal)
    assert terminal.answer(0, "a")["kept"] == "counted"
    assert terminal.left_ms() == HOUR - (room.clock.now().boot_ms - bell_ms(room))
    other.die()


def bell_ms(room: RoomDay) -> int:
    rung = room.sitting().bell_boot_ms
    assert rung is not None
    return rung


def test_what_is_unsealed_stays_so_when_another_starts(room: RoomDay) -> None:
    room.terminal(0).arrive()
    room.tick()
    room.unseal()
    other = second(room)
    assert room.sitting().state == "unsealed"
    room.ring()
    assert room.sitting().state == "running"
    other.die()


def test_two_halls_of_one_form_ring_at_the_same_moment_in_two_processes(room: RoomDay) -> None:
    other_hall = room.plan("03")
    room.register(roster(2, "03", "others"), {"03": other_hall})
    room.do(bell.make_ready, sitting_id=other_hall, actor="staff:admin")
    room.terminal(0).arrive()
    other = second(room)
    room.unseal()
    room.unseal(sitting_id=other_hall)
    half_done, there_rung = Event(), Event()
    ring = partial(bell.ring, actor=PROCTOR, vault=room.centre.vault, keys=room.centre.keys)

    def slowly(tx: Tx) -> None:
        ring(tx, sitting_id=room.sitting_id)
        half_done.set()
        until_blocked(room.settings.database_url, there_rung.is_set)

    def there() -> None:
        assert half_done.wait(10)
        try:
            other.centre.store.write(lambda tx: ring(tx, sitting_id=other_hall))
        finally:
            there_rung.set()

    with ThreadPoolExecutor(2) as two:
        for rung in [two.submit(room.centre.store.write, slowly), two.submit(there)]:
            rung.result()
    states = room.centre.store.read(lambda session: list(session.scalars(select(Sitting.state))))
    assert states == ["running", "running"]
    other.die()


def test_when_all_were_gone_the_first_to_come_credits_once(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    other = second(room)
    room.wait(seconds=10)
    left_ms = terminal.left_ms()
    other.die()
    room.restart(7 * 60_000)
    third = second(room)
    assert room.kinds().count("outage") == 1
    (outage,) = [entry.data for entry in room.journal() if entry.kind == "outage"]
    assert outage["ms"] == 7 * 60_000
    assert terminal.left_ms() == left_ms - 1_000  # the second that the third looked
    assert third.centre.hold_until_ms == room.centre.hold_until_ms > room.clock.now().boot_ms
    third.die()


def test_one_that_died_unnoticed_is_dead_when_no_sign_comes(room: RoomDay) -> None:
    """Its machine lost power: the database still believes in its connection."""
    room.begin(0)
    room.wait(seconds=10)
    other = SecondProcess(room, lambda: room.clock.advance(1_000))
    (outage,) = [entry.data for entry in room.journal() if entry.kind == "outage"]
    assert outage["ms"] > DEAD_AFTER_MS
    other.die()


def test_whoever_returns_from_silence_while_another_lived_gives_nobody_time(
    room: RoomDay,
) -> None:
    (terminal,) = room.begin(0)
    other = second(room)
    credit_silence(room.centre)
    for _ in range(20):  # the first process is stopped meanwhile
        room.clock.advance(1_000)
        other.sweep.tick()
    room.tick()
    assert "outage" not in room.kinds()
    assert terminal.left_ms() == HOUR - (room.clock.now().boot_ms - bell_ms(room))
    other.die()


@pytest.mark.parametrize("paused", [True, False])
def test_whoever_begins_as_the_room_stops_or_goes_on_does_as_the_room(
    room: RoomDay, monkeypatch: pytest.MonkeyPatch, paused: bool
) -> None:
    """A subject begins in one process while the room is paused, or resumed, in another."""
    first, late = room.terminal(0), room.terminal(1)
    for terminal in (first, late):
        terminal.arrive()
    room.unseal()
    room.ring()
    first.open()
    control = {"actor": PROCTOR, "reason": "断电"}
    if not paused:
        room.do(pause_sitting, sitting_id=room.sitting_id, **control)
    other = second(room)
    other.serves(late)
    half_done, over = Event(), Event()
    begun = opening._begun

    def slowly(*arguments: Any) -> Any:
        turn = begun(*arguments)
        half_done.set()
        until_blocked(room.settings.database_url, over.is_set)
        return turn

    monkeypatch.setattr(opening, "_begun", slowly)
    act = pause_sitting if paused else resume_sitting
    with ThreadPoolExecutor(1) as there:
        opened = there.submit(late.open)
        assert half_done.wait(10)
        room.do(act, sitting_id=room.sitting_id, **control)
        over.set()
        opened.result()
    assert [one.sees()["running"] for one in (first, late)] == [not paused] * 2
    left_ms = late.left_ms()
    room.wait(seconds=30)
    assert late.left_ms() == left_ms - (0 if paused else 30_000)
    other.die()


def decided_at_once(room: RoomDay, other: SecondProcess, first: Command, then: Command) -> None:
    """``first`` is not committed until ``then``, in another process, is seen to wait for it."""
    half_done, over = Event(), Event()

    def slowly(tx: Tx) -> None:
        first(tx)
        tx.session.flush()
        half_done.set()
        until_blocked(room.settings.database_url, over.is_set)

    with ThreadPoolExecutor(1) as here:
        deciding = here.submit(room.centre.store.write, slowly)
        assert half_done.wait(10)
        try:
            other.centre.store.write(then)
        finally:
            over.set()
            deciding.result()


def test_a_case_that_is_decided_twice_at_once_is_decided_once(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    late = terminal.write(0, "a")
    room.wait(minutes=61)
    terminal.send(late)
    (case,) = room.cases(terminal.person)
    why: dict[str, Any] = {"case_id": case.id, "reason": "断网时已作答"}
    room.do(recovery.propose_recovery, apply=True, actor=PROCTOR, **why)
    other = second(room)
    agree = partial(recovery.decide_recovery, agree=True, actor=CHIEF, **why)
    reopen = partial(recovery.decide_recovery, agree=False, actor=ADMIN, **why)
    with pytest.raises(Refusal, match="case_not_proposed"):
        decided_at_once(room, other, agree, reopen)
    (case,) = room.cases(terminal.person)
    assert (case.state, room.attempt(terminal.person).answered) == ("applied", 1)
    other.die()


def test_two_incidents_of_the_room_that_are_settled_at_once_are_both_settled(
    room: RoomDay,
) -> None:
    room.begin(0)
    what: dict[str, Any] = {"sitting_id": room.sitting_id, "candidate_id": None, "actor": PROCTOR}
    settle = [
        partial(
            settle_incident,
            incident_id=room.do(record_incident, kind="equipment", text=text, **what),
            actor=PROCTOR,
            reason="已修复",
        )
        for text in ("空调停机", "照明停电")
    ]
    other = second(room)
    decided_at_once(room, other, *settle)
    assert room.kinds().count("incident_settled") == 2
    with pytest.raises(Refusal, match="incident_settled"):
        room.centre.store.write(settle[0])
    other.die()


# ---------------------------------------------------------------- the lease


def test_when_the_holder_is_killed_the_other_ends_the_exam_at_zero(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    other = second(room)
    other.sweep.tick()
    other.serves(terminal)
    terminal.answer(0, "b")
    room.centre.store.close()  # the holder dies
    for seconds, state in ((3_590, "in_progress"), (20, "submitted")):
        for _ in range(seconds // 10):
            room.clock.advance(10_000)
            other.sweep.tick()
        assert terminal.sees()["state"] == state
    other.die()
    room.reopen()


def test_a_holder_that_slept_and_lost_the_lease_writes_nothing(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    other = second(room)
    room.tick()
    room.clock.advance(LEASE_MS - 1)
    other.sweep.tick()
    assert holder(room) == room.centre.process  # not over yet: the second leaves it alone
    room.clock.advance(1)
    other.sweep.tick()
    assert holder(room) == other.centre.process
    entries = room.entries()
    with pytest.raises(LeaseLostError):
        room.sweep.write(lambda tx: take_heads(tx, sitting(tx, room.sitting_id)))
    assert room.entries() == entries
    other.sweep.write(lambda tx: take_heads(tx, sitting(tx, room.sitting_id)))
    assert room.entries() == entries + 1
    assert terminal.sees()["state"] == "in_progress"
    other.die()


def holder(room: RoomDay) -> int:
    return room.centre.store.read(lambda session: session.get_one(Lease, SWEEP).holder)


# ---------------------------------------------------------------- presence


def test_a_socket_that_moved_is_not_gone_when_its_old_process_loses_it(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    who = terminal.person.id
    other = second(room)
    room.centre.presence.heard(who, room.clock.now().wall_ms, "old")
    room.tick()
    room.clock.advance(1_000)
    other.centre.presence.heard(who, room.clock.now().wall_ms, "new")
    other.sweep.tick()
    room.centre.presence.gone(who, "old")
    room.tick()
    assert connected(room) == {who: other.centre.process}
    for _ in range(30):
        room.clock.advance(1_000)
        room.tick()
        other.sweep.tick()
    assert connected(room) == {who: other.centre.process}
    assert "lost" not in room.kinds(terminal.attempt_id())
    other.die()
    room.clock.advance(1_000)
    room.tick()
    assert connected(room) == {}
    for _ in range(22):
        room.clock.advance(1_000)
        room.tick()
    assert "lost" in room.kinds(terminal.attempt_id())
