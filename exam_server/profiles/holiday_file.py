"""The holidays of a year as a file: those that come with the program, and an office's own.

An office writes the notice of a new year to ``profiles/holidays/2027.toml`` in its folder; it
goes before the program's file of that year. ``kaochang calendar check`` reads it over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import msgspec

from exam_server.errors import Refusal
from exam_server.profiles.profile_file import SUFFIX, invalid, read
from exam_server.profiles.structure import Finding, finding, misfits
from exam_server.profiles.working_days import Calendar, YearDays

FOLDER = "holidays"
_OWN = Path(__file__).parent / FOLDER
_SATURDAY = 5


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One holiday: its first and last day, and the weekend days worked for it; ISO dates."""

    name: str
    first: str
    last: str
    worked: tuple[str, ...] = ()


class HolidayFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A year's notice. ``source``: its document number."""

    year: int
    source: str
    holidays: tuple[Holiday, ...]


def read_holidays(path: Path) -> YearDays:
    """One year's file. Refusals: ``calendar_unknown`` 404; ``calendar_invalid`` 422 with every
    place."""
    if not path.is_file():
        raise Refusal("calendar_unknown", 404, {"file": str(path)})
    try:
        data = read(path)
    except Refusal as refusal:
        raise invalid(path.name, refusal.rows, "calendar_invalid") from refusal
    if rows := list(misfits(data, HolidayFile)):
        raise invalid(path.name, rows, "calendar_invalid")
    written = msgspec.convert(data, HolidayFile)
    if rows := list(_problems(written, path)):
        raise invalid(path.name, rows, "calendar_invalid")
    days = [
        (date.fromisoformat(one.first), date.fromisoformat(one.last)) for one in written.holidays
    ]
    return YearDays(
        year=written.year,
        source=written.source,
        off=frozenset(day for first, last in days for day in _span(first, last)),
        worked=frozenset(date.fromisoformat(day) for one in written.holidays for day in one.worked),
    )


def calendar(office: Path | None = None) -> Calendar:
    """All years there are: the program's, and those of an office's profiles folder before them.

    A wrong file of the office is refused, never left out in silence."""
    years = dict(_own())
    if office is not None:
        for path in sorted((office / FOLDER).glob(f"*{SUFFIX}")):
            found = read_holidays(path)
            years[found.year] = found
    return Calendar(years)


@cache
def _own() -> dict[int, YearDays]:
    found = (read_holidays(path) for path in sorted(_OWN.glob(f"*{SUFFIX}")))
    return {one.year: one for one in found}


def _problems(written: HolidayFile, path: Path) -> Iterator[Finding]:
    if path.stem != str(written.year):
        yield finding("year", "calendar_name_differs", year=written.year, file=path.stem)
    if not written.source.strip():
        yield finding("source", "profile_missing")
    off: list[date] = []
    worked: list[tuple[str, date]] = []
    for number, one in enumerate(written.holidays):
        place = f"holidays[{number}]"
        first, last = _day(one.first), _day(one.last)
        others = [(f"{place}.worked", text) for text in one.worked]
        for at, text in ((f"{place}.first", one.first), (f"{place}.last", one.last), *others):
            yield from _readable(at, text, written.year)
        if first and last and first > last:
            yield finding(f"{place}.last", "calendar_order", first=one.first, last=one.last)
        elif first and last:
            off += _span(first, last)
        worked += [(at, day) for at, text in others if (day := _day(text))]
    yield from _clashes(off, worked)


def _clashes(off: list[date], worked: list[tuple[str, date]]) -> Iterator[Finding]:
    """A weekday needs no word to be worked; no day is free twice, or free and worked."""
    for day, times in Counter(off).items():
        if times > 1:
            yield finding("holidays", "calendar_twice", day=day.isoformat())
    for at, day in worked:
        if day.weekday() < _SATURDAY:
            yield finding(at, "calendar_weekday", day=day.isoformat())
        if day in off:
            yield finding(at, "calendar_twice", day=day.isoformat())


def _readable(at: str, text: str, year: int) -> Iterator[Finding]:
    """A date of the year, or of the turn of the years on either side of it."""
    day = _day(text)
    if day is None:
        yield finding(at, "calendar_date", value=text)
    elif not date(year - 1, 12, 20) <= day <= date(year + 1, 1, 10):
        yield finding(at, "calendar_year", value=text, year=year)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=more) for more in range((last - first).days + 1)]
