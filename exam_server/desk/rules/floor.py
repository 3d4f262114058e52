"""A room as it is built: its seats, which of them are kept free, and who sits beside whom (pure).

Seats are numbered row by row from 1. Neighbours are beside, in front and behind; nobody is a
neighbour across the aisle.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from functools import cached_property

import msgspec

SEATS_AT_MOST = 400  # of one room


class Floor(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A room 考场 that may be used. ``aisle_after``: column after which the aisle runs, 0 = none.

    ``apart``: set apart for those who need a room of their own. ``spare_share``: decimal text,
    the share of machines kept free 备用机.
    """

    centre: str
    room: str
    rows: int
    columns: int
    aisle_after: int = 0
    out_of_use: tuple[int, ...] = ()
    apart: bool = False
    spare_share: str = "0.1"

    @cached_property
    def usable(self) -> tuple[int, ...]:
        """Seats whose machine works."""
        broken = set(self.out_of_use)
        return tuple(one for one in range(1, self.rows * self.columns + 1) if one not in broken)

    @cached_property
    def spare(self) -> tuple[int, ...]:
        """The last usable seats: no fewer than the share, rounded up (DOMAIN C4: 10 %)."""
        wanted = (len(self.usable) * Decimal(self.spare_share)).to_integral_value(ROUND_CEILING)
        return self.usable[len(self.usable) - int(wanted) :]

    @cached_property
    def seats(self) -> tuple[int, ...]:
        """Seats for candidates."""
        return self.usable[: len(self.usable) - len(self.spare)]

    def at(self, seat: int) -> tuple[int, int]:
        """Row and column of a seat, from 0."""
        return divmod(seat - 1, self.columns)

    def neighbours(self, seat: int) -> tuple[int, ...]:
        """Seats beside, in front of and behind this one, whether or not they are used."""
        row, column = self.at(seat)
        found = []
        if column > 0 and column != self.aisle_after:
            found.append(seat - 1)
        if column < self.columns - 1 and column + 1 != self.aisle_after:
            found.append(seat + 1)
        if row > 0:
            found.append(seat - self.columns)
        if row < self.rows - 1:
            found.append(seat + self.columns)
        return tuple(found)

    def form(self, seat: int, forms: int) -> int:
        """Which of so many equal forms belongs to a seat: never that of a neighbour's seat when
        there are two or more, nor of a diagonal one when there are four or more."""
        row, column = self.at(seat)
        return 2 * (row % 2) + column % 2 if forms >= 4 else (row + column) % max(1, forms)
