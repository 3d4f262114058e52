"""Whatever happens in a room, the independent verifier agrees with what the server kept.

The room is played through the real use cases; the verifier knows only the exported file.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from exam_server.auth.identity import Role
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.errors import Refusal
from exam_server.results.actions.scoring import release
from exam_server.room.actions import control, machines, outage, recovery
from exam_server.room.tables import RecoveryCase
from exam_server.storage.migrate import upgrade
from exam_server.verify.messages import sentence
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from tests.builders.played_room import CHIEF, PROCTOR, PlayedRoom
from tests.builders.results_day import staff

MINUTE = 60_000


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[PlayedRoom]:
    played = PlayedRoom(database_url, tmp_path, 5)
    yield played
    played.close()


def verified(room: PlayedRoom, folder: Path) -> Report:
    journal, scoring = room.export(folder)
    key = room.keys.signing.public_key().public_bytes_raw()
    report = verify(journal, known_key=key, scoring=[scoring])
    assert [(f.chain, f.seq, sentence(f, "en")) for f in report.findings] == []
    assert report.unreadable is None
    return report


def test_an_eventful_day_verifies(room: PlayedRoom, tmp_path: Path) -> None:
    for number in (0, 1):
        room.check_in(number)
    room.unseal_and_ring()
    room.clock.advance(900)
    room.start(0, 1)  # at the bell
    room.clock.advance(4_000)
    room.start(1, 1)  # after the start window
    room.answer(0, 1, 0, "a", (1, 1))
    room.answer(0, 1, 0, "b", (1, 3))
    assert room.answer(0, 1, 0, "c", (1, 2)).receipts[0].kept == "superseded"
    again = room.answer(0, 1, 0, "b", (1, 3))  # a replay writes nothing
    assert again.receipts[0].kept == "counted"
    room.clock.advance(6 * MINUTE)
    room.check_in(2)  # late
    room.clock.advance(3_000)
    room.start(2, 1)
    _stand_still(room)
    _change_machine(room)
    room.clock.advance(28 * MINUTE)
    room.absent(3)
    room.absent(4)
    room.clock.step_wall(-3 * 3_600_000)  # somebody sets the wall clock
    room.tick()
    room.clock.advance(1_000)
    room.restart(40_000)
    room.clock.advance(MINUTE)
    room.tick()
    room.restart(5 * MINUTE, reboot=True)
    room.answer(2, 1, 2, "ac", (1, 1))
    room.hand_in(0, 1)
    assert room.answer(0, 1, 3, "ac", (1, 9)).receipts[0].kept == "late"
    room.start(0, 2)
    for _ in range(90):
        room.clock.advance(MINUTE)
        room.tick()
    assert room.attempt(0, 2).cause == "time"
    _recover(room)
    room.finish()
    report = verified(room, tmp_path)
    assert report.counts["unanchored"] == 0
    assert report.counts["recomputed"] == report.counts["scores"] >= 6
    assert report.counts["attempts"] == 10


def _stand_still(room: PlayedRoom) -> None:
    """One candidate, then the whole room, then both at once."""
    one = room.attempt(1, 1).id
    where = room.sitting_id
    room.do(lambda tx: control.pause_attempt(tx, attempt_id=one, actor=PROCTOR, reason="键盘"))
    room.clock.advance(2 * MINUTE)
    room.do(lambda tx: control.pause_sitting(tx, sitting_id=where, actor=PROCTOR, reason="火警"))
    room.clock.advance(MINUTE)
    room.do(lambda tx: control.resume_attempt(tx, attempt_id=one, actor=PROCTOR, reason="好了"))
    room.clock.advance(MINUTE)
    room.do(lambda tx: control.resume_sitting(tx, sitting_id=where, actor=PROCTOR, reason="解除"))
    room.do(
        lambda tx: control.grant(
            tx, actor=PROCTOR, seconds=720, reason="停电", sitting_id=where, second=CHIEF
        )
    )
    room.clock.advance(MINUTE)
    room.do(
        lambda tx: control.grant(
            tx, actor=PROCTOR, seconds=60, reason="再补", attempt_id=one, second=CHIEF
        )
    )


def _change_machine(room: PlayedRoom) -> None:
    person = room.people[1]
    room.do(
        lambda tx: machines.release_terminal(tx, candidate_id=person, actor=PROCTOR, reason="死机")
    )
    room.check_in(1, terminal="t2", seat=20)
    assert room.answer(1, 1, 1, "a", (1, 7)).receipts[0].kept == "late"
    assert room.answer(1, 1, 1, "b", (2, 1)).receipts[0].kept == "counted"


def _recover(room: PlayedRoom) -> None:
    attempt_id = room.attempt(0, 1).id
    case = room.store.read(
        lambda session: session.scalars(
            select(RecoveryCase.id).where(RecoveryCase.attempt_id == attempt_id)
        ).one()
    )
    room.do(
        lambda tx: recovery.propose_recovery(
            tx, case_id=case, apply=True, actor=PROCTOR, reason="断网"
        )
    )
    room.do(
        lambda tx: recovery.decide_recovery(
            tx, case_id=case, agree=True, actor=CHIEF, reason="属实"
        )
    )
    room.score()


@pytest.mark.parametrize("walk", range(6))
def test_a_room_where_anything_happens_verifies(
    walk: int, sqlite_url: str, tmp_path: Path, rng: random.Random
) -> None:
    """Two hundred acts at random; what the rules refuse is refused and leaves no trace."""
    upgrade(sqlite_url)
    room = PlayedRoom(sqlite_url, tmp_path, 4)
    try:
        for number in range(2):
            room.check_in(number)
        room.unseal_and_ring()
        for _ in range(200):
            try:
                _anything(room, rng)
            except Refusal:
                continue
        if walk == 0:
            verified(room, tmp_path)  # in the middle of the exam
        _let_run(room)
        room.finish()
        counts = verified(room, tmp_path).counts
        assert counts["entries"] > 60, counts
        assert counts["recomputed"] == counts["scores"] > 0, counts
    finally:
        room.close()


def _let_run(room: PlayedRoom) -> None:
    try:
        where = room.sitting_id
        room.do(lambda tx: control.resume_sitting(tx, sitting_id=where, actor=PROCTOR, reason="x"))
    except Refusal:
        return


def _anything(room: PlayedRoom, rng: random.Random) -> None:
    number, ordinal = rng.randrange(4), rng.choice([1, 1, 2])
    found = room.attempt(number, ordinal)
    where = room.sitting_id
    match rng.randrange(15):
        case 0 | 1 | 2:
            room.clock.advance(rng.choice([1, 700, 30_000, 3 * MINUTE]))
            room.tick()
        case 3 | 4 | 5:
            fence = max(1, found.fence - rng.choice([0, 0, 0, 1]))
            letters = "".join(sorted(rng.sample("abcd", rng.randrange(4))))
            room.answer(number, ordinal, rng.randrange(4), letters, (fence, rng.randrange(1, 60)))
        case 6:
            room.check_in(number)
        case 7 | 8:
            room.start(number, ordinal)
        case 9:
            act = rng.choice([control.pause_attempt, control.resume_attempt])
            room.do(lambda tx: act(tx, attempt_id=found.id, actor=PROCTOR, reason="x"))
        case 10:
            whole = rng.choice([control.pause_sitting, control.resume_sitting])
            room.do(lambda tx: whole(tx, sitting_id=where, actor=PROCTOR, reason="x"))
        case 11:
            room.restart(rng.choice([1, 20_000, 4 * MINUTE]), reboot=rng.random() < 0.4)
        case 12:
            target = {"attempt_id": found.id} if rng.random() < 0.6 else {"sitting_id": where}
            seconds = rng.choice([30, 300, 700])
            room.do(
                lambda tx: control.grant(
                    tx, actor=PROCTOR, seconds=seconds, reason="x", second=CHIEF, **target
                )
            )
        case 13 if rng.random() < 0.2:
            room.hand_in(number, ordinal)
        case _:
            room.clock.step_wall(rng.choice([-MINUTE, MINUTE]))
            room.do(outage.beat)


def test_what_happens_after_the_close_is_not_anchored_but_holds(
    room: PlayedRoom, tmp_path: Path
) -> None:
    room.check_in(0)
    room.unseal_and_ring()
    room.start(0, 1)
    room.finish()
    room.day.set_sitting(SittingState.SCORED)
    authority = staff(Role.AUTHORITY, "authority")
    room.do(lambda tx: release(tx, sitting_id=room.sitting_id, actor=authority))
    assert verified(room, tmp_path).counts["unanchored"] == 1
