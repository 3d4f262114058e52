"""Recognising the columns of a roster: annex 8 and what seating adds (DOMAIN A13).

A header may have titles above it and may be two rows deep, with 已考取岗位证书 merged over
three columns. Columns are known by their words, not by their place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LABELS: dict[str, tuple[str, ...]] = {
    "serial": ("序号",),
    "name": ("姓名",),
    "sex": ("性别",),
    "id_number": ("身份证号码", "身份证号", "公民身份号码", "证件号码"),
    "work_since": ("参加工作时间",),
    "trade_since": ("从事本工种时间",),
    "certificate_trade": ("已考取岗位证书工种",),
    "certificate_level": ("已考取岗位证书现技术等级", "现技术等级"),
    "certificate_date": ("已考取岗位证书取证时间", "取证时间"),
    "trade": ("报考工种", "申报工种", "申报考核工种"),
    "level": ("报考等级", "申报等级", "申报晋升技术等级"),
    "education": ("学历", "文化程度"),
    "appraisal": ("考核结果", "上年度考核结果", "近五年考核是否合格"),
    "phone": ("申报人联系方式", "联系方式", "手机号码"),
    "city": ("所在市", "考区"),
    "unit": ("工作单位", "单位名称", "单位"),
    "route": ("特殊情形",),
    "conditional": ("容缺后补",),
    "time_factor": ("延长时间",),
    "large_print": ("大字号",),
    "separate_room": ("单独考场",),
    "paid": ("缴费", "是否缴费", "缴费状态", "缴费情况"),
    "ticket": ("准考证号", "准考证号码"),
    "room": ("考场", "考场号"),
    "seat": ("机位", "机位号", "座位号"),
}
NEEDED = ("name", "id_number", "trade", "level", "city", "unit", "ticket", "room", "seat")
DETAILS = (
    "work_since",
    "trade_since",
    "certificate_trade",
    "certificate_level",
    "certificate_date",
    "education",
    "appraisal",
    "phone",
)
_FIELD_OF = {label: field for field, labels in LABELS.items() for label in labels}
_LOOK_DOWN = 15  # rows in which a header may begin


@dataclass(frozen=True, slots=True)
class Header:
    """``columns``: field → column index; ``first_row``: index of the first row of data."""

    row: int
    first_row: int
    columns: dict[str, int]
    repeated: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that every roster must have and this one has not."""
        return tuple(field for field in NEEDED if field not in self.columns)


def label_of(field: str) -> str:
    """The column's printed name, for messages."""
    return LABELS[field][0]


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """The header among the first rows, or None: it must name 姓名 and an ID number."""
    for index, row in enumerate(rows[:_LOOK_DOWN]):
        fields = {_FIELD_OF.get(_label(cell)) for cell in row}
        if {"name", "id_number"} <= fields:
            return _read(rows, index)
    return None


def _read(rows: Sequence[Sequence[str]], index: int) -> Header:
    top = rows[index]
    below = rows[index + 1] if index + 1 < len(rows) else []
    deep = _is_second_row(top, below)
    columns: dict[str, int] = {}
    repeated: list[str] = []
    unknown: list[str] = []
    group = ""
    for column in range(max(len(top), len(below) if deep else 0)):
        upper = _label(top[column]) if column < len(top) else ""
        lower = _label(below[column]) if deep and column < len(below) else ""
        # A merged cell holds its words in its first column only.
        group = upper or (group if lower else "")
        label = group + lower if lower else upper
        field = _FIELD_OF.get(label) or _FIELD_OF.get(lower)
        if field is None:
            unknown += [label] if label else []
        elif field in columns:
            repeated.append(field)
        else:
            columns[field] = column
    first = index + (2 if deep else 1)
    return Header(index, first, columns, tuple(repeated), tuple(unknown))


def _is_second_row(top: Sequence[str], below: Sequence[str]) -> bool:
    """A second header row has words only under a group, and nothing under 姓名."""
    if not any(_label(cell) in ("取证时间", "现技术等级") for cell in below):
        return False
    name_column = [_label(cell) for cell in top].index("姓名")
    return name_column >= len(below) or not below[name_column].strip()


def _label(text: str) -> str:
    """Words of a header cell without blanks, remarks in brackets and English."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"\(.*?\)", "", plain)
    plain = re.sub(r"[A-Za-z][A-Za-z .'/-]*$", "", plain.strip())
    return re.sub(r"[\s*::]+", "", plain)
