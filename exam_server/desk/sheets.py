"""A spreadsheet or csv as rows of text, by its content and not by its name.

Row numbers are the file's own: row 1 is the first line, empty rows are kept, so that a
problem can be found where it is reported.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO

from python_calamine import CalamineError, CalamineWorkbook

from exam_server.desk.rules.roster_row import LOST_DIGITS
from exam_server.errors import Refusal

_XLSX = b"PK\x03\x04"
_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# what spreadsheets make of long numbers: beyond 15 digits the last ones are lost
_EXACT_DIGITS = 15


def read_sheets(data: bytes) -> list[list[list[str]]]:
    """All sheets of the file, each a list of rows of cell texts.

    A number beyond 15 digits becomes :data:`LOST_DIGITS`, as its end is no longer known.
    Refusal ``roster_unreadable`` 422.
    """
    if data.startswith((_XLSX, _XLS)):
        return _workbook(data)
    return [_csv(data)]


def _workbook(data: bytes) -> list[list[list[str]]]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        return [
            [
                [_text(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
            for name in book.sheet_names
        ]
    except CalamineError:
        raise Refusal("roster_unreadable", 422) from None


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        whole = str(int(cell))
        return LOST_DIGITS if len(whole.lstrip("-")) > _EXACT_DIGITS else whole
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return "" if cell is None else str(cell).strip()


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
    text = cell.strip()
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
