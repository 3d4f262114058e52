"""Reading a table, whatever its name says: xlsx, xls, csv in UTF-8 or GB18030.

The content decides, not the file name. Every cell becomes text; whole numbers lose the
``.0`` that spreadsheet readers give them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from question_bank.errors import BankError
from question_bank.formats.workbook import fits

_MOST_BYTES = 200 * 1024 * 1024
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True, slots=True)
class Row:
    """``number``: as a spreadsheet shows it, the heading being row 1."""

    number: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """The cell's text without outer spaces, "" when the table has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """``kind``: xlsx, xls, utf-8 or gb18030; ``columns`` as in the heading, in order."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    kind: str


def read_table(path: Path, sheet: str | None = None) -> Table:
    """Read the table in ``path``; of a workbook the sheet so named, else the first one shown.

    BankErrors ``file_missing``, ``file_too_large``, ``file_not_a_table``, ``file_empty``,
    ``csv_broken`` (fact ``row``), ``column_twice``, ``column_unnamed``.
    """
    data = read_bytes(path)
    if data.startswith((_ZIP, _OLE)):
        kind = "xlsx" if data.startswith(_ZIP) else "xls"
        return _table(_workbook_rows(data, path.name, sheet), kind, path.name)
    text, kind = _decoded(data, path.name)
    return _table(_csv_rows(text, path.name), kind, path.name)


def read_bytes(path: Path) -> bytes:
    """The file's bytes; BankError ``file_missing`` or ``file_too_large``."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            facts: dict[str, object] = {"file": path.name, "most_mb": _MOST_BYTES >> 20}
            raise BankError("file_too_large", facts)
        return path.read_bytes()
    except OSError as error:
        raise BankError("file_missing", {"file": path.name}) from error


def _workbook_rows(data: bytes, name: str, sheet: str | None) -> list[list[str]]:
    if data.startswith(_ZIP) and not fits(data):
        raise BankError("file_not_a_table", {"file": name})
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            shown = [
                one.name for one in book.sheets_metadata if one.visible is SheetVisibleEnum.Visible
            ]
            wanted = sheet if sheet in book.sheet_names else shown[0]
            rows = book.get_sheet_by_name(wanted).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, OSError, ValueError) as error:
        raise BankError("file_not_a_table", {"file": name}) from error
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value).strip()


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    for encoding, kind in (("utf-8-sig", "utf-8"), ("gb18030", "gb18030")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, kind
    raise BankError("file_not_a_table", {"file": name})


def _csv_rows(text: str, name: str) -> list[list[str]]:
    heading = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append([cell.strip() for cell in row])  # noqa: PERF401 - the count is needed
    except csv.Error as error:
        raise BankError("csv_broken", {"file": name, "row": len(rows) + 1}) from error
    return rows


def _table(rows: list[list[str]], kind: str, name: str) -> Table:
    if not rows or not any(rows[0]):
        raise BankError("file_empty", {"file": name})
    width = max(at for at, text in enumerate(rows[0], start=1) if text)
    columns = tuple(rows[0][:width])
    _refuse_heading(columns)
    numbered = enumerate(rows[1:], start=2)
    kept = (_row(number, columns, cells) for number, cells in numbered if any(cells))
    table = Table(columns, tuple(kept), kind)
    if not table.rows:
        raise BankError("file_empty", {"file": name})
    return table


def _row(number: int, columns: tuple[str, ...], cells: list[str]) -> Row:
    """Cells beyond the heading stay visible under the empty name, so they can be refused."""
    named = dict(zip(columns, cells, strict=False))
    beyond = " ".join(cell for cell in cells[len(columns) :] if cell)
    return Row(number, named | ({"": beyond} if beyond else {}))


def _refuse_heading(columns: Iterable[str]) -> None:
    seen: set[str] = set()
    for at, column in enumerate(columns, start=1):
        if not column:
            raise BankError("column_unnamed", {"place": at})
        if column in seen:
            raise BankError("column_twice", {"column": column})
        seen.add(column)
