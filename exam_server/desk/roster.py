"""Reading a roster 考生名册: whole or nothing, every problem by row and column.

The file's columns are described in ``docs/reference/roster-template.md``. What needs the
database (a person already registered, a seat that does not exist) is checked by
:func:`exam_server.desk.actions.roster.import_roster` in the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from exam_server.desk.rules.eligibility import Remark, remarks, with_doubts
from exam_server.desk.rules.roster_columns import SEATING, Header, find_header, label_of
from exam_server.desk.rules.roster_forms import expanded
from exam_server.desk.rules.roster_pairs import doubles
from exam_server.desk.rules.roster_row import Context, RosterRow, parse_row
from exam_server.desk.rules.table_head import only_one
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from exam_server.profiles.model import Profile
from exam_server.profiles.trades import Catalogue

_UNIT = re.compile(r"^(填报单位|申报单位|单位)(（盖章）|\(盖章\))?\s*[:：]\s*(?P<unit>.*)$")
# what stands below the last line of the printed table
_FOOTER = ("联系人", "联系电话", "填报单位", "主管部门", "审核", "初审", "注:", "注：", "说明")


@dataclass(frozen=True, slots=True)
class Roster:
    """``form``: id of the notice's form it is, "" for a table of no form's. ``ignored``: column
    headings the program does not know and has left out. ``seated``: whether it says who sits
    where; else its people wait for placement.

    ``remarks``: what a person should look at, in the shape of a refusal's rows; they keep
    nobody out.
    """

    rows: tuple[RosterRow, ...]
    form: str
    ignored: tuple[str, ...]
    seated: bool
    remarks: tuple[Remark, ...]


def read_roster(
    data: bytes,
    *,
    profile: Profile,
    today: date,
    year: int | None = None,
    assumed: Mapping[str, str] | None = None,
) -> Roster:
    """The roster in the file's bytes (xlsx, xls, csv; told by content).

    ``year``: the exam's, which years of service are counted in; today's when not given.
    ``assumed``: ``city`` and ``unit`` of the whole table, where it has no such column, or a cell
    of it is empty; the unit is also read from the table's 填报单位.

    Refusals, all 422: ``roster_unreadable``, ``sheets_several``, ``roster_no_header``,
    ``roster_no_rows``, and ``roster_problems`` with one row per problem
    ``{"row", "column", "code", "facts"}``.
    """
    sheet, header = _sheet_with_header(read_sheets(data), profile)
    whole = _assumed(sheet[: header.row], assumed or {})
    problems = _column_problems(header, profile, whole)
    if problems:
        raise problems_found(problems)
    lines = list(_lines(sheet, header, profile, whole))
    seated = any(cells.get(field) for _, cells in lines for field in SEATING)
    known = Catalogue(profile.trades) if profile.trades else None
    context = Context(profile, known, today, seated)
    rows: list[RosterRow] = []
    for number, cells in lines:
        row, wrong = parse_row(number, cells, context, header.boxes)
        problems += wrong
        rows += [row] if row is not None else []
    problems += doubles(rows)
    if problems:
        raise problems_found(problems)
    if not rows:
        raise Refusal("roster_no_rows", 422)
    told = remarks(rows, profile, year or today.year)
    form = header.printed.id if header.printed is not None else ""
    return Roster(tuple(with_doubts(rows, told)), form, header.unknown, seated, tuple(told))


def problems_found(problems: list[dict[str, Any]]) -> Refusal:
    """The refusal of a whole roster, problems in the order of the file."""
    ordered = sorted(problems, key=lambda found: int(str(found["row"])))
    facts: dict[str, object] = {
        "count": len(ordered),
        "rows": len({found["row"] for found in ordered}),
    }
    return Refusal("roster_problems", 422, facts, ordered)


def _sheet_with_header(
    sheets: Sequence[list[list[str]]], profile: Profile
) -> tuple[list[list[str]], Header]:
    headers = ((sheet, find_header(sheet, profile)) for sheet in sheets)
    found = only_one([(sheet, header) if header else None for sheet, header in headers])
    if found is None:
        raise Refusal("roster_no_header", 422)
    return found


def _column_problems(
    header: Header, profile: Profile, assumed: Mapping[str, str]
) -> list[dict[str, Any]]:
    place = header.row + 1
    missing = header.missing(profile, [field for field, value in assumed.items() if value])
    wrong = [(field, "roster_column_missing") for field in missing]
    wrong += [(field, "roster_column_twice") for field in header.repeated]
    return [
        {"row": place, "column": label_of(field), "code": code, "facts": {}}
        for field, code in wrong
    ]


def _assumed(above: Sequence[Sequence[str]], given: Mapping[str, str]) -> dict[str, str]:
    """What holds for every line: as it is given, the unit also as the table's title says it."""
    found = {field: given.get(field, "").strip() for field in ("city", "unit")}
    cells = [cell.strip() for row in above for cell in row if cell.strip()]
    for cell, after in zip(cells, [*cells[1:], ""], strict=False):
        match = _UNIT.match(cell)
        if match and not found["unit"]:
            found["unit"] = match["unit"].strip() or ("" if _UNIT.match(after) else after)
    return found


def _lines(
    sheet: Sequence[Sequence[str]], header: Header, profile: Profile, assumed: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number in the file and cells by field, for every row that is a person."""
    for index in range(header.first_row, len(sheet)):
        cells = _cells(sheet[index], header)
        if not _is_line(sheet[index], cells):
            continue
        whole = expanded(cells, header.printed, profile)
        for field, value in assumed.items():
            if value and not whole.get(field):
                whole[field] = value
        yield index + 1, whole


def _cells(row: Sequence[str], header: Header) -> dict[str, str]:
    places = {**header.columns, **header.boxes}
    return {field: row[column] if column < len(row) else "" for field, column in places.items()}


def _is_line(row: Sequence[str], cells: dict[str, str]) -> bool:
    """Whether this row is a person: not empty and not the table's footer."""
    if cells.get("name") and cells.get("id_number"):
        return True
    words = [cell for field_cell in row if (cell := field_cell.strip())]
    if not words:
        return False
    if words[0].startswith(_FOOTER):
        return False
    # a line with nothing but its serial number was prepared and not used
    return any(value for field, value in cells.items() if field != "serial")
