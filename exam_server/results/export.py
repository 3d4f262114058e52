"""Results as xlsx and csv: for people and their spreadsheets, never for machines to trust.

The signed result package (:mod:`exam_server.results.package`) is what travels between
offices. Texts that a spreadsheet would take for a formula are neutralised (DOMAIN A13 rosters
come from strangers). ID numbers are masked; the documents that a statute asks for with whole ones
are :mod:`exam_server.documents`.
"""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

from xlsxwriter import Workbook

from exam_server.clock import china_time
from exam_server.results.views.outcome_words import decided
from exam_server.results.views.table import ResultRow, ResultsTable, SubjectResult
from exam_server.words import Language, state_word

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_SEXES = {"M": ("男", "M"), "F": ("女", "F")}
_HEADS: tuple[tuple[str, str], ...] = (
    ("准考证号", "Ticket"),
    ("姓名", "Name"),
    ("性别", "Sex"),
    ("身份证号", "ID number"),
    ("所在市", "City"),
    ("工作单位", "Unit"),
    ("报考工种", "Trade"),
    ("报考等级", "Level"),
    ("场次", "Sitting"),
    ("考场", "Room"),
    ("机位", "Seat"),
)
_SUBJECT_HEADS = (("得分", "points"), ("状态", "state"), ("交卷方式", "handed in"),
                  ("交卷时间", "handed in at"), ("成绩版本", "score version"))  # fmt: skip
_LAST_HEADS = (("合计", "Sum"), ("状态", "Status"), ("合格线", "Line"), ("结果", "Decision"))


def results_xlsx(table: ResultsTable, language: Language = "zh") -> bytes:
    """The table as a workbook; scores are numbers, everything else is text."""
    buffer = BytesIO()
    rows = _rows(table, language)
    scores = _score_columns(table)
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("成绩" if language == "zh" else "Results")
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                if line > 0 and column in scores and text:
                    sheet.write_number(line, column, float(text))
                else:
                    sheet.write_string(line, column, text, bold if line == 0 else None)
        sheet.freeze_panes(1, 2)
        sheet.autofit()
        if table.lines:
            _write_lines(book, table, language)
    return buffer.getvalue()


def _write_lines(book: Workbook, table: ResultsTable, language: Language) -> None:
    """Under which line each group was decided, and its rule for ties."""
    sheet = book.add_worksheet("合格线" if language == "zh" else "Lines")
    for row, line in enumerate(table.lines):
        sheet.write_string(row, 0, neutral(line.group))
        sheet.write_string(row, 1, line.zh if language == "zh" else line.en)
    sheet.autofit()


def results_csv(table: ResultsTable, language: Language = "zh") -> bytes:
    """The table as UTF-8 with a byte order mark, which spreadsheets need to see Chinese."""
    text = StringIO(newline="")
    csv.writer(text).writerows(_rows(table, language))
    return text.getvalue().encode("utf-8-sig")


def neutral(text: str) -> str:
    """``text`` as a spreadsheet shows it but never runs it: a leading quote where needed."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _rows(table: ResultsTable, language: Language) -> list[list[str]]:
    scores = _score_columns(table)
    lines = [_cells(table, row, language) for row in table.rows]
    return [
        _head(table, language),
        *(
            [cell if at in scores else neutral(cell) for at, cell in enumerate(line)]
            for line in lines
        ),
    ]


def _head(table: ResultsTable, language: Language) -> list[str]:
    at = 0 if language == "zh" else 1
    subjects = [
        f"{(column.name, column.name_en)[at]} {head[at]}"
        for column in table.columns
        for head in _SUBJECT_HEADS
    ]
    return [head[at] for head in _HEADS] + subjects + [head[at] for head in _LAST_HEADS]


def _score_columns(table: ResultsTable) -> frozenset[int]:
    """Columns whose cells are decimals: points, sum, line."""
    first = len(_HEADS)
    points = {first + at * len(_SUBJECT_HEADS) for at in range(len(table.columns))}
    last = first + len(table.columns) * len(_SUBJECT_HEADS)
    return frozenset(points | {last, last + 2})


def _cells(table: ResultsTable, row: ResultRow, language: Language) -> list[str]:
    cells = [
        row.ticket or "",
        row.name,
        _SEXES[row.sex][0 if language == "zh" else 1] if row.sex else "",
        row.id_masked,
        row.city,
        row.unit,
        row.trade,
        row.level_name if language == "zh" else row.level,
        row.sitting or "",
        row.room or "",
        "" if row.seat is None else str(row.seat),
    ]
    for column in table.columns:
        cells += _subject_cells(row.subjects.get(column.id), language)
    return [
        *cells,
        row.sum or "",
        state_word("standing", row.status, language),
        row.line or "",
        decided(row.decision, row.reasons, language),
    ]


def _subject_cells(found: SubjectResult | None, language: Language) -> list[str]:
    if found is None:
        return [""] * len(_SUBJECT_HEADS)
    return [
        found.points or "",
        state_word("attempt", found.state, language),
        state_word("cause", found.cause, language) if found.cause else "",
        _moment(found.submitted_ms),
        "" if found.version is None else str(found.version),
    ]


def _moment(at_ms: int | None) -> str:
    """Beijing time to the second: exports are read in the room's own time."""
    if at_ms is None:
        return ""
    return f"{china_time(at_ms):%Y-%m-%d %H:%M:%S}"
