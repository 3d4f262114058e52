"""Recognising the columns of a roster: the provinces' tables and what seating adds (DOMAIN A13).

A header may have titles above it and may be two rows deep, with a group like 已考取岗位证书 merged
over its boxes. Columns are known by their words, not by their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exam_server.desk.rules.roster_forms import Printed, comparable, form_of
from exam_server.profiles.model import Profile

LABELS: dict[str, tuple[str, ...]] = {
    "serial": ("序号", "报名序号"),
    "name": ("姓名",),
    "sex": ("性别",),
    "id_number": ("身份证号码", "身份证号", "公民身份号码", "证件号码"),
    "work_since": ("参加工作时间",),
    "trade_since": ("从事本工种时间",),
    "certificate_trade": ("已考取岗位证书工种", "已取得技术证书工种", "高级工工种"),
    "certificate_level": (*("已考取岗位证书现技术等级", "现技术等级", "已取得技术证书技术等级"),),
    "certificate_date": (
        *("已考取岗位证书取证时间", "取证时间", "已取得技术证书取证时间", "高级工取得时间"),
    ),
    "trade": ("报考工种", "申报工种", "申报考核工种", "证书认定工种"),
    "level": ("报考等级", "申报等级", "申报晋升技术等级", "证书认定等级"),
    "education": ("学历", "文化程度"),
    "appraisal": ("考核结果", "上年度考核结果", "近五年考核是否合格"),
    "phone": ("申报人联系方式", "联系方式", "手机号码"),
    "city": ("所在市", "考区"),
    "county": ("县区", "所在县区", "区县", "县"),
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
# boxes that say two things, or imply one (desk.rules.roster_forms)
BOXES: dict[str, tuple[str, ...]] = {
    "trade_and_level": ("申报工种及等级",),
    "certificate": ("现有岗位等级证书",),
    "promoted_to": ("破格类型晋升等级",),
    "applied_for": ("破格类型申报等级",),
    "exceptional": ("是否破格申报",),
}
# what a short heading means depends on what stands beside it
_BARE = {"工种": ("certificate_trade", "trade"), "技术等级": ("certificate_level", "level")}
_BESIDE = {"trade": ("trade", "trade_and_level"), "level": ("level", "trade_and_level")}
_SAID_BY = {
    "trade": ("trade_and_level", "certificate"),
    "level": ("trade_and_level", "promoted_to", "applied_for"),
}
SEATING = ("ticket", "room", "seat")
NEEDED = ("name", "id_number", "trade", "level", "city", "unit")
DETAILS = (
    "work_since",
    "trade_since",
    "certificate_trade",
    "certificate_level",
    "certificate_date",
    "education",
    "appraisal",
    "phone",
    "county",
)
_FIELD_OF = {
    label: field for known in (LABELS, BOXES) for field, labels in known.items() for label in labels
}
_LOOK_DOWN = 15  # rows in which a header may begin


@dataclass(frozen=True, slots=True)
class Header:
    """``columns``: field → column index; ``first_row``: index of the first row of data.

    ``printed``: the notice's form it is; ``boxes``: that form's further columns, kept as they
    are printed.
    """

    row: int
    first_row: int
    columns: dict[str, int]
    repeated: tuple[str, ...]
    unknown: tuple[str, ...]
    printed: Printed | None
    boxes: dict[str, int]

    def missing(self, profile: Profile, assumed: Sequence[str] = ()) -> tuple[str, ...]:
        """Fields that every roster must have and this one has not; a seating column is needed
        where another is."""
        there = {*self.columns, *assumed}
        if len(profile.levels) == 1:
            there.add("level")
        for field, others in _SAID_BY.items():
            if there & {*others}:
                there.add(field)
        seating = SEATING if there & {*SEATING} else ()
        return tuple(field for field in (*NEEDED, *seating) if field not in there)


def label_of(field: str) -> str:
    """The column's printed name, for messages."""
    return (LABELS | BOXES)[field][0]


def find_header(rows: Sequence[Sequence[str]], profile: Profile) -> Header | None:
    """The header among the first rows, or None: it must name 姓名 and an ID number."""
    for index, row in enumerate(rows[:_LOOK_DOWN]):
        fields = {_FIELD_OF.get(comparable(cell)) for cell in row}
        if {"name", "id_number"} <= fields:
            return _read(rows, index, profile)
    return None


def _read(rows: Sequence[Sequence[str]], index: int, profile: Profile) -> Header:
    below = rows[index + 1] if index + 1 < len(rows) else []
    deep = _is_second_row(rows[index], below, profile)
    labels = list(_labels(rows[index], below if deep else []))
    printed = form_of([label for label, _ in labels], profile)
    columns: dict[str, int] = {}
    boxes: dict[str, int] = {}
    repeated: list[str] = []
    unknown: list[str] = []
    for column, (label, lower) in enumerate(labels):
        field = _FIELD_OF.get(label) or _FIELD_OF.get(lower) or _bare(label, labels)
        if field is not None and field in columns:
            repeated.append(field)
        elif field is not None:
            columns[field] = column
        elif printed is not None and label in printed.boxes:
            boxes[printed.boxes[label]] = column
        elif label:
            unknown.append(label)
    first = index + (2 if deep else 1)
    return Header(index, first, columns, tuple(repeated), tuple(unknown), printed, boxes)


def _labels(top: Sequence[str], below: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each column's whole label and its lower part; a merged group's words stand in its first
    column only."""
    group = ""
    for column in range(max(len(top), len(below))):
        upper = comparable(top[column]) if column < len(top) else ""
        lower = comparable(below[column]) if column < len(below) else ""
        group = upper or (group if lower else "")
        yield (group + lower if lower else upper), lower


def _bare(label: str, labels: Sequence[tuple[str, str]]) -> str | None:
    if label not in _BARE:
        return None
    held, wanted = _BARE[label]
    others = {_FIELD_OF.get(whole) for whole, _ in labels}
    return held if others & {*_BESIDE[wanted]} else wanted


def _is_second_row(top: Sequence[str], below: Sequence[str], profile: Profile) -> bool:
    """A second header row has the boxes of a group, and nothing under 姓名."""
    name = [comparable(cell) for cell in top].index("姓名")
    if name < len(below) and below[name].strip():
        return False
    pairs = list(_labels(top, below))
    printed = form_of([whole for whole, _ in pairs], profile)
    known = {*_FIELD_OF, *(printed.boxes if printed is not None else ())}
    return any(
        lower and whole != lower and (whole in known or lower in _FIELD_OF)
        for whole, lower in pairs
    )
