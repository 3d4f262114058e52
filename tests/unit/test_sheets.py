"""Tables as offices really send them: what nobody sees is not read, what is lost is told, and no
file takes the machine with it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from exam_server.desk.rules.roster_row import LOST_DIGITS
from exam_server.desk.rules.table_head import find_table
from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from question_bank.errors import BankError
from question_bank.formats import workbook
from question_bank.formats.table import read_table

LABELS = {"name": ("姓名",), "points": ("成绩",)}
KEY = frozenset(LABELS)


def book(*fill: Callable[[Worksheet], object]) -> bytes:
    """A workbook with a sheet per function."""
    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as made:
        for one in fill:
            one(made.add_worksheet())
    return out.getvalue()


def table(sheet: Worksheet, points: float | str = 60) -> None:
    sheet.write_row(0, 0, ["姓名", "成绩"])
    sheet.write_row(1, 0, ["张伟", points])


def refused(data: bytes) -> str:
    with pytest.raises(Refusal) as told:
        find_table(read_sheets(data), LABELS, KEY)
    return told.value.code


def test_a_hidden_sheet_is_not_read_and_a_second_table_is_never_left_out_in_silence() -> None:
    def hidden(sheet: Worksheet) -> None:
        table(sheet, 59)
        sheet.hide()

    def shown(sheet: Worksheet) -> None:
        table(sheet)
        sheet.activate()

    found = find_table(read_sheets(book(hidden, shown)), LABELS, KEY)
    assert found is not None
    assert [cells["points"] for _, cells in found.lines()] == ["60"]
    assert refused(book(table, lambda sheet: sheet.write(0, 0, "说明"), table)) == "sheets_several"


def test_a_cell_says_what_the_spreadsheet_shows() -> None:
    def cells(sheet: Worksheet) -> None:
        sheet.write_row(0, 0, [28.3 + 20.4 + 24.6, 611002197103059915, "张\u200b伟\u202e", "0071"])
        sheet.write_formula(1, 0, "=SUM(A1:A2)", None, "85.5")  # its value, as it was saved
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.merge_range(2, 0, 3, 0, "合并")
        sheet.write(3, 1, "60")

    (rows,) = read_sheets(book(cells))
    assert rows[0] == ["73.3", LOST_DIGITS, "张伟", "0071"]
    assert rows[1][0] == "85.5"
    assert rows[1][1] != "0", "an error is no number"
    assert [row[0] for row in rows[2:]] == ["合并", ""]
    assert read_sheets("姓名,准考证号\n张\u200b伟,\ufeff0071\x07\n".encode()) == [
        [["姓名", "准考证号"], ["张伟", "0071"]]
    ]


def test_a_stray_cell_in_the_last_corner_does_not_take_the_machine_down(tmp_path: Path) -> None:
    """The reader would lay 17,000 million cells in memory and end the whole process."""

    def far(sheet: Worksheet) -> None:
        table(sheet)
        sheet.write(1_048_575, 16_383, "x")

    assert refused(book(far)) == "roster_unreadable"
    (tmp_path / "bank.xlsx").write_bytes(book(far))
    with pytest.raises(BankError, match="file_not_a_table"):
        read_table(tmp_path / "bank.xlsx")


def test_a_file_that_unpacks_to_more_than_is_allowed_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1 << 20)
    out = BytesIO(book(table))
    assert find_table(read_sheets(out.getvalue()), LABELS, KEY)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(1 << 20))
    assert len(out.getvalue()) < 10_000
    assert refused(out.getvalue()) == "roster_unreadable"


WHOLE = book(table)


@given(at=st.integers(0, len(WHOLE) - 1), to=st.integers(0, 255), cut=st.booleans())
def test_a_broken_file_is_refused_or_read_and_nothing_else(at: int, to: int, cut: bool) -> None:
    data = WHOLE[:at] if cut else WHOLE[:at] + bytes([to]) + WHOLE[at + 1 :]
    with suppress(Refusal):
        read_sheets(data)
