"""Who sits where within a batch (pure): the fewest rooms, and people of one trade apart.

In a room every second seat, as on a chess board, is filled first, the largest trade foremost: two
such seats are never neighbours. Where neighbours of one trade are left, people change places
as long as that leaves fewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from exam_server.desk.rules.batches import Seeker
from exam_server.desk.rules.floor import Floor

_ROUNDS = 3  # of changing places; more were never seen to help
Order = Callable[[str], str]


def into_rooms(
    people: Sequence[Seeker], floors: Sequence[Floor], order: Order
) -> list[list[Seeker]]:
    """The people of one batch by room, rooms filled alike and trades spread over them.

    Only as many rooms as are needed, in the order given; there must be seats for all.
    """
    used = _needed(len(people), floors)
    shares = _shares(len(people), [len(floors[index].seats) for index in range(used)])
    rooms: list[list[Seeker]] = [[] for _ in floors]
    for one in _by_trade(people, order):
        index = min(
            (index for index in range(used) if len(rooms[index]) < shares[index]),
            key=lambda index: (len(rooms[index]) / shares[index], index),
        )
        rooms[index].append(one)
    return rooms


def into_seats(people: Sequence[Seeker], floor: Floor, order: Order) -> dict[int, Seeker]:
    """Seat → person in one room; there must be seats for all."""
    light = [seat for seat in floor.seats if sum(floor.at(seat)) % 2 == 0]
    dark = [seat for seat in floor.seats if sum(floor.at(seat)) % 2 == 1]
    seated = dict(zip(light + dark, _by_trade(people, order), strict=False))
    for _ in range(_ROUNDS):
        if not _change_places(seated, floor):
            break
    return seated


def same_trade(seated: Mapping[int, Seeker], floor: Floor, seat: int) -> int:
    """How many neighbours of a seat's person are of their trade."""
    person = seated.get(seat)
    if person is None:
        return 0
    return sum(
        other is not None and other.trade == person.trade
        for other in (seated.get(beside) for beside in floor.neighbours(seat))
    )


def _needed(count: int, floors: Sequence[Floor]) -> int:
    used = 0
    for floor in floors:
        if count <= 0:
            break
        count -= len(floor.seats)
        used += 1
    return used


def _shares(count: int, seats: Sequence[int]) -> list[int]:
    """``count`` divided like ``seats``, none above its own; the largest remainders get one."""
    total = sum(seats)
    exact = [count * one / total for one in seats] if total else []
    shares = [int(one) for one in exact]
    left = sorted(range(len(seats)), key=lambda index: (shares[index] - exact[index], index))
    for index in left[: count - sum(shares)]:
        shares[index] += 1
    return shares


def _by_trade(people: Sequence[Seeker], order: Order) -> list[Seeker]:
    sizes = Counter(one.trade for one in people)
    return sorted(people, key=lambda one: (-sizes[one.trade], one.trade, order(one.id), one.id))


def _change_places(seated: dict[int, Seeker], floor: Floor) -> bool:
    """Let everybody with a neighbour of their trade change places where that helps."""
    moved = False
    for seat in floor.seats:
        if not same_trade(seated, floor, seat):
            continue
        best, least = seat, 0
        for other in floor.seats:
            if other == seat:
                continue
            gain = _gain(seated, floor, seat, other)
            if gain > least:
                best, least = other, gain
        if best != seat:
            _swap(seated, seat, best)
            moved = True
    return moved


def _gain(seated: dict[int, Seeker], floor: Floor, here: int, there: int) -> int:
    """By how many pairs of neighbours of one trade there are fewer after a change of places."""
    if there in seated and seated[here].trade == seated[there].trade:
        return 0
    before = same_trade(seated, floor, here) + same_trade(seated, floor, there)
    _swap(seated, here, there)
    after = same_trade(seated, floor, here) + same_trade(seated, floor, there)
    _swap(seated, here, there)
    return before - after


def _swap(seated: dict[int, Seeker], here: int, there: int) -> None:
    first, second = seated.pop(here, None), seated.pop(there, None)
    if first is not None:
        seated[there] = first
    if second is not None:
        seated[here] = second
