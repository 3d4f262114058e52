"""Periods in working days 工作日, with China's holidays and the weekend days worked for them, and
in calendar days 自然日 (D42; pure). The day on which a period begins is not counted.

The State Council decides the holidays of a year late in the year before. A year that is not
known is counted Monday to Friday, and every answer names such years: it may then be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY = 5
_YEAR_END = (12, 28)  # from here on the next year's notice may speak (元旦 2019 took 29 December)


@dataclass(frozen=True, slots=True)
class YearDays:
    """One year's notice. ``off``: days without work; ``worked``: weekend days with it."""

    year: int
    source: str
    off: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a period. ``missing``: years on the way whose holidays are not known."""

    day: date
    missing: tuple[int, ...]


class Calendar:
    """The years that are known, by year. A notice may reach into the year before."""

    def __init__(self, years: Mapping[int, YearDays] | None = None) -> None:
        self.years = dict(years or {})
        self._off = frozenset(day for year in self.years.values() for day in year.off)
        self._worked = frozenset(day for year in self.years.values() for day in year.worked)

    def is_worked(self, day: date) -> bool:
        """Whether ``day`` is a working day, as far as the calendar knows."""
        if day in self._worked:
            return True
        return day.weekday() < _SATURDAY and day not in self._off

    def due(self, start: date, working_days: int) -> Due:
        """The last day of a period of ``working_days``; the day after ``start`` is the first.

        A period of no days, or a negative one, is a mistake of the program: ValueError.
        """
        if working_days < 1:
            raise ValueError("a period has at least one working day")
        day, left = start, working_days
        while left:
            day += timedelta(days=1)
            left -= self.is_worked(day)
        return Due(day, self.missing(start, day))

    def period(self, start: date, days: int, *, working: bool) -> Due:
        """As :meth:`due`, or in calendar days: these need no holidays, so that no year is
        missing."""
        if working:
            return self.due(start, days)
        if days < 1:
            raise ValueError("a period has at least one day")
        return Due(start + timedelta(days=days), ())

    def left(self, today: date, last: date, *, working: bool) -> int:
        """As :meth:`days_left`, or in calendar days."""
        return self.days_left(today, last) if working else (last - today).days

    def days_left(self, today: date, last: date) -> int:
        """Working days after ``today`` up to and with ``last``; negative when ``last`` is past:
        then the working days since."""
        if today <= last:
            return sum(self.is_worked(day) for day in _after(today, last))
        return -sum(self.is_worked(day) for day in _after(last, today))

    def missing(self, start: date, last: date) -> tuple[int, ...]:
        """Years whose notice could change the count after ``start`` up to ``last``."""
        return tuple(sorted(_needed(_after(start, last)) - self.years.keys()))


def _after(start: date, last: date) -> Iterator[date]:
    return (start + timedelta(days=more) for more in range(1, (last - start).days + 1))


def _needed(days: Iterable[date]) -> set[int]:
    found: set[int] = set()
    for day in days:
        found.add(day.year)
        if (day.month, day.day) >= _YEAR_END:
            found.add(day.year + 1)
    return found
