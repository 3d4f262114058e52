"""Reading the votes of a review 评审 (DOMAIN A13, annex 5): xlsx, xls or csv, a line a person.

Columns 姓名, 身份证号码, 应到人数, 实到人数, 同意人数, 不同意人数, 弃权人数. Whole or not at all,
every problem by row and column.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exam_server.desk.rules.id_number import normalise
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.table_head import find_table
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from exam_server.results.reviews import Votes

COUNTS = {
    "expected": ("应到人数", "应到"),
    "present": ("实到人数", "实到"),
    "agreed": ("同意人数", "同意"),
    "against": ("不同意人数", "不同意", "反对"),
    "abstained": ("弃权人数", "弃权"),
}
LABELS: dict[str, tuple[str, ...]] = {
    "name": ("姓名",),
    "id_number": ("身份证号码", "身份证号", "公民身份号码"),
    **COUNTS,
}
_MOST = 999  # members of a panel: what is more is a slip


class VoteRow(msgspec.Struct, frozen=True):
    """One line. ``id_number`` is whole: such a row is never logged nor shown."""

    row: int
    name: str
    id_number: str
    votes: Votes

    def __repr__(self) -> str:
        return f"VoteRow(row={self.row})"


def read_votes(data: bytes) -> list[VoteRow]:
    """The file's lines. Refusals 422: ``roster_unreadable``, ``votes_no_header``,
    ``roster_no_rows``, ``votes_problems`` with rows."""
    table = find_table(read_sheets(data), LABELS, frozenset(LABELS))
    if table is None:
        known = "、".join(words[0] for words in LABELS.values())
        raise Refusal("votes_no_header", 422, {"columns": known})
    found: list[VoteRow] = []
    problems: list[dict[str, object]] = []
    seen: dict[str, int] = {}
    for number, cells in table.lines():
        ident = normalise(cells["id_number"])
        wrong = [] if ident else [problem(number, "id_number", "roster_empty")]
        if ident and seen.setdefault(ident, number) != number:
            wrong.append(problem(number, "id_number", "roster_id_twice", other=seen[ident]))
        votes = _votes(number, cells, wrong)
        if votes is not None and not wrong:
            found.append(VoteRow(number, plain(cells["name"]), ident, votes))
        problems += wrong
    if problems:
        raise problems_found(problems)
    if not found:
        raise Refusal("roster_no_rows", 422)
    return found


def problem(row: int, field: str, code: str, **facts: object) -> dict[str, object]:
    """A located problem: the column by its printed name."""
    return {"row": row, "column": LABELS[field][0], "code": code, "facts": facts}


def problems_found(problems: list[dict[str, object]]) -> Refusal:
    """The refusal of a whole file."""
    return Refusal("votes_problems", 422, {"count": len(problems)}, problems)


def _votes(row: int, cells: Mapping[str, str], wrong: list[dict[str, object]]) -> Votes | None:
    """Votes that add up: whoever was there agreed, did not, or abstained."""
    counts: dict[str, int] = {}
    for field in COUNTS:
        text = plain(cells[field])
        if not (text.isascii() and text.isdigit()) or int(text) > _MOST:
            wrong.append(problem(row, field, "votes_number", value=text))
        else:
            counts[field] = int(text)
    if len(counts) < len(COUNTS):
        return None
    votes = Votes(**counts)
    if votes.present > votes.expected:
        wrong.append(problem(row, "present", "votes_too_many", expected=votes.expected))
    if votes.agreed + votes.against + votes.abstained != votes.present:
        wrong.append(problem(row, "agreed", "votes_sum", present=votes.present))
    return votes
