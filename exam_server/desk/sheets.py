"""A spreadsheet or csv as rows of text, by its content and not by its name.

Row numbers are the file's own: row 1 is the first line, empty rows are kept, so that a
problem can be found where it is reported. What nobody sees in the file is not read: hidden
sheets, and marks without width that web pages leave in a cell.
"""

from __future__ import annotations

import csv
import unicodedata
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from exam_server.desk.rules.roster_row import LOST_DIGITS
from exam_server.errors import Refusal
from question_bank.formats.workbook import fits

_XLSX = b"PK\x03\x04"
_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# what spreadsheets make of long numbers: beyond 15 digits the last ones are lost
_EXACT_DIGITS = 15
_UNSEEN = frozenset({"Cc", "Cf"})  # control characters, zero width, direction of writing


def read_sheets(data: bytes) -> list[list[list[str]]]:
    """All sheets of the file that are not hidden, each a list of rows of cell texts.

    A number beyond 15 digits becomes :data:`LOST_DIGITS`, as its end is no longer known.
    Refusal ``roster_unreadable`` 422.
    """
    if data.startswith(_XLSX) and not fits(data):
        raise Refusal("roster_unreadable", 422)
    if data.startswith((_XLSX, _XLS)):
        return _workbook(data)
    return [_csv(data)]


def _workbook(data: bytes) -> list[list[list[str]]]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        return [
            [
                [_text(cell) for cell in row]
                for row in book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            ]
            for sheet in book.sheets_metadata
            if sheet.visible is SheetVisibleEnum.Visible
        ]
    except CalamineError:
        raise Refusal("roster_unreadable", 422) from None


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        whole = str(int(cell))
        return LOST_DIGITS if len(whole.lstrip("-")) > _EXACT_DIGITS else whole
    if isinstance(cell, float):  # as the spreadsheet shows it: 28.3 + 20.4 + 24.6 is 73.3
        return f"{cell:.{_EXACT_DIGITS}g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return "" if cell is None else _seen(str(cell))


def _seen(text: str) -> str:
    """Without what has no width and is no line break."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(
        one for one in text if one in "\n\t" or unicodedata.category(one) not in _UNSEEN
    ).strip()


def _csv(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=False))
    except csv.Error:
        raise Refusal("roster_unreadable", 422) from None
    return [[_csv_cell(cell) for cell in row] for row in rows]


def _csv_cell(cell: str) -> str:
    """A cell as a spreadsheet saved it: ``6.11E+17`` has lost its last digits."""
    text = _seen(cell)
    mantissa, _, exponent = text.upper().partition("E+")
    if exponent.isdigit() and mantissa.replace(".", "", 1).isdigit():
        return LOST_DIGITS
    return text


def _decoded(data: bytes) -> str:
    encodings = ["utf-16"] if data.startswith(_UTF16) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refusal("roster_unreadable", 422)
