"""What a workbook would take up, asked before anything opens it.

A few hundred bytes can unpack to gigabytes, or name one cell in the last row and column: the
reader lays all cells between in memory, and where that fails the whole process ends with it.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from question_bank.formats.broken import BROKEN_ZIP

MOST_UNPACKED = 256 * 1024 * 1024  # bytes; a hundred thousand lines of a roster take a third
MOST_CELLS = 6_000_000  # of all sheets, the empty ones between included
_BOOK, _SHEETS = "xl/workbook.xml", "xl/worksheets/"
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,9})"[^>]*(?<!/)>')
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4})(\d{1,9})"[^>]*(?<!/)>')
_UNPLACED = re.compile(rb"<(?:\w+:)?c(?![^>]*\br=)(?:\s[^>]*)?(?<!/)>")


def fits(data: bytes) -> bool:
    """Whether ``data`` is a workbook (xlsx) that can be opened in little memory."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if _BOOK not in archive.namelist():
                return False
            if sum(member.file_size for member in members) > MOST_UNPACKED:
                return False
            # what a header says of the size is what is read, and the checksum is held to it
            sheets = [one for one in members if one.filename.startswith(_SHEETS)]
            for member in members:
                if member not in sheets:
                    _read_through(archive, member)
            return sum(_area(archive.read(sheet)) for sheet in sheets) <= MOST_CELLS
    except BROKEN_ZIP:
        return False


def _read_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as stream:
        while stream.read(1 << 20):
            pass


def _area(xml: bytes) -> int:
    """Cells from the first to the last that holds anything."""
    placed = _CELL.findall(xml)
    rows = max((int(row) for _, row in placed), default=0)
    columns = max((_column(name) for name in {name for name, _ in placed}), default=0)
    if _UNPLACED.search(xml):  # each after the one before it: at most as many beside each other
        lines = re.split(rb"<(?:\w+:)?row\b", xml)
        rows = max([rows, len(lines), *map(int, _ROW.findall(xml))])
        columns = max([columns, *(len(_UNPLACED.findall(line)) for line in lines)])
    return rows * columns


def _column(letters: bytes) -> int:
    """``A`` → 1, ``AA`` → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
