"""What a cell of a list of practical results 操作技能 says (DOMAIN D27; pure)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

PRACTICAL = "practical"  # the subject's name wherever it stands beside those at the machine
PracticalType = Literal["pass_fail", "score"]
_PASS = frozenset({"合格", "通过", "及格", "pass", "passed"})
_FAIL = frozenset({"不合格", "未通过", "不通过", "不及格", "fail", "failed"})
_ABSENT = frozenset({"缺考", "缺席", "未参加", "absent"})
_POINTS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_FINEST = Decimal("0.01")  # DOMAIN D35: scale 2


class Practised(msgspec.Struct, frozen=True):
    """``result``: pass | fail | score | absent; ``points``: canonical decimal, of a score."""

    result: str
    points: str | None = None

    @property
    def shown(self) -> str:
        """The points of a score, else the word."""
        return self.points if self.points is not None else self.result


def of_another_year(document_date: date, year: int, validity: str) -> bool:
    """Whether a result of this document cannot count in an exam of ``year``: where results count
    in their year only 当年有效 (D41), one that was on paper before it is of another. A document of
    the year after may still tell what was done in December."""
    return validity == "calendar_year" and document_date.year < year


def practised(text: str, kind: PracticalType, full: Decimal | None) -> Practised | str:
    """The result that ``text`` (no blanks, half-width) says, or the code of what is wrong.

    ``full``: the full mark of a score. Absent is a word and never 0.
    """
    word = text.lower()
    if word in _ABSENT:
        return Practised("absent")
    if kind == "pass_fail":
        if word in _PASS | _FAIL:
            return Practised("pass" if word in _PASS else "fail")
        return "practical_word"
    written = text.removesuffix("分")
    if not _POINTS.fullmatch(written):
        return "practical_points"
    points = Decimal(written)
    if points > (full or 0) or points % _FINEST:
        return "practical_points"
    plain = format(points.normalize(), "f")
    return Practised("score", plain)
