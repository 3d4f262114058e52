"""Vacancies by unit 核定岗位数 come in, recommendation lists 推荐名单 go out, as spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

from xlsxwriter import Workbook

from exam_server.desk.list_file import ListFile, Wrong
from exam_server.desk.rules.roster_text import plain
from exam_server.results.export import neutral
from exam_server.results.rules.recommendation import Place, UnitList
from exam_server.results.views.published import PublishedResult

LABELS = {"unit": ("单位", "工作单位", "单位名称"), "quota": ("核定岗位数", "空岗数", "核定数")}
_QUOTAS = ListFile(LABELS, no_header="quota_no_header", problems="quota_problems")
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
_DIGITS = 6  # of a number of posts; what is longer is a slip
_WIDTHS = (32, 12, 12, 8, 12, 22, 18, 10, 10, 20)


def read_quotas(data: bytes) -> dict[str, int]:
    """Vacancies by unit, of the file's bytes (xlsx, xls, csv; told by content).

    Refusals, all 422: ``roster_unreadable``, ``quota_no_header``, ``roster_no_rows``;
    ``quota_problems`` with every line whose number is none or whose unit is there twice.
    """
    found: dict[str, int] = {}

    def read(_row: int, cells: Mapping[str, str], wrong: Wrong) -> str | None:
        unit, number = cells["unit"].strip(), plain(cells["quota"])
        if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
            wrong("quota", "quota_number", value=cells["quota"])
        elif unit in found or not unit:
            wrong("unit", "quota_unit", value=unit)
        else:
            found[unit] = int(number)
        return unit

    _QUOTAS.rows(_QUOTAS.table(data, frozenset(LABELS)), read)
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
