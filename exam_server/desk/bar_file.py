"""Reading a list of barred persons 禁考名单: whole or nothing, every problem by row and column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from exam_server.desk.list_file import ListFile, Wrong
from exam_server.desk.rules import id_number
from exam_server.desk.rules.roster_row import LOST_DIGITS
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.written import LONGEST

LABELS = {
    "name": "姓名",
    "id_number": "身份证号码",
    "decided_on": "处理决定日期",
    "years": "禁考年限",
    "reason": "原因",
    "source": "文号",
}
_BARS = ListFile(
    {name: (label,) for name, label in LABELS.items()},
    no_header="bar_no_header",
    problems="bar_problems",
)
_NEEDED = ("name", "id_number", "decided_on", "reason")


class BarRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person. ``id_number`` is whole: such a row is never logged nor shown.

    ``until``: the first day on which the person may register again.
    """

    row: int
    name: str
    id_number: str
    decided_on: date
    until: date
    reason: str
    source: str

    def __repr__(self) -> str:
        return f"BarRow(row={self.row})"


def read_bars(data: bytes, *, years: int | None, today: date) -> list[BarRow]:
    """The persons in the file's bytes (xlsx, xls, csv; told by content).

    ``years``: how long, where the file has no column for it. Refusals, all 422:
    ``roster_unreadable``, ``bar_no_header``, ``roster_no_rows``, ``bar_problems`` with rows.
    """

    def read(number: int, cells: Mapping[str, str], wrong: Wrong) -> BarRow | None:
        return _row(number, cells, years, today, wrong)

    return _BARS.rows(_BARS.table(data, frozenset({"name", "id_number"})), read)


def _row(
    row: int, cells: Mapping[str, str], years: int | None, today: date, wrong: Wrong
) -> BarRow | None:
    for field in _NEEDED:
        if not plain(cells.get(field, "")):
            wrong(field, "roster_empty")
    number = id_number.normalise(cells.get("id_number", ""))
    if LOST_DIGITS in cells.get("id_number", ""):
        wrong("id_number", "roster_id_lost")
    elif number and (code := id_number.problem(number, today)) is not None:
        wrong("id_number", f"roster_{code}", length=len(number))
    decided = _date(cells.get("decided_on", ""))
    if decided is None and plain(cells.get("decided_on", "")):
        wrong("decided_on", "bar_date", value=cells["decided_on"])
    length = _length(cells.get("years", ""), years)
    if length is None:
        wrong("years", "bar_years", value=cells.get("years", "") or "—")
    why = cells.get("reason", "").strip()
    if id_number.named_in(why):
        wrong("reason", "bar_reason_number")
    elif len(why) > LONGEST:
        wrong("reason", "text_too_long", most=LONGEST)
    if decided is None or length is None:
        return None
    return BarRow(
        row=row,
        name=plain(cells["name"]),
        id_number=number,
        decided_on=decided,
        until=_years_later(decided, length),
        reason=why,
        source=cells.get("source", "").strip(),
    )


def _date(text: str) -> date | None:
    bare = plain(text).rstrip("日").translate(str.maketrans("年月./", "----"))
    try:
        year, month, day = (int(part) for part in bare.split("-"))
        return date(year, month, day)
    except ValueError:
        return None


def _length(text: str, given: int | None) -> int | None:
    written = plain(text).rstrip("年")
    if not written:
        return given
    known = written.isascii() and written.isdigit() and len(written) <= 2 and int(written) > 0
    return int(written) if known else None


def _years_later(day: date, years: int) -> date:
    """The same day so many years on; from 29 February to 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
