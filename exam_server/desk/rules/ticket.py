"""Ticket numbers 准考证号: digits by the profile's pattern (DOMAIN D20)."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count

from exam_server.errors import Refusal
from exam_server.profiles.model import Login


def pattern_of(login: Login) -> str:
    """The profile's pattern; without one the year and a running number that fills the digits."""
    if login.ticket_pattern:
        return login.ticket_pattern
    year = "{year}" if login.ticket_digits > 6 else ""
    return f"{year}{{serial:0{login.ticket_digits - (4 if year else 0)}}}"


class Tickets:
    """Gives numbers that nobody has. ``taken``: of the exam so far."""

    def __init__(self, login: Login, year: int, taken: Collection[str]) -> None:
        self._pattern, self._digits, self._year = pattern_of(login), login.ticket_digits, year
        self._taken = set(taken)
        self._serials = count(1)

    def next(self, *, level: str, batch: int, room: int, seat: int) -> str:
        """The next number; ``batch`` and ``room`` counted from 1, ``level``: L1 … L5.

        Refusal ``ticket_pattern_full`` 409 when the pattern's digits are used up.
        """
        facts = {"year": self._year, "level": int(level[1:]), "batch": batch, "room": room}
        for serial in self._serials:
            number = self._pattern.format(**facts, seat=seat, serial=serial)
            if len(number) != self._digits:
                break
            if number not in self._taken:
                self._taken.add(number)
                return number
        raise Refusal(
            "ticket_pattern_full", 409, {"pattern": self._pattern, "digits": self._digits}
        )
