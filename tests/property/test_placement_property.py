"""Whatever people, rooms and times there are: what a plan promises holds."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from exam_server.desk.rules.batches import Seeker, fewest
from exam_server.desk.rules.floor import Floor
from exam_server.desk.rules.placement import Plan, place
from exam_server.desk.rules.seats import same_trade

TRADES = ("电工", "钳工", "汽车驾驶员", "护理员")


@st.composite
def people(draw: st.DrawFn, elsewhere: bool = False) -> list[Seeker]:
    count = draw(st.integers(1, 60))
    return [
        Seeker(
            id=f"p{number}",
            city=draw(st.sampled_from(("商洛", "西安"))),
            trade=draw(st.sampled_from(TRADES)),
            level=draw(st.sampled_from(("L3", "L4"))),
            apart=draw(st.integers(0, 9)) == 0,
            elsewhere=frozenset(draw(st.sets(st.integers(0, 2), max_size=2)) if elsewhere else ()),
        )
        for number in range(count)
    ]


@st.composite
def floors(draw: st.DrawFn) -> list[Floor]:
    def floor(number: int, apart: bool) -> Floor:
        rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 6))
        broken = draw(st.sets(st.integers(1, rows * columns), max_size=3))
        return Floor(
            centre="考点", room=f"{number:02}", rows=rows, columns=columns,
            aisle_after=draw(st.integers(0, columns - 1)), out_of_use=tuple(sorted(broken)),
            apart=apart,
        )  # fmt: skip

    ordinary = [floor(number, False) for number in range(1, draw(st.integers(1, 4)) + 1)]
    return [*ordinary, *([floor(90, True)] if draw(st.booleans()) else [])]


def plan_of(everybody: list[Seeker], rooms: list[Floor], *, times: int = 3, forms: int = 2) -> Plan:
    return place(everybody, rooms, times=times, forms=forms, seed="a seed")


@settings(max_examples=60, deadline=None)
@given(people(elsewhere=True), floors(), st.integers(1, 3))
def test_everybody_has_one_seat_or_a_reason_and_no_seat_has_two(
    everybody: list[Seeker], rooms: list[Floor], times: int
) -> None:
    plan = plan_of(everybody, rooms, times=times)
    assert plan.places.keys() | plan.unplaced.keys() == {one.id for one in everybody}
    assert not plan.places.keys() & plan.unplaced.keys()
    seats = Counter((where.batch, where.floor, where.seat) for where in plan.places.values())
    assert set(seats.values()) <= {1}
    for one in everybody:
        where = plan.places.get(one.id)
        if where is not None:
            assert where.batch < times
            assert where.batch not in one.elsewhere, "nobody in two rooms at once"
            floor = rooms[where.floor]
            assert where.seat in floor.usable, "nobody is given a broken machine"
            assert where.seat not in floor.spare, "spares stay free"
            assert 10 * len(floor.spare) >= len(floor.usable)
            assert rooms[where.floor].apart == one.apart


@settings(max_examples=60, deadline=None)
@given(people(), floors())
def test_the_fewest_batches_are_used_and_everybody_finds_a_place_in_them(
    everybody: list[Seeker], rooms: list[Floor]
) -> None:
    room = tuple(
        sum(len(one.seats) for one in rooms if one.apart is apart) for apart in (False, True)
    )
    reachable = [one for one in everybody if room[one.apart]]
    least = fewest(reachable, (room[0], room[1]))
    plan = plan_of(reachable, rooms, times=80)
    assert not plan.unplaced
    assert len({where.batch for where in plan.places.values()}) == least


@settings(max_examples=60, deadline=None)
@given(people(), floors(), st.randoms(use_true_random=False))
def test_the_same_seed_gives_the_same_plan_in_whatever_order_they_come(
    everybody: list[Seeker], rooms: list[Floor], shuffled: object
) -> None:
    plan = plan_of(everybody, rooms)
    again = list(everybody)
    shuffled.shuffle(again)  # type: ignore[attr-defined]
    assert plan_of(again, rooms) == plan


@settings(max_examples=60, deadline=None)
@given(people(), floors(), st.integers(2, 4))
def test_neighbours_never_have_the_same_form(
    everybody: list[Seeker], rooms: list[Floor], forms: int
) -> None:
    plan = plan_of(everybody, rooms, forms=forms)
    form = {(one.batch, one.floor, one.seat): one.form for one in plan.places.values()}
    for (batch, floor, seat), mine in form.items():
        for beside in rooms[floor].neighbours(seat):
            assert form.get((batch, floor, beside)) != mine


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=4).filter(lambda sizes: sum(sizes) <= 30))
def test_trades_that_can_be_kept_apart_are(sizes: list[int]) -> None:
    """Up to two fifths of a full room, none of a trade is beside another of it."""
    floor = Floor(centre="考点", room="01", rows=6, columns=5, spare_share="0")
    everybody = [
        Seeker(id=f"{trade}{number}", city="商洛", trade=TRADES[trade], level="L3")
        for trade, size in enumerate(sizes)
        for number in range(size)
    ]
    plan = plan_of(everybody, [floor], times=1)
    by_id = {one.id: one for one in everybody}
    seated = {where.seat: by_id[ident] for ident, where in plan.places.items()}
    assert len(seated) == len(everybody)
    assert not any(same_trade(seated, floor, seat) for seat in seated)
