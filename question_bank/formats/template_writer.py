"""Writing the empty template: a workbook with headings, choices, examples and explanations."""

from __future__ import annotations

from typing import IO, Any

import xlsxwriter

from question_bank.formats.template import COLUMNS, REQUIRED, SHEET

_LAST_ROW = 5000
_WIDTHS = {"题干": 48, "解析": 36, "来源": 24, "知识点": 18, "工种": 16}
_NOTES: dict[str, tuple[str, str]] = {
    "编号": ("必填，本文件内不重复", "required, unique within the file"),
    "题型": ("必填：单选、多选、判断", "required: 单选 single, 多选 multiple, 判断 true/false"),
    "题干": ("必填；![说明](图片名) 标出图片位置", "required; ![alt](name) marks a figure's place"),
    "选项A": ("单选、多选从 A 起依次填写 2 至 8 个；判断留空", "2 to 8 from A on; empty for 判断"),
    "答案": ("必填：A、ACD，判断填 对 或 错", "required: A, ACD; 对 or 错 for 判断"),
    "分值": ("留空为 1；试卷的分值以双向细目表为准", "1 if empty; a form follows its blueprint"),
    "难度": ("0 至 1，预计答对比例，可留空", "0 to 1, expected share of right answers, optional"),
    "知识点": ("可留空；双向细目表可按知识点规定题数", "optional; blueprints may set quotas by it"),
    "科目": ("必填：职业道德(ethics)、专业理论(theory)…", "required: ethics, theory, …"),
    "工种": ("留空或 * 为不限", "empty or * = every trade"),
    "等级": ("L1 至 L5 或 高级工 等；留空或 * 为不限", "L1 to L5; empty or * = every level"),
    "固定选项": ("打乱时留在最后的字母，如 D（以上都对）", "letters that stay last, e.g. D"),
    "图片": ("文件名，用分号隔开；图片与本文件同一文件夹", "names split by ;, beside this file"),
    "解析": ("可留空；不进入试卷", "optional; never part of a form"),
    "来源": ("可留空；依据的法规、标准或教材", "optional; the statute, standard or book"),
    "版本": ("留空为 1；修改试题后加 1", "1 if empty; raise it when the item changes"),
}
_EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "编号": "EX-001", "题型": "单选", "题干": "一年中，北半球白昼最长的节气是（　　）。",
        "选项A": "春分", "选项B": "夏至", "选项C": "秋分", "选项D": "冬至", "答案": "B",
        "分值": "1", "科目": "theory", "解析": "夏至时太阳直射北回归线。",
    },
    {
        "编号": "EX-002", "题型": "多选", "题干": "下列属于可再生能源的有（　　）。",
        "选项A": "风能", "选项B": "煤炭", "选项C": "太阳能", "选项D": "水能", "答案": "ACD",
        "分值": "1", "科目": "theory",
    },
    {
        "编号": "EX-003", "题型": "判断", "题干": "标准大气压下，水的沸点是 100 ℃。",
        "答案": "对", "分值": "1", "科目": "theory",
    },
)  # fmt: skip


def write_template(out: IO[bytes]) -> None:
    """Write the workbook into an open binary file."""
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        styles = _styles(book)
        _items_sheet(book.add_worksheet(SHEET), styles, ())
        _items_sheet(book.add_worksheet("示例 examples"), styles, _EXAMPLES)
        _notes_sheet(book.add_worksheet("说明 notes"), styles)


def _styles(book: Any) -> dict[str, Any]:
    common = {"bold": True, "border": 1, "valign": "vcenter"}
    return {
        "required": book.add_format({**common, "bg_color": "#D6E4F0"}),
        "optional": book.add_format({**common, "bg_color": "#EEF1F4"}),
        "text": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
    }


def _items_sheet(sheet: Any, styles: dict[str, Any], examples: tuple[dict[str, str], ...]) -> None:
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, _WIDTHS.get(column, 12), styles["text"])
        style = styles["required" if column in REQUIRED else "optional"]
        sheet.write_string(0, at, column, style)
        note = _NOTES.get(column)
        if note:
            sheet.write_comment(0, at, "\n".join(note))
    for number, example in enumerate(examples, start=1):
        for column, text in example.items():
            sheet.write_string(number, COLUMNS.index(column), text, styles["text"])
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, 0, len(COLUMNS) - 1)
    type_column = COLUMNS.index("题型")
    choice = {"validate": "list", "source": ["单选", "多选", "判断"]}
    sheet.data_validation(1, type_column, _LAST_ROW, type_column, choice)


def _notes_sheet(sheet: Any, styles: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 2, 64)
    for at, heading in enumerate(("列 column", "说明", "notes")):
        sheet.write_string(0, at, heading, styles["required"])
    for row, (column, texts) in enumerate(_NOTES.items(), start=1):
        for at, text in enumerate((column, *texts)):
            sheet.write_string(row, at, text)
