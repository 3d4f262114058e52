"""Reading a roster 考生名册: whole or nothing, every problem by row and column.

The file's columns are described in ``docs/reference/roster-template.md``. What needs the
database (a person already registered, a seat that does not exist) is checked by
:func:`exam_server.desk.actions.roster.import_roster` in the same shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from exam_server.desk.rules.eligibility import Remark, remarks, with_doubts
from exam_server.desk.rules.roster_columns import Header, find_header, label_of
from exam_server.desk.rules.roster_pairs import doubles
from exam_server.desk.rules.roster_row import Context, RosterRow, parse_row
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from exam_server.profiles.model import Profile
from exam_server.profiles.trades import Catalogue

# what stands below the last line of the printed table
_FOOTER = ("联系人", "联系电话", "填报单位", "主管部门", "审核", "初审", "注:", "注：", "说明")


@dataclass(frozen=True, slots=True)
class Roster:
    """``ignored``: column headings the program does not know and has left out.

    ``remarks``: what a person should look at, in the shape of a refusal's rows; they keep
    nobody out.
    """

    rows: tuple[RosterRow, ...]
    ignored: tuple[str, ...]
    remarks: tuple[Remark, ...]


def read_roster(data: bytes, *, profile: Profile, today: date, year: int | None = None) -> Roster:
    """The roster in the file's bytes (xlsx, xls, csv; told by content).

    ``year``: the exam's, which years of service are counted in; today's when not given.

    Refusals, all 422: ``roster_unreadable``, ``roster_no_header``, ``roster_no_rows``, and
    ``roster_problems`` with one row per problem ``{"row", "column", "code", "facts"}``.
    """
    sheet, header = _sheet_with_header(read_sheets(data))
    problems = _column_problems(header)
    if problems:
        raise problems_found(problems)
    known = Catalogue(profile.trades) if profile.trades else None
    context = Context(profile, known, today)
    rows: list[RosterRow] = []
    for index in range(header.first_row, len(sheet)):
        cells = _cells(sheet[index], header)
        if _is_line(sheet[index], cells):
            row, wrong = parse_row(index + 1, cells, context)
            problems += wrong
            rows += [row] if row is not None else []
    problems += doubles(rows)
    if problems:
        raise problems_found(problems)
    if not rows:
        raise Refusal("roster_no_rows", 422)
    told = remarks(rows, profile, year or today.year)
    return Roster(tuple(with_doubts(rows, told)), header.unknown, tuple(told))


def problems_found(problems: list[dict[str, Any]]) -> Refusal:
    """The refusal of a whole roster, problems in the order of the file."""
    ordered = sorted(problems, key=lambda found: int(str(found["row"])))
    facts: dict[str, object] = {
        "count": len(ordered),
        "rows": len({found["row"] for found in ordered}),
    }
    return Refusal("roster_problems", 422, facts, ordered)


def _sheet_with_header(
    sheets: Sequence[list[list[str]]],
) -> tuple[list[list[str]], Header]:
    for sheet in sheets:
        header = find_header(sheet)
        if header is not None:
            return sheet, header
    raise Refusal("roster_no_header", 422)


def _column_problems(header: Header) -> list[dict[str, Any]]:
    place = header.row + 1
    missing = [(field, "roster_column_missing") for field in header.missing]
    repeated = [(field, "roster_column_twice") for field in header.repeated]
    return [
        {"row": place, "column": label_of(field), "code": code, "facts": {}}
        for field, code in missing + repeated
    ]


def _cells(row: Sequence[str], header: Header) -> dict[str, str]:
    return {
        field: row[column] if column < len(row) else "" for field, column in header.columns.items()
    }


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
