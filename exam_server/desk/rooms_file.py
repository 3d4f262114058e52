"""Reading the rooms that may be used 考场表: whole or not at all, problems by row and column."""

from __future__ import annotations

import re
from collections.abc import Mapping

from exam_server.desk.list_file import ListFile, Once, Wrong
from exam_server.desk.rules.floor import SEATS_AT_MOST, Floor
from exam_server.desk.rules.roster_row import NO_WORDS, YES_WORDS
from exam_server.desk.rules.roster_text import plain
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
_ROOMS = ListFile(LABELS, no_header="rooms_no_header", problems="rooms_problems")
_KEY = frozenset({"centre", "room", "rows", "columns"})
_MOST_ROOMS = 2000


def read_rooms(data: bytes) -> tuple[Floor, ...]:
    """The rooms in the file's bytes (xlsx, xls, csv; told by content).

    Refusals, all 422: ``roster_unreadable``, ``rooms_no_header``, ``roster_no_rows``,
    ``rooms_problems`` with rows.
    """
    twice = Once[Floor]("room", "rooms_twice", lambda floor: (floor.centre, floor.room))
    floors = _ROOMS.rows(_ROOMS.table(data, _KEY), _floor, twice)
    if len(floors) > _MOST_ROOMS:
        raise Refusal("roster_no_rows", 422)
    return tuple(floors)


def _floor(_row: int, cells: Mapping[str, str], wrong: Wrong) -> Floor:
    def number(field: str, most: int, least: int = 1) -> int:
        written = plain(cells.get(field, ""))
        if not written and least == 0:
            return 0
        known = written.isascii() and written.isdigit() and len(written) <= len(str(SEATS_AT_MOST))
        value = int(written) if known else -1
        if not least <= value <= most:
            wrong(field, "rooms_number", value=written or "—", most=most)
            return least
        return value

    for field in ("centre", "room"):
        if not plain(cells.get(field, "")):
            wrong(field, "roster_empty")
    rows, columns = number("rows", SEATS_AT_MOST), number("columns", SEATS_AT_MOST)
    if rows * columns > SEATS_AT_MOST:
        wrong("rows", "rooms_too_large", most=SEATS_AT_MOST)
    broken = [one for one in re.split(r"[、,，;；\s]+", cells.get("out_of_use", "").strip()) if one]
    if not {str(one) for one in range(1, rows * columns + 1)}.issuperset(broken):
        wrong("out_of_use", "rooms_out_of_use", most=rows * columns)
        broken = []
    apart = plain(cells.get("apart", "")).lower()
    if apart not in YES_WORDS | NO_WORDS:
        wrong("apart", "roster_yes_no", value=apart)
    return Floor(
        centre=cells.get("centre", "").strip(),
        room=re.sub(r"^第|考场$", "", plain(cells.get("room", ""))),
        rows=rows,
        columns=columns,
        aisle_after=number("aisle_after", max(0, columns - 1), 0),
        out_of_use=tuple(sorted({int(one) for one in broken})),
        apart=apart in YES_WORDS,
        spare_share=_share(cells.get("spare_share", ""), wrong),
    )


def _share(text: str, wrong: Wrong) -> str:
    written = plain(text)
    if not written:
        return "0.1"
    value = decimal_or_none(written.removesuffix("%"))
    if value is not None and written.endswith("%"):
        value = value / 100
    if value is None or not 0 <= value <= 1:
        wrong("spare_share", "rooms_share", value=written)
        return "0.1"
    return format(value, "f")
