"""From a register to a room: a plan is proposed, put right by hand, fixed, and sat in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role
from exam_server.clock import typed_start
from exam_server.desk.actions.exam import create_exam
from exam_server.desk.actions.placement import Asked, move_placed, propose_placement
from exam_server.desk.actions.roster import import_roster
from exam_server.desk.actions.seating import fix_placement, seat_person
from exam_server.desk.plan_shapes import PlanPage
from exam_server.desk.plans import plan_page, planned_room, plans_of
from exam_server.desk.rooms_file import read_rooms
from exam_server.desk.rules.changes import Registration
from exam_server.desk.rules.needs import Needs
from exam_server.desk.rules.placement import Place
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.rules.wishes import Wish
from exam_server.desk.synthetic import Kind, synthetic_roster
from exam_server.desk.synthetic import Place as Filled
from exam_server.desk.tables import Candidate, Seat, Sitting
from exam_server.desk.views import sittings_of
from exam_server.errors import Refusal
from exam_server.results.actions.registration import change_registration
from exam_server.room.actions.bell import make_ready
from exam_server.room.tables import Attempt
from exam_server.storage.acts import Act, first_break
from exam_server.vault.actions.packages import import_package
from question_bank.items.shape import ItemType
from question_bank.sealing import package
from tests.builders.papers import Authority, draft
from tests.builders.profiles import short_block
from tests.builders.results_day import Day, staff

OFFICE = staff(Role.AUTHORITY)
MORNING = typed_start("2026-07-04T09:00")
HOUR_MS = 3_600_000
KINDS = [
    Kind("汽车驾驶员", "L3"),
    Kind("电工", "L3"),
    Kind("汽车驾驶员", "L4"),
    Kind("护理员", "L3"),
]
ROOMS = (
    "考点,考场,排数,每排机位,过道,停用机位,单独考场\n"
    "商洛市考点,11,2,5,2,10,\n商洛市考点,12,2,5,,,\n商洛市考点,19,1,2,,,是\n"
).encode()


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    prepared = Day(database_url, tmp_path)
    yield prepared
    prepared.close()


def waiting(count: int, seed: str = "waits") -> list[RosterRow]:
    """People of a register that knows no seats yet."""
    rows = synthetic_roster(
        count, places=[Filled("02", tuple(range(1, count + 1)))], kinds=KINDS, seed=seed
    )
    return [msgspec.structs.replace(row, ticket=None, room=None, seat=None) for row in rows]


def propose(day: Day, *starts: int, seed: str = "s", forms: int = 2) -> str:
    asked = Asked(
        floors=read_rooms(ROOMS), starts_ms=starts or (MORNING, MORNING + 4 * HOUR_MS), forms=forms
    )
    return day.store.write(
        lambda tx: propose_placement(tx, exam_id=day.exam_id, asked=asked, actor=OFFICE, seed=seed)
    )


def page(day: Day, plan: str) -> PlanPage:
    return day.store.read(lambda session: plan_page(session, short_block(), plan))


def move(day: Day, plan: str, who: str, to: Place | None) -> str | None:
    return day.store.write(
        lambda tx: move_placed(
            tx, placement_id=plan, candidate_id=who, to=to, reason="本人行动不便", actor=OFFICE
        )
    )


def fix(day: Day, plan: str) -> tuple[int, int]:
    done = day.store.write(lambda tx: fix_placement(tx, placement_id=plan, actor=OFFICE))
    return done.seated, done.left_out


def person(day: Day, who: str) -> Candidate:
    def found(session: Session) -> Candidate:
        row = session.get_one(Candidate, who)
        session.expunge(row)
        return row

    return day.store.read(found)


def codes(found: PlanPage) -> set[str]:
    return {str(one["code"]) for one in found.remarks}


def test_a_plan_is_proposed_put_right_fixed_and_sat_in(day: Day) -> None:
    """Twenty-two people, batches of seventeen seats and one apart; one of them needs a room of
    their own, one needs more time, one withdraws before the plan is fixed."""
    rows = waiting(22)
    rows[0] = msgspec.structs.replace(rows[0], needs=Needs(separate_room=True))
    rows[1] = msgspec.structs.replace(rows[1], needs=Needs(time_factor="1.5"))
    ids = day.register(rows)
    first = propose(day, seed="one")
    assert page(day, first).placed == 22
    plan = propose(day, seed="two")
    assert [one.id for one in day.store.read(lambda s: plans_of(s, day.exam_id))] == [plan]
    found = page(day, plan)
    assert (found.placed, len(found.batches), found.waiting) == (22, 2, [])
    assert found.minutes == 181
    assert codes(found) >= {"placement_half_day"}, "12:00 and three hours for the slowest"
    assert {room for one in found.batches for _, room, _, _ in one.rooms} >= {"11", "19"}

    batch = found.batches[0]
    drawn = day.store.read(
        lambda s: planned_room(s, short_block(), plan, batch.index, batch.rooms[0][0])
    )
    assert [cell.use for cell in drawn.rows[1]][-2:] == ["spare", "out_of_use"]
    seated = [cell for row in drawn.rows for cell in row if cell.who]
    here, there = seated[0], seated[1]
    assert here.who is not None
    assert there.who is not None
    floor = batch.rooms[0][0]
    other = move(
        day, plan, here.who.candidate_id, Place(batch=batch.index, floor=floor, seat=there.seat)
    )
    assert other == there.who.candidate_id
    move(day, plan, other, Place(batch=batch.index, floor=floor, seat=drawn.rows[1][3].seat))
    assert "placement_spare_used" in codes(page(day, plan))
    assert move(day, plan, other, None) is None
    (out,) = page(day, plan).waiting
    assert (out.candidate_id, out.why) == (other, "by_hand")

    gone = next(ident for ident in ids if ident not in (other, ids[0], ids[1]))
    withdraw = Wish(registration=Registration.WITHDRAWN)
    day.store.write(
        lambda tx: change_registration(
            tx, candidate_id=gone, wish=withdraw, reason="退考", actor=OFFICE
        )
    )
    assert fix(day, plan) == (20, 1)
    with pytest.raises(Refusal, match="placement_fixed"):
        fix(day, plan)
    with pytest.raises(Refusal, match="placement_fixed"):
        move(day, plan, other, None)
    people = [person(day, ident) for ident in ids if ident not in (other, gone)]
    assert len({one.ticket for one in people}) == 20
    assert all(one.ticket and one.ticket.startswith("2026") for one in people)
    sittings = {one.id: one for one in day.store.read(lambda s: sittings_of(s, day.exam_id))}
    assert sittings[str(person(day, ids[0]).sitting_id)].room == "19"
    assert sum(one.candidates for one in sittings.values()) == 20

    late = seat_late(day, other, str(person(day, here.who.candidate_id).sitting_id))
    assert late == person(day, other).seat
    assert person(day, other).ticket not in {one.ticket for one in people}
    assert day.store.read(first_break) is None
    kinds = day.store.read(lambda s: s.scalars(select(Act.kind).order_by(Act.seq)).all())
    assert [kind for kind in kinds if kind.startswith("placement")] == [
        *["placement_proposed"] * 2, *["placement_moved"] * 3, "placement_fixed",
    ]  # fmt: skip


def seat_late(day: Day, who: str, sitting: str, seat: int | None = None) -> int:
    return day.store.write(
        lambda tx: seat_person(
            tx, candidate_id=who, sitting_id=sitting, seat=seat, reason="补缴费", actor=OFFICE
        )
    )


def test_neighbours_sit_different_forms_and_the_slow_have_their_time(day: Day) -> None:
    rows = [msgspec.structs.replace(row, trade="电工", level="L3") for row in waiting(8)]
    rows[3] = msgspec.structs.replace(rows[3], needs=Needs(time_factor="1.3"))
    ids = day.register(rows)
    fix(day, propose(day, MORNING))
    bring_two_forms(day)
    (sitting,) = {str(person(day, ident).sitting_id) for ident in ids}
    day.store.write(lambda tx: make_ready(tx, sitting_id=sitting, actor="staff:admin"))

    def attempts(session: Session) -> dict[int, tuple[str, int]]:
        query = (
            select(Candidate.seat, Attempt.form_id, Attempt.limit_ms)
            .join(Attempt, Attempt.candidate_id == Candidate.id)
            .where(Attempt.subject == "theory")
        )
        return {seat or 0: (form, limit) for seat, form, limit in session.execute(query)}

    found = day.store.read(attempts)
    assert len({form for form, _ in found.values()}) == 2
    beside = [(seat, seat + 1) for seat in found if seat % 5 not in (0, 2) and seat + 1 in found]
    assert beside
    assert all(found[one][0] != found[other][0] for one, other in beside)
    limits = {seat: limit for seat, (_, limit) in found.items()}
    slow = person(day, ids[3]).seat or 0
    assert limits[slow] == 78 * 60_000
    assert {limit for seat, limit in limits.items() if seat != slow} == {60 * 60_000}
    with pytest.raises(Refusal, match="roster_sitting_begun"):
        seat_late(day, ids[0], day.sitting_id)


def bring_two_forms(day: Day) -> None:
    authority = Authority()
    counts = {ItemType.SINGLE: 2, ItemType.MULTIPLE: 2}
    built = authority.pack(
        *(draft(counts, subject="ethics"), draft(counts, subject="theory")),
        draft(counts, subject="theory"),
    )
    sealed = package.from_bytes(built.data)
    day.store.write(lambda tx: import_package(tx, package=sealed, file=built.data, data=day.data))


def test_who_sits_another_exam_is_in_another_batch(day: Day) -> None:
    (row,) = waiting(1)
    (who,) = day.register([row])
    fix(day, propose(day, MORNING))
    other = day.store.write(
        lambda tx: create_exam(
            tx, name="补考", year=2026, mode="formal", profile=short_block(), actor=OFFICE
        )
    )
    again = day.store.write(
        lambda tx: import_roster(
            tx, exam_id=other, sitting_ids={}, rows=[row], fields=day.keys.fields, actor=OFFICE
        )
    ).candidate_ids[0]
    floors = tuple(msgspec.structs.replace(one, room=f"2{one.room}") for one in read_rooms(ROOMS))
    noon = MORNING + 4 * HOUR_MS

    def plan(*starts: int) -> PlanPage:
        asked = Asked(floors=floors, starts_ms=starts)
        ident = day.store.write(
            lambda tx: propose_placement(tx, exam_id=other, asked=asked, actor=OFFICE)
        )
        return page(day, ident)

    (nowhere,) = plan(MORNING + HOUR_MS).waiting
    assert (nowhere.candidate_id, nowhere.why) == (again, "elsewhere")
    placed = plan(MORNING, noon)
    assert [one.start_ms for one in placed.batches] == [noon]
    move(day, placed.id, again, Place(batch=0, floor=0, seat=1))
    with pytest.raises(Refusal, match="placement_elsewhere"):
        fix(day, placed.id)
    assert person(day, who).seat is not None


def test_what_cannot_be_planned_is_refused_with_its_place(day: Day) -> None:
    with pytest.raises(Refusal, match="placement_nobody"):
        propose(day)
    owing, out = waiting(2)
    owing = msgspec.structs.replace(owing, paid=False)
    day.register([owing, out])
    with pytest.raises(Refusal, match="placement_times"):
        propose(day, MORNING, MORNING + HOUR_MS)
    fix(day, propose(day, MORNING))
    more = waiting(3, "more")
    day.register(more)
    with pytest.raises(Refusal, match="placement_rooms_taken") as caught:
        propose(day, MORNING + HOUR_MS)
    assert {row["column"] for row in caught.value.rows} == {"11"}
    with pytest.raises(Refusal, match="kept_from_seat_unpaid"):
        seat_late(day, candidate_of(day, owing), day.sitting_id)
    full = seat_late(day, candidate_of(day, more[0]), day.sitting_id, seat=20 - 1)
    assert full == 19
    with pytest.raises(Refusal, match="seat_not_free"):
        seat_late(day, candidate_of(day, more[1]), day.sitting_id, seat=19)
    proctor = staff(Role.PROCTOR)
    with pytest.raises(Refusal, match="forbidden"):
        day.store.write(lambda tx: fix_placement(tx, placement_id="x", actor=proctor))


def candidate_of(day: Day, row: RosterRow) -> str:
    lookup = day.keys.fields.lookup(row.id_number)
    query = select(Candidate.id).where(Candidate.id_lookup == lookup)
    return str(day.store.read(lambda s: s.scalars(query).one()))


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (",11,2,5,,,", "考点", "roster_empty"),
        ("甲,11,2,x,,,", "每排机位", "rooms_number"),
        ("甲,11,30,30,,,", "排数", "rooms_too_large"),
        ("甲,11,2,5,5,,", "过道", "rooms_number"),
        ("甲,11,2,5,,11,", "停用机位", "rooms_out_of_use"),
        ("甲,10,2,5,,,", "考场", "rooms_twice"),
        ("甲,11,2,5,,,也许", "单独考场", "roster_yes_no"),
    ],
)
def test_a_table_of_rooms_is_refused_by_row_and_column(line: str, column: str, code: str) -> None:
    head = ROOMS.decode().splitlines()[0]
    with pytest.raises(Refusal, match="rooms_problems") as caught:
        read_rooms(f"{head}\n甲,10,2,5,,,\n{line}\n".encode())
    assert (3, column, code) in {
        (row["row"], row["column"], row["code"]) for row in caught.value.rows
    }
    with pytest.raises(Refusal, match="rooms_no_header"):
        read_rooms("甲,乙\n1,2\n".encode())


def test_a_seat_of_the_plan_is_a_seat_of_the_room(day: Day) -> None:
    day.register(waiting(7))
    fix(day, propose(day, MORNING))

    def seats(session: Session) -> list[tuple[int, str]]:
        query = (
            select(Seat.number, Seat.use)
            .join(Sitting, Sitting.id == Seat.sitting_id)
            .where(Sitting.room == "11")
            .order_by(Seat.number)
        )
        return [(number, use) for number, use in session.execute(query)]

    assert day.store.read(seats) == [
        *((number, "candidate") for number in range(1, 9)), (9, "spare"), (10, "out_of_use"),
    ]  # fmt: skip
