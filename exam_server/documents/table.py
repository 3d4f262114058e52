"""A document that is a list: a table on paper, or as xlsx and csv, always the same rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import BytesIO, StringIO
from typing import Any

import msgspec
from xlsxwriter import Workbook

from exam_server.documents.paper import Paper
from exam_server.results.export import neutral

GROUP = "："  # in a column's name between the group above it and its own


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """``columns``: as printed, ``group：column`` under a common head. ``widths``: of the columns in
    mm, 0 shares what is left. ``row_mm``: least height, for what is written by hand. ``facts``:
    label and value above the table. ``before``: a sentence above, e.g. a unit's declaration.
    ``notes``: below. ``signed``: who signs; ``sealed``: whose seal, its place left blank.
    ``stand_in``: printed instead of rows when there are none.
    """

    title: str
    above: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    annex: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    before: str = ""
    notes: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    left: tuple[int, ...] = ()
    row_mm: float = 7.5
    size_pt: float = 10
    flipped: bool = False
    stand_in: str = ""


def paper_of(table: Table) -> Paper:
    """For the template ``table``."""
    data: dict[str, Any] = msgspec.to_builtins(table)
    heads = [_split(column) for column in table.columns]
    data["heads"] = [{"group": group, "own": own} for group, own in heads]
    if table.columns.count("姓名") == 1:  # whose line it is, should a character have no glyph
        at = table.columns.index("姓名")
        data["rows"] = [{"name": row[at], "cells": list(row)} for row in table.rows]
    else:
        data["rows"] = [{"cells": list(row)} for row in table.rows]
    return Paper("table", data)


def as_xlsx(tables: Iterable[Table]) -> bytes:
    """A sheet for each table; every cell is text, so that no number loses its first digits."""
    out = BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for number, table in enumerate(tables, start=1):
            sheet = book.add_worksheet(f"{number}")
            for line, row in enumerate((table.columns, *table.rows)):
                for column, text in enumerate(row):
                    sheet.write_string(line, column, neutral(text), None if line else bold)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return out.getvalue()


def as_csv(tables: Iterable[Table]) -> bytes:
    """The rows of all tables under one head, UTF-8 with the mark that spreadsheets need."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    for number, table in enumerate(tables):
        if number == 0:
            writer.writerow(table.columns)
        writer.writerows([neutral(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def _split(column: str) -> tuple[str, str]:
    group, mark, own = column.partition(GROUP)
    return (group, own) if mark else ("", column)
