"""Writing a roster as a workbook: the empty template, or one with rows in it.

The columns are annex 8's in its order, with the merged head of 已考取岗位证书, then what
seating adds (docs/reference/roster-template.md). Every cell is text, so that a spreadsheet
keeps the 18 digits of an ID number.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from exam_server.desk.rules.roster_columns import LABELS, NEEDED
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.profiles.model import Profile
from exam_server.profiles.office import NORMAL

_GROUP = "已考取岗位证书"
_GROUPED = ("certificate_trade", "certificate_level", "certificate_date")
_WIDE = frozenset({"id_number", "unit", "ticket", "phone", "route"})
_READY_ROWS = 400  # rows of the empty template that are already text
_NOTES = (
    ("一行一人，从表头下一行开始填；不要合并数据行。", "One person per line, from below the head."),
    ("带 * 的列必填。", "Columns marked * must be filled in."),
    ("身份证号码、准考证号按文本填写，不要按数字填写。", "ID and ticket numbers are text."),
    (
        "工种写现行名称；原工种名称也认得，导入后改为现行名称。",
        "Trades by their current name; former names are understood and replaced.",
    ),
    (
        "不参加机考的特殊情形和未缴费的，准考证号、考场、机位留空。",
        "Who does not sit or has not paid has no ticket, room or seat.",
    ),
    ("容缺后补：写“是”或留空。", "Conditional acceptance: 是 or empty."),
)


def roster_template(profile: Profile) -> bytes:
    """An empty roster workbook (xlsx) for this profile, with a sheet of notes."""
    return _workbook(profile, ())


def write_roster(profile: Profile, rows: Iterable[RosterRow]) -> bytes:
    """The rows as a workbook that :func:`exam_server.desk.roster.read_roster` reads back.

    It holds whole ID numbers: for demos, tests, and a roster on its way to the centre.
    """
    return _workbook(profile, rows)


def _workbook(profile: Profile, rows: Iterable[RosterRow]) -> bytes:
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("考生名册")
        head = book.add_format(
            {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        )
        text = book.add_format({"num_format": "@"})
        _head(sheet, head)
        for column, field in enumerate(LABELS):
            sheet.set_column(column, column, 22 if field in _WIDE else 12, text)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(_cells(profile, number, row)):
                sheet.write_string(number + 1, column, value, text)
        sheet.freeze_panes(2, 2)
        _choices(profile, sheet)
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 1, 60)
        for line, (zh, en) in enumerate(_notes(profile)):
            notes.write_string(line, 0, zh)
            notes.write_string(line, 1, en)
    return buffer.getvalue()


def _head(sheet: Worksheet, style: object) -> None:
    first = list(LABELS).index(_GROUPED[0])
    sheet.merge_range(0, first, 0, first + len(_GROUPED) - 1, _GROUP, style)
    for column, (field, labels) in enumerate(LABELS.items()):
        if field in _GROUPED:
            sheet.write_string(1, column, labels[0].removeprefix(_GROUP), style)
        else:
            label = labels[0] + ("*" if field in NEEDED else "")
            sheet.merge_range(0, column, 1, column, label, style)


def _choices(profile: Profile, sheet: Worksheet) -> None:
    lists = {
        "sex": ["男", "女"],
        "level": list(profile.levels.values()),
        "route": [route.name for route in profile.routes.values()],
        "conditional": ["是"],
        "paid": ["已缴费", "未缴费"],
    }
    for field, source in lists.items():
        if source:
            column = list(LABELS).index(field)
            sheet.data_validation(
                2, column, _READY_ROWS, column, {"validate": "list", "source": source}
            )


def _notes(profile: Profile) -> list[tuple[str, str]]:
    digits = profile.login.ticket_digits
    return [
        *_NOTES,
        (f"准考证号为 {digits} 位数字。", f"A ticket number has {digits} digits."),
        ("等级：" + "、".join(profile.levels.values()), "Levels: " + ", ".join(profile.levels)),
    ]


def _cells(profile: Profile, number: int, row: RosterRow) -> list[str]:
    route = "" if row.route == NORMAL else profile.routes[row.route].name
    values = {
        "serial": str(number),
        "name": row.name,
        "sex": {"M": "男", "F": "女"}[row.sex],
        "id_number": row.id_number,
        "trade": row.trade,
        "level": profile.level_name(row.level),
        "city": row.city,
        "unit": row.unit,
        "route": route,
        "conditional": "是" if row.conditional else "",
        "time_factor": "" if row.needs.time_factor == "1" else row.needs.time_factor,
        "large_print": "是" if row.needs.large_print else "",
        "separate_room": "是" if row.needs.separate_room else "",
        "paid": "" if row.paid else "未缴费",
        "ticket": row.ticket or "",
        "room": row.room or "",
        "seat": "" if row.seat is None else str(row.seat),
    }
    return [values.get(field, row.details.get(field, "")) for field in LABELS]
