"""Who sits when: whole groups into the fewest batches 批次 (pure; DOMAIN A3).

People of one trade and level sit the same form, which is spent once its key is out; so they are
kept in one batch if they fit, else by city, and divided only where no batch has room for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec


class Seeker(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be seated. ``apart``: needs a room apart. ``elsewhere``: batches, by index,
    during which they sit another exam."""

    id: str
    city: str
    trade: str
    level: str
    apart: bool = False
    elsewhere: frozenset[int] = frozenset()


Key = tuple[str, ...]
_BY: tuple[Callable[[Seeker], Key], ...] = (
    lambda one: (one.trade, one.level),
    lambda one: (one.trade, one.level, one.city),
    lambda one: (one.trade, one.level, one.city, one.id),
)


class _Batch:
    """What is left of a batch: seats in ordinary rooms, and in rooms apart; who is in it."""

    def __init__(self, index: int, room: tuple[int, int]) -> None:
        self.index = index
        self.left = list(room)
        self.trades: Counter[str] = Counter()

    def fits(self, group: Sequence[Seeker]) -> bool:
        apart = sum(one.apart for one in group)
        return (
            len(group) - apart <= self.left[0]
            and apart <= self.left[1]
            and all(self.index not in one.elsewhere for one in group)
        )

    def take(self, group: Sequence[Seeker]) -> None:
        for one in group:
            self.left[one.apart] -= 1
            self.trades[one.trade] += 1


def fewest(people: Sequence[Seeker], room: tuple[int, int]) -> int:
    """The least number of batches in which everybody could be seated; ``room``: seats of one
    batch, in ordinary rooms and in rooms apart."""
    apart = sum(one.apart for one in people)
    needed = ((len(people) - apart, room[0]), (apart, room[1]))
    return max((-(-count // seats) for count, seats in needed if seats > 0), default=0)


def batches(
    people: Iterable[Seeker], *, room: tuple[int, int], most: int, order: Callable[[str], str]
) -> dict[str, int]:
    """The batch of everybody who finds a seat in one of ``most`` batches, by id.

    The fewest batches are used in which all could be seated; further ones only for who sits
    elsewhere at the time. ``order``: a person's place among equals, from the stored seed.
    """
    everybody = sorted(people, key=lambda one: (order(one.id), one.id))
    wanted = min(most, fewest(everybody, room))
    open_ = [_Batch(index, room) for index in range(wanted)]
    placed: dict[str, int] = {}
    waiting = everybody
    for by in _BY:
        waiting = _pack(waiting, by, open_, placed)
    open_ += [_Batch(index, room) for index in range(wanted, most)]
    _pack([one for one in waiting if one.elsewhere], _BY[-1], open_, placed)
    return placed


def _pack(
    people: Sequence[Seeker],
    by: Callable[[Seeker], Key],
    open_: Sequence[_Batch],
    placed: dict[str, int],
) -> list[Seeker]:
    """Place whole groups, the largest first, each where its trade is fewest and then where least
    is left over; who is still waiting."""
    groups: dict[Key, list[Seeker]] = {}
    for one in people:
        groups.setdefault(by(one), []).append(one)
    waiting: list[Seeker] = []
    for _, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        fitting = [batch for batch in open_ if batch.fits(group)]
        if not fitting:
            waiting += group
            continue
        trade = group[0].trade
        batch = min(fitting, key=lambda one: (one.trades[trade], sum(one.left), one.index))
        batch.take(group)
        placed |= {one.id: batch.index for one in group}
    return waiting
