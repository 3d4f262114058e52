"""Reading an update of registrations 报名变动表: only what is filled in is to change.

From the registration system or an office's own list. Whole or not at all, every problem by row
and column. The columns are described in ``docs/reference/roster-template.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from exam_server.desk.list_file import ListFile, Once, Wrong
from exam_server.desk.rules import id_number
from exam_server.desk.rules.changes import Registration
from exam_server.desk.rules.needs import Needs, time_factor
from exam_server.desk.rules.roster_row import (
    LOST_DIGITS,
    PAID_WORDS,
    UNPAID_WORDS,
    YES_WORDS,
    route_of,
)
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.wishes import Condition, Wish
from exam_server.desk.rules.written import LONGEST
from exam_server.profiles.model import Profile

LABELS: dict[str, tuple[str, ...]] = {
    "name": ("姓名",),
    "id_number": ("身份证号码", "身份证号", "公民身份号码", "证件号码"),
    "registration": ("报名状态", "状态"),
    "condition": ("容缺后补",),
    "paid": ("缴费", "缴费状态", "是否缴费", "缴费情况"),
    "route": ("特殊情形",),
    "new_name": ("更正姓名",),
    "time_factor": ("延长时间",),
    "large_print": ("大字号",),
    "separate_room": ("单独考场",),
    "reason": ("原因", "变动原因"),
}
UPDATES = ListFile(LABELS, no_header="update_no_header", problems="update_problems")
_STATES = {
    "正常": Registration.IN_FORCE, "恢复": Registration.IN_FORCE,
    "退考": Registration.WITHDRAWN, "放弃": Registration.WITHDRAWN, "弃考": Registration.WITHDRAWN,
    "资格不通过": Registration.DISQUALIFIED, "取消资格": Registration.DISQUALIFIED,
}  # fmt: skip
_CONDITIONS: dict[str, Condition] = {
    "已补齐": "cleared", "补齐": "cleared", "通过": "cleared",
    "未通过": "failed", "不通过": "failed", "未补齐": "failed",
}  # fmt: skip
_NEEDS = ("time_factor", "large_print", "separate_room")


class UpdateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person. ``id_number`` is whole: such a row is never logged nor shown.

    ``name``: as the file knows it, "" when it does not say; held against the register.
    """

    row: int
    id_number: str
    name: str
    wish: Wish
    reason: str

    def __repr__(self) -> str:
        return f"UpdateRow(row={self.row})"


def read_updates(
    data: bytes, *, profile: Profile, today: date, reason: str = ""
) -> list[UpdateRow]:
    """The updates in the file's bytes (xlsx, xls, csv; told by content).

    ``reason``: for lines that give none. Refusals, all 422: ``roster_unreadable``,
    ``update_no_header``, ``roster_no_rows``, ``update_problems`` with rows.
    """
    table = UPDATES.table(data, frozenset({"id_number"}))
    if not table.columns.keys() - {"name", "id_number", "reason"}:
        raise UPDATES.headless()

    def read(number: int, cells: Mapping[str, str], wrong: Wrong) -> UpdateRow | None:
        return _row(number, cells, profile, today, reason, wrong)

    return UPDATES.rows(
        table, read, Once("id_number", "roster_id_twice", lambda row: row.id_number)
    )


def _row(
    row: int, cells: Mapping[str, str], profile: Profile, today: date, reason: str, wrong: Wrong
) -> UpdateRow | None:
    number = _id(cells.get("id_number", ""), today, wrong)
    why = cells.get("reason", "").strip() or reason.strip()
    if not why:
        wrong("reason", "roster_empty")
    elif id_number.named_in(why):
        wrong("reason", "bar_reason_number")
    elif len(why) > LONGEST:
        wrong("reason", "text_too_long", most=LONGEST)
    wish = Wish(
        registration=_word(cells, "registration", _STATES, wrong),
        condition=_word(cells, "condition", _CONDITIONS, wrong),
        paid=_paid(cells.get("paid", ""), wrong),
        route=_route(cells.get("route", ""), profile, wrong),
        name=cells.get("new_name", "").strip() or None,
        needs=_needs(cells, wrong),
    )
    name = plain(cells.get("name", ""))
    return (
        None
        if number is None
        else UpdateRow(row=row, id_number=number, name=name, wish=wish, reason=why)
    )


def _id(text: str, today: date, wrong: Wrong) -> str | None:
    number = id_number.normalise(text)
    if LOST_DIGITS in text:
        wrong("id_number", "roster_id_lost")
    elif not number:
        wrong("id_number", "roster_empty")
    elif (code := id_number.problem(number, today)) is not None:
        wrong("id_number", f"roster_{code}", length=len(number))
    else:
        return number
    return None


def _word(cells: Mapping[str, str], field: str, words: Mapping[str, Any], wrong: Wrong) -> Any:
    written = plain(cells.get(field, ""))
    if written and written not in words:
        wrong(field, "update_word", value=written, known="、".join(words))
    return words.get(written)


def _paid(text: str, wrong: Wrong) -> bool | None:
    written = plain(text).lower()
    if not written:
        return None
    if written not in PAID_WORDS | UNPAID_WORDS:
        wrong("paid", "roster_paid", value=text)
    return written not in UNPAID_WORDS


def _route(text: str, profile: Profile, wrong: Wrong) -> str | None:
    if not plain(text):
        return None
    found = route_of(text, profile)
    if found is None:
        known = "、".join(("正常", *(route.name for route in profile.routes.values())))
        wrong("route", "roster_route", value=text, known=known)
    return found


def _needs(cells: Mapping[str, str], wrong: Wrong) -> Needs | None:
    """None when no column of special needs is filled in; else all of them together."""
    written = {field: plain(cells.get(field, "")) for field in _NEEDS}
    if not any(written.values()):
        return None
    factor = time_factor(written["time_factor"])
    if factor is None:
        wrong("time_factor", "roster_time_factor", value=written["time_factor"])
    return Needs(
        time_factor=factor or "1",
        large_print=written["large_print"].lower() in YES_WORDS,
        separate_room=written["separate_room"].lower() in YES_WORDS,
    )
