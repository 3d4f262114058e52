"""Answers come to light when the scoring keys are gone: two persons bring the bell code again."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.errors import Refusal
from exam_server.results.actions.recovered import score_recovered
from exam_server.results.tables import Score
from exam_server.results.views.pending import recovered_without_key
from exam_server.room.actions import closing, ending, recovery
from exam_server.vault.tables import HeldSecret
from tests.builders.office import Person
from tests.builders.room_day import AUTHORITY, CHIEF, PROCTOR, RoomDay
from tests.builders.room_terminal import Terminal


def sat(room: RoomDay) -> Terminal:
    """One candidate alone has answered one item of each subject; the sitting is closed."""
    (terminal,) = room.begin(0)
    for subject in (1, 2):
        if subject == 2:
            terminal.open(2)
        terminal.answer(0, "a", subject=subject)
        terminal.hand_in(subject=subject)
    room.wait(minutes=31)
    for person in room.people[1:]:
        room.do(ending.mark_absent, candidate_id=person.id, actor=CHIEF, reason="未到场")
    room.do(closing.close_sitting, sitting_id=room.sitting_id, actor=PROCTOR)
    return terminal


def sat_and_scored(room: RoomDay) -> Terminal:
    terminal = sat(room)
    room.tick()
    room.tick()
    assert (room.sitting().state, secrets(room)) == ("scored", 0)
    return terminal


def secrets(room: RoomDay) -> int:
    """How many are stored; what is in memory nobody may find either."""
    assert not room.centre.vault.forms()
    return len(room.centre.store.read(lambda session: session.scalars(select(HeldSecret)).all()))


def comes_late(room: RoomDay, terminal: Terminal) -> None:
    """A right answer was still on the machine."""
    correct = room.correct[room.attempt(terminal.person).form_id]
    terminal.send(terminal.write(1, correct[terminal.items()[1]]))


def apply_it(room: RoomDay, terminal: Terminal) -> None:
    """Two persons have seen it and let it count."""
    (case,) = room.cases(terminal.person)
    room.do(
        recovery.propose_recovery, case_id=case.id, apply=True, actor=PROCTOR, reason="断网时已作答"
    )
    room.do(recovery.decide_recovery, case_id=case.id, agree=True, actor=CHIEF, reason="日志相符")


def again(room: RoomDay, *, code: str, first: Staff = PROCTOR, second: Staff = CHIEF) -> int:
    return room.do(
        score_recovered,
        sitting_id=room.sitting_id,
        code=code,
        first=first,
        second=second,
        keys=room.centre.keys,
        data=room.settings.data,
    )


def versions(room: RoomDay, terminal: Terminal) -> list[int]:
    query = select(Score.version).where(Score.attempt_id == terminal.attempt_id())
    return room.centre.store.read(lambda session: sorted(session.scalars(query)))


def test_recovered_after_the_keys_are_gone_is_scored_by_the_bell_code(room: RoomDay) -> None:
    terminal = sat_and_scored(room)
    comes_late(room, terminal)
    apply_it(room, terminal)
    room.tick()
    waiting = partial(recovered_without_key, sitting_id=room.sitting_id)
    form = room.attempt(terminal.person).form_id
    assert room.centre.store.read(waiting) == {terminal.attempt_id(): form}
    assert versions(room, terminal) == [1], "nobody holds the key any more"
    for code, second, refused in (
        ("A" * 28, CHIEF, "bell_code_mistyped"),
        (room.bell_code, PROCTOR, "second_person_required"),
        (room.bell_code, AUTHORITY, "forbidden"),
    ):
        with pytest.raises(Refusal, match=refused):
            again(room, code=code, second=second)
    one, other = (
        Person(room, login, role)  # type: ignore[arg-type]  # as an office: a face and its clock
        for login, role in (("li", Role.PROCTOR), ("zhou", Role.CHIEF_PROCTOR))
    )
    one.enter()
    path = f"/console/sitting/{room.sitting_id}/"
    assert 'data-test="recovered"' in one.browser.get(path + "results").get_data(as_text=True)
    typed = {"code": room.bell_code, "login": "zhou"}
    assert one.post(path + "score-recovered", **typed, password="wrong").status_code == 401
    assert one.post(path + "score-recovered", **typed, password=other.password).status_code == 303
    room.tick()
    assert 'data-test="recovered"' not in one.browser.get(path + "results").get_data(as_text=True)
    assert versions(room, terminal) == [1, 2]
    assert room.centre.store.read(waiting) == {}
    room.tick()
    assert secrets(room) == 0, "they are gone once it is scored"
    opened = [entry.data for entry in room.journal() if entry.kind == "unsealed"]
    assert [(entry["first"], entry["second"]) for entry in opened] == [
        (PROCTOR.actor, CHIEF.actor),
        (f"staff:{one.id}", f"staff:{other.id}"),
    ]
    with pytest.raises(Refusal, match="recovered_nobody"):
        again(room, code=room.bell_code)
    assert room.verified().counts["recomputed"] == 3


def test_the_keys_stay_while_what_was_just_applied_is_not_scored(room: RoomDay) -> None:
    """The decision may fall between the look for scores and the look for what can go."""
    terminal = sat(room)
    comes_late(room, terminal)
    room.tick()
    assert room.sitting().state == "scored"
    apply_it(room, terminal)
    room.sweep._forget()
    room.sweep._forget_here()
    room.tick()
    assert versions(room, terminal) == [1, 2]
    room.tick()
    assert secrets(room) == 0
