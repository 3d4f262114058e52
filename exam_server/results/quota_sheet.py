"""Vacancies by unit 核定岗位数 come in, recommendation lists 推荐名单 go out, as spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

from xlsxwriter import Workbook

from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.table_head import find_table
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from exam_server.results.export import neutral
from exam_server.results.rules.recommendation import Place, UnitList
from exam_server.results.views.published import PublishedResult

LABELS = {"unit": ("单位", "工作单位", "单位名称"), "quota": ("核定岗位数", "空岗数", "核定数")}
_HEADS = (
    "单位",
    "核定岗位数",
    "可推荐人数",
    "名次",
    "姓名",
    "身份证号",
    "工种",
    "等级",
    "得分",
    "推荐",
)
_PLACES = {
    Place.WITHIN: "名额内",
    Place.TIED: "同分，由单位确定",
    Place.BEYOND: "名额外",
}
_WIDTHS = (32, 12, 12, 8, 12, 22, 18, 10, 10, 20)


def read_quotas(data: bytes) -> dict[str, int]:
    """Vacancies by unit, of the file's bytes (xlsx, xls, csv; told by content).

    Refusals, all 422: ``roster_unreadable``; ``quota_no_header``; ``quota_problems`` with every
    line whose number is none or whose unit is there twice.
    """
    table = find_table(read_sheets(data), LABELS, frozenset(LABELS))
    if table is None:
        known = "、".join(words[0] for words in LABELS.values())
        raise Refusal("quota_no_header", 422, {"columns": known})
    found: dict[str, int] = {}
    problems: list[dict[str, object]] = []
    for row, cells in table.lines():
        unit, number = cells["unit"].strip(), plain(cells["quota"])
        if not (number.isascii() and number.isdigit()):
            problems.append(_problem(row, "quota", "quota_number", value=cells["quota"]))
        elif unit in found or not unit:
            problems.append(_problem(row, "unit", "quota_unit", value=unit))
        else:
            found[unit] = int(number)
    if problems:
        raise Refusal("quota_problems", 422, {"count": len(problems)}, problems)
    return found


def recommendation_xlsx(
    lists: Sequence[UnitList], people: Mapping[str, PublishedResult], ratio: str
) -> bytes:
    """The lists as a workbook, the rule they were made by above them; ID numbers masked."""
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("推荐名单")
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.write_string(
            0, 0,
            f"按核定岗位数 1 : {ratio} 推荐，人数去尾取整；同分者名次相同，"
            "名额在同分者之间时由单位确定。",
        )  # fmt: skip
        for column, (head, width) in enumerate(zip(_HEADS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, head, bold)
        line = 2
        for unit in lists:
            quota = "未提供" if unit.quota is None else str(unit.quota)
            for one in unit.people:
                person = people[one.person.candidate_id]
                cells = (
                    *(unit.unit, quota, str(unit.most), str(one.rank), person.name),
                    *(person.id_number, person.trade, person.level, str(one.person.points)),
                    _PLACES[one.place],
                )
                for column, cell in enumerate(cells):
                    sheet.write_string(line, column, neutral(cell))
                line += 1
        sheet.freeze_panes(2, 0)
    return buffer.getvalue()


def _problem(row: int, field: str, code: str, **facts: object) -> dict[str, object]:
    return {"row": row, "column": LABELS[field][0], "code": code, "facts": facts}
