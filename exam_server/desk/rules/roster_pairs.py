"""What rows of a roster say together: the same person, ticket or seat twice (DOMAIN D36), or one
city in two spellings (D14)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from exam_server.desk.rules.roster_row import RosterRow, room_number, row_problem

_CITY = "市"
_Key = Callable[[RosterRow], Hashable | None]
_CHECKS: tuple[tuple[str, str, _Key], ...] = (
    ("id_number", "roster_id_twice", lambda row: row.id_number),
    ("ticket", "roster_ticket_twice", lambda row: row.ticket),
    (
        "seat",
        "roster_seat_twice",
        lambda row: None if row.room is None else (room_number(row.room), row.seat),
    ),
)


def doubles(rows: Iterable[RosterRow]) -> list[dict[str, object]]:
    """A problem at every later row that repeats an earlier one; it names the earlier row."""
    problems: list[dict[str, object]] = []
    seen: dict[tuple[str, Hashable], int] = {}
    for row in rows:
        for field, code, key_of in _CHECKS:
            key = key_of(row)
            if key is None:
                continue
            first = seen.setdefault((field, key), row.row)
            if first != row.row:
                problems.append(row_problem(row.row, field, code, other=first))
    return problems


def spelt_twice(rows: Iterable[RosterRow], known: Iterable[str]) -> list[dict[str, object]]:
    """A problem at every row whose city is written 商洛 where others, or the exam (``known``),
    have 商洛市: the two would be groups of their own, each with a line."""
    spelling = {city.removesuffix(_CITY): city for city in known}
    problems: list[dict[str, object]] = []
    for row in rows:
        first = spelling.setdefault(row.city.removesuffix(_CITY), row.city)
        if first != row.city:
            facts = {"value": row.city, "known": first}
            problems.append(row_problem(row.row, "city", "roster_city_spelling", **facts))
    return problems
