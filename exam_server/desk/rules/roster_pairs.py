"""Double registrations inside one roster (DOMAIN D36): the same person, ticket or seat."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from exam_server.desk.rules.roster_row import RosterRow, room_number, row_problem

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
