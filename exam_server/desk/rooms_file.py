"""Reading the rooms that may be used 考场表: whole or not at all, problems by row and column."""

from __future__ import annotations

import re
from collections.abc import Mapping

from exam_server.desk.rules.floor import Floor
from exam_server.desk.rules.roster_row import NO_WORDS, YES_WORDS
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.table_head import find_table
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from exam_server.profiles.numbers import decimal_or_none

LABELS: dict[str, tuple[str, ...]] = {
    "centre": ("考点", "考点名称"),
    "room": ("考场", "考场号"),
    "rows": ("排数", "行数"),
    "columns": ("每排机位", "每排机位数", "列数"),
    "aisle_after": ("过道", "过道在第几列后"),
    "out_of_use": ("停用机位",),
    "spare_share": ("备用比例",),
    "apart": ("单独考场",),
}
_KEY = frozenset({"centre", "room", "rows", "columns"})
SEATS_AT_MOST = 400
_MOST_ROOMS = 2000


def read_rooms(data: bytes) -> tuple[Floor, ...]:
    """The rooms in the file's bytes (xlsx, xls, csv; told by content).

    Refusals, all 422: ``roster_unreadable``, ``rooms_no_header``, ``roster_no_rows``,
    ``rooms_problems`` with rows.
    """
    table = find_table(read_sheets(data), LABELS, _KEY)
    if table is None:
        known = "、".join(words[0] for words in LABELS.values())
        raise Refusal("rooms_no_header", 422, {"columns": known})
    floors: list[Floor] = []
    problems: list[dict[str, object]] = []
    seen: dict[tuple[str, str], int] = {}
    for number, cells in table.lines():
        floor, wrong = _floor(number, cells)
        first = seen.setdefault((floor.centre, floor.room), number)
        if first != number:
            wrong.append(_problem(number, "room", "rooms_twice", other=first))
        problems += wrong
        floors.append(floor)
    if problems:
        raise Refusal("rooms_problems", 422, {"count": len(problems)}, problems)
    if not floors or len(floors) > _MOST_ROOMS:
        raise Refusal("roster_no_rows", 422)
    return tuple(floors)


def _floor(row: int, cells: Mapping[str, str]) -> tuple[Floor, list[dict[str, object]]]:
    problems: list[dict[str, object]] = []

    def number(field: str, most: int, least: int = 1) -> int:
        written = plain(cells.get(field, ""))
        if not written and least == 0:
            return 0
        value = int(written) if written.isascii() and written.isdigit() else -1
        if not least <= value <= most:
            problems.append(_problem(row, field, "rooms_number", value=written or "—", most=most))
            return least
        return value

    problems += [
        _problem(row, field, "roster_empty")
        for field in ("centre", "room")
        if not plain(cells.get(field, ""))
    ]
    rows, columns = number("rows", SEATS_AT_MOST), number("columns", SEATS_AT_MOST)
    if rows * columns > SEATS_AT_MOST:
        problems.append(_problem(row, "rows", "rooms_too_large", most=SEATS_AT_MOST))
    broken = [one for one in re.split(r"[、,，;；\s]+", cells.get("out_of_use", "").strip()) if one]
    if not {str(one) for one in range(1, rows * columns + 1)}.issuperset(broken):
        problems.append(_problem(row, "out_of_use", "rooms_out_of_use", most=rows * columns))
        broken = []
    apart = plain(cells.get("apart", "")).lower()
    if apart not in YES_WORDS | NO_WORDS:
        problems.append(_problem(row, "apart", "roster_yes_no", value=apart))
    floor = Floor(
        centre=cells.get("centre", "").strip(),
        room=re.sub(r"^第|考场$", "", plain(cells.get("room", ""))),
        rows=rows,
        columns=columns,
        aisle_after=number("aisle_after", max(0, columns - 1), 0),
        out_of_use=tuple(sorted({int(one) for one in broken})),
        apart=apart in YES_WORDS,
        spare_share=_share(row, cells.get("spare_share", ""), problems),
    )
    return floor, problems


def _share(row: int, text: str, problems: list[dict[str, object]]) -> str:
    written = plain(text)
    if not written:
        return "0.1"
    value = decimal_or_none(written.removesuffix("%"))
    if value is not None and written.endswith("%"):
        value = value / 100
    if value is None or not 0 <= value <= 1:
        problems.append(_problem(row, "spare_share", "rooms_share", value=written))
        return "0.1"
    return format(value, "f")


def _problem(row: int, field: str, code: str, **facts: object) -> dict[str, object]:
    return {"row": row, "column": LABELS[field][0], "code": code, "facts": facts}
