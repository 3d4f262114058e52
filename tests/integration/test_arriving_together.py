"""A hall comes in at once: who arrives beside others fares as if they were alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event

from exam_server.errors import Refusal
from exam_server.room.actions import machines
from exam_server.room.views.arriving import everybody, stages
from exam_server.room.views.shelves import Shelves
from tests.builders.room_day import PROCTOR, SPARE_SEAT, RoomDay
from tests.builders.room_terminal import Json, Terminal

PEOPLE = 8


@pytest.fixture
def hall(database_url: str, tmp_path: Path) -> Iterator[RoomDay]:
    day = RoomDay(database_url, tmp_path / "centre", candidates=PEOPLE)
    yield day
    day.verified()
    day.close()


def _codes(results: Sequence[Any]) -> list[str | None]:
    return [one.code if isinstance(one, Refusal) else None for one in results]


def _logs_in(one: Terminal, **typed: str) -> Callable[[], Json]:
    return lambda: one.log_in(**typed)


def test_each_login_is_judged_by_itself(hall: RoomDay) -> None:
    """In one commit: right ones, a wrong number, another's seat, a wrong room, a second machine,
    an old machine again, somebody who moves; and the one who is there twice."""
    at = [hall.terminal(number) for number in range(PEOPLE)]
    for early in (3, 4, 5):
        at[early].log_in()
    released = {"candidate_id": hall.people[5].id, "seat": SPARE_SEAT}
    hall.do(machines.release_terminal, actor=PROCTOR, reason="机器坏了", **released)
    second = hall.terminal(4, name="t2")
    spare = hall.terminal(5, seat=SPARE_SEAT, name="t2")
    strange = hall.terminal(2, seat=hall.people[2].seat + 4)
    results = hall.runner.batch(
        [
            _logs_in(at[0]),
            _logs_in(at[1], id_number="1"),
            _logs_in(strange),
            _logs_in(at[3]),
            _logs_in(second),
            _logs_in(spare),
            _logs_in(at[6], room="03"),
            _logs_in(at[7]),
            _logs_in(at[0]),
        ]
    )
    assert _codes(results) == [
        *(None, "login_unknown", "login_seat_differs", None, "login_elsewhere", None),
        *("login_room_differs", None, None),
    ]
    let_in = [(0, 0), (3, 3), (5, 5), (7, 7), (8, 0)]
    for place, number in let_in:
        me, person = results[place]["me"], hall.people[number]
        assert (me["candidate_id"], me["ticket"]) == (person.id, person.ticket)
        assert results[place]["state"]["attempts"][0]["id"] == hall.attempt_id(person)
    told = results[5]
    assert (told["me"]["seat"], told["state"]["attempts"][0]["fence"]) == (SPARE_SEAT, 2)
    kinds = {number: hall.kinds(hall.attempt_id(hall.people[number])) for number in range(PEOPLE)}
    assert kinds[0] == ["assigned", "logged_in", "logged_in"]
    assert kinds[1] == kinds[2] == kinds[6] == ["assigned"]
    assert kinds[3] == ["assigned", "logged_in", "logged_in"]
    assert kinds[4] == ["assigned", "logged_in", "second_login"]
    assert kinds[5][-2:] == ["machine_changed", "fenced"]
    assert kinds[7] == ["assigned", "logged_in"]


def test_a_head_that_was_told_is_the_head_that_is_kept(hall: RoomDay) -> None:
    """What is answered is read in the same transaction: nobody is told an older chain."""
    at = [hall.terminal(number) for number in range(PEOPLE)]
    hall.runner.batch([_logs_in(one) for one in at])
    confirmed = hall.runner.batch([one.confirm for one in at])
    for person, told in zip(hall.people, confirmed, strict=True):
        attempt = hall.attempt(person)
        first = told["attempts"][0]
        assert (first["head_seq"], first["head"]) == (attempt.head_seq, attempt.head)
        assert told["checked_in"]
        kinds = hall.kinds(attempt.id)
        assert kinds == ["assigned", "logged_in", "confirmed", "checked_in"]


def test_confirming_and_disputing_beside_each_other_and_twice(hall: RoomDay) -> None:
    right, wrong, nobody = (hall.terminal(number) for number in range(3))
    right.log_in()
    wrong.log_in()
    results = hall.runner.batch(
        [right.confirm, lambda: wrong.confirm(right=False), nobody.confirm, right.confirm]
    )
    assert _codes(results) == [None, None, "not_logged_in", None]
    assert [one["checked_in"] for one in (results[0], results[1], results[3])] == [
        True,
        False,
        True,
    ]
    assert hall.kinds(hall.attempt_id(hall.people[0]))[2:] == ["confirmed", "checked_in"]
    assert hall.kinds(hall.attempt_id(hall.people[1]))[2:] == ["info_disputed", "hand_raised"]
    pledged = hall.runner.batch([right.pledge, nobody.pledge, right.pledge])
    assert _codes(pledged) == [None, "not_logged_in", None]
    assert pledged[0]["pledged"]
    assert hall.kinds(hall.attempt_id(hall.people[0]))[4:] == ["pledged"]


def test_what_many_are_told_is_what_each_is_told(hall: RoomDay) -> None:
    """Me and Stage of a hall in one read; everybody has an order of their own."""
    here = [hall.terminal(number).arrive() for number in range(3)]
    hall.terminal(3).log_in()
    ids = [person.id for person in hall.people[:4]]
    shelves, fields = Shelves(), hall.centre.keys.fields
    staged = hall.centre.store.read(lambda session: stages(session, ids, shelves))
    people = hall.centre.store.read(lambda session: everybody(session, ids, fields, shelves))
    assert isinstance(staged[ids[3]], Refusal), "who has not confirmed is staged nothing"
    papers = [one for one in staged.values() if not isinstance(one, Refusal)]
    assert len({str(subjects[0]["order"]) for subjects in papers}) == 3
    for one in here:
        mine = [{**subject, "blob_bytes": None} for subject in one.stage()]
        told = msgspec.json.decode(msgspec.json.encode(staged[one.person.id]))
        assert mine == [{**subject, "blob_bytes": None} for subject in told]
        assert one.me()["me"] == msgspec.json.decode(msgspec.json.encode(people[one.person.id]))
    assert people[ids[3]]["ticket"] == hall.people[3].ticket


def test_what_an_act_is_answered_is_as_of_after_it_was_saved(hall: RoomDay) -> None:
    """Or a push read while it was being saved would be of a later time, and would take it back."""
    one = hall.terminal(0)
    saving_ms = 700
    event.listen(hall.centre.store._writer, "commit", lambda _: hall.clock.advance(saving_ms))
    acts: list[Callable[[], Json]] = [one.log_in, one.confirm, one.pledge, one.hand_in]
    for act in acts:
        if act == one.hand_in:
            hall.unseal()
            hall.ring()
            one.open()
        begun_ms = hall.clock.now().wall_ms
        told = act()
        assert told.get("state", told)["now_ms"] >= begun_ms + saving_ms
