"""Reading the votes of a review 评审 (DOMAIN A13, annex 5): xlsx, xls or csv, a line a person.

Columns 姓名, 身份证号码, 应到人数, 实到人数, 同意人数, 不同意人数, 弃权人数. Whole or not at all,
every problem by row and column.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exam_server.desk.list_file import ListFile, Once, Wrong
from exam_server.desk.rules.id_number import normalise
from exam_server.desk.rules.roster_row import LOST_DIGITS
from exam_server.desk.rules.roster_text import plain
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
VOTES = ListFile(LABELS, no_header="votes_no_header", problems="votes_problems")
_DIGITS = 3  # of a panel's members: what is longer is a slip


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
    once = Once[VoteRow]("id_number", "roster_id_twice", lambda row: row.id_number)
    return VOTES.rows(VOTES.table(data, frozenset(LABELS)), _row, once)


def _row(row: int, cells: Mapping[str, str], wrong: Wrong) -> VoteRow | None:
    number = normalise(cells["id_number"])
    if LOST_DIGITS in cells["id_number"]:
        wrong("id_number", "roster_id_lost")
    elif not number:
        wrong("id_number", "roster_empty")
    votes = _votes(cells, wrong)
    return None if votes is None else VoteRow(row, plain(cells["name"]), number, votes)


def _votes(cells: Mapping[str, str], wrong: Wrong) -> Votes | None:
    """Votes that add up: whoever was there agreed, did not, or abstained."""
    counts: dict[str, int] = {}
    for field in COUNTS:
        text = plain(cells[field])
        known = text.isascii() and text.isdigit() and len(text) <= _DIGITS
        if not known:
            wrong(field, "votes_number", value=text[:20])
        else:
            counts[field] = int(text)
    if len(counts) < len(COUNTS):
        return None
    votes = Votes(**counts)
    if votes.present > votes.expected:
        wrong("present", "votes_too_many", expected=votes.expected)
    if votes.agreed + votes.against + votes.abstained != votes.present:
        wrong("agreed", "votes_sum", present=votes.present)
    return votes
