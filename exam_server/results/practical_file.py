"""Reading a list of practical results 操作技能: whole or not at all, every problem by place.

Columns are known by their words (docs/reference/practical-results.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import msgspec

from exam_server.desk.list_file import ListFile, Wrong
from exam_server.desk.rules import id_number
from exam_server.desk.rules.roster_row import LOST_DIGITS
from exam_server.desk.rules.roster_text import plain
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


PRACTICALS = ListFile(LABELS, no_header="practical_no_header", problems="practical_problems")


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
    own = (profile.practical.name, f"{profile.practical.name}成绩")
    kind = replace(PRACTICALS, labels=LABELS | {"result": (*LABELS["result"], *own)})
    table = kind.table(data, *(frozenset({who, "result"}) for who in ("ticket", "id_number")))

    def read(number: int, cells: Mapping[str, str], wrong: Wrong) -> PracticalRow | None:
        return _row(number, cells, profile, wrong)

    return kind.rows(table, read)


def _row(row: int, cells: Mapping[str, str], profile: Profile, wrong: Wrong) -> PracticalRow | None:
    lost = [field for field in ("ticket", "id_number") if LOST_DIGITS in cells.get(field, "")]
    for field in lost:
        wrong(field, "roster_id_lost")
    ticket = plain(cells.get("ticket", ""))
    number = id_number.normalise(cells.get("id_number", ""))
    if not (ticket or number or lost):
        wrong("ticket", "practical_nobody")
    text = plain(cells.get("result", ""))
    full = profile.practical.full_mark
    kind: PracticalType = "score" if profile.practical.type == "score" else "pass_fail"
    found = practised(text, kind, None if full is None else Decimal(full))
    if not text:
        wrong("result", "roster_empty")
    elif isinstance(found, str):
        wrong("result", found, value=text[:20], full=full or "")
    if isinstance(found, str):
        return None
    return PracticalRow(row, ticket, number, plain(cells.get("name", "")), found)
