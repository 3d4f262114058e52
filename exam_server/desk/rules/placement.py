"""Placement 编排: everybody who sits into batches, rooms and seats (pure).

The same people, rooms, times and seed give the same plan, in whatever order they come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import msgspec

from exam_server.desk.rules.batches import Seeker, batches
from exam_server.desk.rules.floor import Floor
from exam_server.desk.rules.seats import into_rooms, into_seats

MOST_FORMS = 4


class Place(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A seat of a plan. ``batch``, ``floor``: by index; ``form``: which of the equal forms."""

    batch: int
    floor: int
    seat: int
    form: int = 0


class Plan(msgspec.Struct, frozen=True):
    """``places``: by person; ``unplaced``: by person why there is no seat: ``no_seat``,
    ``no_room_apart`` or ``elsewhere`` (they sit another exam at each of the times)."""

    places: dict[str, Place]
    unplaced: dict[str, str]


def place(
    people: Iterable[Seeker], floors: Sequence[Floor], *, times: int, forms: int, seed: str
) -> Plan:
    """A plan for ``people`` in ``floors`` at so many ``times``; ``seed``: stored with the plan."""
    everybody = {one.id: one for one in people}
    order = order_by(seed)
    room = (_seats(floors, apart=False), _seats(floors, apart=True))
    when = batches(everybody.values(), room=room, most=times, order=order)
    places: dict[str, Place] = {}
    for batch in sorted(set(when.values())):
        here = [everybody[ident] for ident, index in when.items() if index == batch]
        for apart in (False, True):
            places |= _seated(here, floors, batch=batch, apart=apart, forms=forms, order=order)
    unplaced = {
        ident: _why(one, room, times) for ident, one in everybody.items() if ident not in places
    }
    return Plan(places, unplaced)


def order_by(seed: str) -> Callable[[str], str]:
    """Everybody's place among equals: from the seed, and nobody can choose it."""
    start = hashlib.sha256(f"kaochang/placement/1\n{seed}\n".encode())

    def order(ident: str) -> str:
        drawn = start.copy()
        drawn.update(ident.encode())
        return drawn.hexdigest()

    return order


def _seated(
    here: Sequence[Seeker],
    floors: Sequence[Floor],
    *,
    batch: int,
    apart: bool,
    forms: int,
    order: Callable[[str], str],
) -> dict[str, Place]:
    mine = [index for index, floor in enumerate(floors) if floor.apart == apart]
    people = [one for one in here if one.apart == apart]
    rooms = into_rooms(people, [floors[index] for index in mine], order)
    return {
        one.id: Place(batch=batch, floor=index, seat=seat, form=floors[index].form(seat, forms))
        for index, group in zip(mine, rooms, strict=True)
        for seat, one in into_seats(group, floors[index], order).items()
    }


def _seats(floors: Sequence[Floor], *, apart: bool) -> int:
    return sum(len(floor.seats) for floor in floors if floor.apart == apart)


def _why(one: Seeker, room: tuple[int, int], times: int) -> str:
    if one.apart and not room[1]:
        return "no_room_apart"
    return "elsewhere" if len(one.elsewhere) >= times > 0 else "no_seat"
