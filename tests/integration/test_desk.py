"""Before the day: an exam, its rooms, and a roster that goes in whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role
from exam_server.desk.actions.exam import create_exam, plan_sitting
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.roster import read_roster
from exam_server.desk.roster_file import write_roster
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.desk.views import (
    exams,
    id_number_of,
    photo_url_of,
    sittings_of,
    whole_rules,
)
from exam_server.errors import Refusal
from exam_server.profiles.eligibility import Eligibility
from exam_server.profiles.profile import Profile, of_exam
from exam_server.results.people import people
from exam_server.results.records import records
from tests.builders.profiles import short_block
from tests.builders.results_day import START_MS, Day, staff


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    prepared = Day(database_url, tmp_path)
    yield prepared
    prepared.close()


def registered(day: Day) -> list[Candidate]:
    """Everybody of the exam, by seat."""
    query = select(Candidate).where(Candidate.exam_id == day.exam_id).order_by(Candidate.seat)
    return day.store.read(lambda session: list(session.scalars(query)))


def refused_rows(day: Day, rows: list[RosterRow]) -> list[tuple[object, object, object]]:
    with pytest.raises(Refusal) as caught:
        day.register(rows)
    assert caught.value.code == "roster_problems"
    return [(row["row"], row["column"], row["code"]) for row in caught.value.rows]


def changed(original: RosterRow, **values: object) -> RosterRow:
    return msgspec.structs.replace(original, **values)


def changed_rules(original: Profile, **values: object) -> Profile:
    return msgspec.structs.replace(original, **values)


def test_the_rules_are_frozen_into_the_exam_as_announced(day: Day) -> None:
    exam = day.store.read(lambda session: session.get(Exam, day.exam_id))
    assert exam is not None
    rules = day.store.read(lambda session: whole_rules(session, day.exam_id))
    assert rules == short_block()
    assert of_exam(exam) == changed_rules(
        rules, trades=(), forms={}, fees={}, areas={}, eligibility=Eligibility()
    )
    assert len(exam.permutation_seed) == 64


def test_a_later_catalogue_changes_no_exam(day: Day) -> None:
    def retire(session: Session) -> None:
        exam = session.get(Exam, day.exam_id)
        assert exam is not None
        assert exam.office is not None
        trades = exam.office["trades"][:1]
        exam.office = {**exam.office, "trades": [{**trade, "active": False} for trade in trades]}

    day.store.write(lambda tx: retire(tx.session))
    rules = day.store.read(lambda session: whole_rules(session, day.exam_id))
    (only,) = rules.trades
    assert (only.name, only.active) == ("汽车驾驶员", False)
    assert len(short_block().trades) == 23


def test_a_room_has_a_seat_row_for_every_machine_and_a_chain_that_has_begun(day: Day) -> None:
    (plan,) = day.store.read(lambda session: sittings_of(session, day.exam_id))
    assert plan.seats == {"candidate": 19, "spare": 1}
    sitting = day.store.read(lambda session: session.get(Sitting, day.sitting_id))
    assert sitting is not None
    assert (sitting.state, sitting.head_seq) == (SittingState.PLANNED, 0)
    beginning = b"kaochang/journal/1\n" + day.sitting_id.encode()
    assert sitting.head == hashlib.sha256(beginning).hexdigest()


def test_a_roster_travels_from_the_workbook_into_encrypted_rows(day: Day) -> None:
    profile = short_block()
    rows = day.people(19)
    read = read_roster(write_roster(profile, rows), profile=profile, today=date(2026, 6, 20))
    ids = day.register(list(read.rows))
    assert [person.seat for person in registered(day)] == list(range(1, 20))
    urls = [photo_url_of(person, day.keys.fields) or "none" for person in registered(day)]
    assert [url[:18] for url in urls] == ["data:image/svg+xml"] * 19

    def whole(session: Session) -> str:
        person = session.get(Candidate, ids[0])
        assert person is not None
        return id_number_of(person, day.keys.fields)

    assert day.store.read(whole) == rows[0].id_number
    assert day.store.read(exams)[0].candidates == 19


def test_no_id_number_and_no_photo_lies_open_in_the_database(day: Day) -> None:
    rows = day.people(5)
    day.register(rows)

    def dump(session: Session) -> str:
        found = session.execute(text("SELECT * FROM candidate"))
        return str(
            [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in found]
        )

    everything = day.store.read(dump)
    for row in rows:
        assert row.id_number not in everything
        assert row.id_number[6:14] not in everything, "not even the birth date"
    assert "<svg" not in everything


def test_the_same_person_ticket_or_seat_is_refused_and_nothing_goes_in(day: Day) -> None:
    rows = day.people(3)
    day.register(rows)
    fresh = day.people(6, seed="others")[3:]
    again = changed(rows[0], row=9, seat=9, ticket="202600000999")
    assert refused_rows(day, [*fresh, again]) == [(9, "身份证号码", "roster_id_registered")]
    same_ticket = changed(fresh[0], ticket=rows[1].ticket)
    assert refused_rows(day, [same_ticket]) == [(6, "准考证号", "roster_ticket_registered")]
    same_seat = changed(fresh[0], seat=2)
    assert refused_rows(day, [same_seat]) == [(6, "机位", "roster_seat_taken")]
    assert len(registered(day)) == 3


@pytest.mark.parametrize(
    ("values", "column", "code"),
    [
        ({"room": "07"}, "考场", "roster_room_unknown"),
        ({"seat": 20}, "机位", "roster_seat_unused"),
        ({"seat": 21}, "机位", "roster_seat_unknown"),
    ],
)
def test_a_place_that_is_not_there_is_refused(
    day: Day, values: dict[str, object], column: str, code: str
) -> None:
    (row,) = day.people(1)
    assert refused_rows(day, [changed(row, **values)]) == [(3, column, code)]


def test_one_city_in_two_spellings_would_be_two_groups_and_is_refused(day: Day) -> None:
    rows = day.people(4)
    short = changed(rows[1], city="商洛")
    assert refused_rows(day, [rows[0], short]) == [(short.row, "所在市", "roster_city_spelling")]
    day.register([rows[0]])
    assert refused_rows(day, [short]) == [(short.row, "所在市", "roster_city_spelling")]
    day.register([changed(rows[2], city="省直"), changed(rows[3], city="安康")])


def test_a_special_route_is_on_the_list_and_has_no_seat(day: Day) -> None:
    (row,) = day.people(1)
    retired = changed(row, route="near_retirement", ticket=None, room=None, seat=None)
    day.register([retired])
    (person,) = registered(day)
    assert (person.route, person.sitting_id, person.seat) == ("near_retirement", None, None)


def test_a_photo_that_is_no_picture_is_refused_by_row(day: Day) -> None:
    with pytest.raises(Refusal) as caught:
        day.store.write(
            lambda tx: import_roster(
                tx,
                exam_id=day.exam_id,
                sitting_ids={"02": day.sitting_id},
                rows=day.people(1),
                fields=day.keys.fields,
                actor=staff(),
                photos=lambda _: b"MZ\x90",
            )
        )
    assert caught.value.rows[0]["code"] == "roster_photo"


def test_once_papers_are_assigned_the_roster_is_closed(day: Day) -> None:
    day.register(day.people(2))
    day.bring_paper()
    with pytest.raises(Refusal) as caught:
        day.register(day.people(3, seed="late"))
    assert caught.value.code == "roster_sitting_begun"


def test_proctors_do_not_plan_exams(day: Day) -> None:
    proctor = staff(Role.PROCTOR)
    with pytest.raises(Refusal, match="forbidden"):
        day.store.write(
            lambda tx: create_exam(
                tx, name="x", year=2026, mode="trial", profile=short_block(), actor=proctor
            )
        )
    with pytest.raises(Refusal, match="forbidden"):
        day.store.write(
            lambda tx: import_roster(
                tx,
                exam_id=day.exam_id,
                sitting_ids={},
                rows=[],
                fields=day.keys.fields,
                actor=proctor,
            )
        )


def test_the_same_exam_room_and_time_is_planned_once(day: Day) -> None:
    with pytest.raises(Refusal, match="sitting_exists"):
        day.plan_room("02")
    assert day.plan_room("02", START_MS + 4 * 3_600_000)
    with pytest.raises(Refusal, match="exam_exists"):
        day.store.write(
            lambda tx: create_exam(
                tx, name="工考", year=2026, mode="formal", profile=short_block(), actor=staff()
            )
        )


@pytest.mark.parametrize(
    ("rows", "columns", "aisle", "spare"),
    [(0, 5, 0, []), (4, 5, 5, []), (4, 5, 0, [21]), (100, 100, 0, [])],
)
def test_a_room_that_cannot_be_built_is_refused(
    day: Day, rows: int, columns: int, aisle: int, spare: list[int]
) -> None:
    with pytest.raises(Refusal, match="seat_plan"):
        day.store.write(
            lambda tx: plan_sitting(
                tx,
                exam_id=day.exam_id,
                name="场次",
                centre="考点",
                room="09",
                rows=rows,
                columns=columns,
                planned_start_ms=START_MS,
                actor=staff(),
                aisle_after=aisle,
                spare=spare,
            )
        )
    found = day.store.read(lambda session: session.scalars(select(Sitting.room)).all())
    assert found == ["02"]


def test_who_has_not_paid_is_registered_and_neither_seated_nor_in_a_line(day: Day) -> None:
    rows = day.people(3)
    owing = changed(rows[2], paid=False, ticket=None, room=None, seat=None)
    ids = day.register([*rows[:2], owing])
    assert {person.id for person in registered(day) if person.seat is None} == {ids[2]}
    found = day.store.read(lambda session: people(session, short_block(), exam_id=day.exam_id))
    assert {person.entry.candidate_id for person in found} == set(ids[:2])
    whole = day.store.read(lambda session: records(session, short_block(), exam_id=day.exam_id))
    assert [record.candidate.id for record in whole if not record.sits] == [ids[2]]
