"""Reading a list of practical results 操作技能: whole or not at all, every problem by place.

Columns are known by their words (docs/reference/practical-results.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from exam_server.desk.rules import id_number
from exam_server.desk.rules.roster_row import LOST_DIGITS
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.table_head import Table, find_table
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from exam_server.profiles.model import Profile
from exam_server.results.rules.practised import PracticalType, Practised, practised

LABELS: dict[str, tuple[str, ...]] = {
    "ticket": ("准考证号", "准考证号码"),
    "id_number": ("身份证号码", "身份证号", "公民身份号码", "证件号码"),
    "name": ("姓名",),
    "result": ("操作技能", "操作技能成绩", "应会", "应会成绩", "实际操作", "实操成绩", "考核结果",
               "合格评定", "结果", "成绩"),
}  # fmt: skip


class PracticalRow(msgspec.Struct, frozen=True):
    """One person by ticket or ID number, "" what the list does not give. ``id_number`` is whole:
    such a row is never logged nor shown."""

    row: int
    ticket: str
    id_number: str
    name: str
    found: Practised

    def __repr__(self) -> str:
        return f"PracticalRow(row={self.row})"


def read_practical(data: bytes, profile: Profile) -> list[PracticalRow]:
    """The results in the file's bytes (xlsx, xls, csv; told by content).

    Refusals: ``practical_none`` 409 where the province has no practical subject; 422:
    ``roster_unreadable``, ``practical_no_header``, ``roster_no_rows``, ``practical_problems``
    with rows.
    """
    if profile.practical.type == "none":
        raise Refusal("practical_none", 409)
    table = _table(data, profile)
    rows: list[PracticalRow] = []
    problems: list[dict[str, object]] = []
    for number, cells in table.lines():
        row = _row(number, cells, profile)
        if isinstance(row, PracticalRow):
            rows.append(row)
        else:
            problems += row
    if problems:
        raise problems_found(problems)
    if not rows:
        raise Refusal("roster_no_rows", 422)
    return rows


def problem(row: int, field: str, code: str, **facts: object) -> dict[str, object]:
    """A located problem: the column by its printed name."""
    return {"row": row, "column": LABELS[field][0], "code": code, "facts": facts}


def problems_found(problems: list[dict[str, object]]) -> Refusal:
    """The refusal of a whole file."""
    return Refusal("practical_problems", 422, {"count": len(problems)}, problems)


def _table(data: bytes, profile: Profile) -> Table:
    own = (profile.practical.name, f"{profile.practical.name}成绩")
    labels = LABELS | {"result": (*LABELS["result"], *own)}
    sheets = read_sheets(data)
    for who in ("ticket", "id_number"):
        if table := find_table(sheets, labels, frozenset({who, "result"})):
            return table
    known = "、".join(words[0] for words in LABELS.values())
    raise Refusal("practical_no_header", 422, {"columns": known})


def _row(
    row: int, cells: Mapping[str, str], profile: Profile
) -> PracticalRow | list[dict[str, object]]:
    problems: list[dict[str, object]] = []
    lost = [field for field in ("ticket", "id_number") if LOST_DIGITS in cells.get(field, "")]
    problems += [problem(row, field, "roster_id_lost") for field in lost]
    ticket = plain(cells.get("ticket", ""))
    number = id_number.normalise(cells.get("id_number", ""))
    if not (ticket or number or lost):
        problems.append(problem(row, "ticket", "practical_nobody"))
    text = plain(cells.get("result", ""))
    full = profile.practical.full_mark
    kind: PracticalType = "score" if profile.practical.type == "score" else "pass_fail"
    found = practised(text, kind, None if full is None else Decimal(full))
    if not text:
        problems.append(problem(row, "result", "roster_empty"))
    elif isinstance(found, str):
        problems.append(problem(row, "result", found, value=text[:20], full=full or ""))
    if problems or isinstance(found, str):
        return problems
    return PracticalRow(row, ticket, number, plain(cells.get("name", "")), found)
