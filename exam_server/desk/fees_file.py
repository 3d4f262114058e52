"""Fees as a workbook: totals by city and by unit, and every person. ID numbers masked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO

from xlsxwriter import Workbook

from exam_server.desk.fees import Fees, Total
from exam_server.words import Language

_HEADS = {
    "city": ("所在市", "City"),
    "unit": ("工作单位", "Unit"),
    "people": ("人数", "People"),
    "owing": ("欠缴人数", "Owing"),
    "due": ("应缴（元）", "Due (yuan)"),
    "paid": ("已缴（元）", "Paid (yuan)"),
    "owed": ("欠缴（元）", "Owed (yuan)"),
    "name": ("姓名", "Name"),
    "id": ("身份证号码", "ID number"),
    "trade": ("工种", "Trade"),
    "level": ("等级", "Level"),
}
_SHEETS = {"cities": ("按市合计", "By city"), "units": ("按单位合计", "By unit"),
           "people": ("明细", "People")}  # fmt: skip
_ALL = ("合计", "All")


def fees_xlsx(found: Fees, language: Language = "zh") -> bytes:
    """The workbook; every text stays text, every amount a number."""
    tongue = 0 if language == "zh" else 1
    parts = [part for part in found.parts if not part.later]
    names = [part.name if tongue == 0 else part.name_en for part in parts]
    everybody = _total(found.everybody)
    everybody[0] = _ALL[tongue]
    heads = ("city", "people", "owing", "due", "paid", "owed")
    cities = [_total(one) for one in found.cities]
    people: list[list[str | int | Decimal]] = [
        [one.name, one.id_masked, one.unit, one.city, one.trade, one.level, *one.parts, one.due,
         one.paid, one.owed]
        for one in found.payers
    ]  # fmt: skip
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        _sheet(book, _SHEETS["cities"][tongue], _words(heads, tongue), [*cities, everybody])
        units: list[list[str | int | Decimal]] = [[one.unit, *_total(one)] for one in found.units]
        _sheet(book, _SHEETS["units"][tongue], _words(("unit", *heads), tongue), units)
        first = _words(("name", "id", "unit", "city", "trade", "level"), tongue)
        last = _words(("due", "paid", "owed"), tongue)
        _sheet(book, _SHEETS["people"][tongue], [*first, *names, *last], people)
    return buffer.getvalue()


def _words(fields: Sequence[str], tongue: int) -> list[str]:
    return [_HEADS[field][tongue] for field in fields]


def _total(one: Total) -> list[str | int | Decimal]:
    return [one.city, one.people, one.owing, one.due, one.paid, one.owed]


def _sheet(
    book: Workbook, name: str, heads: Sequence[str], rows: Sequence[Sequence[str | int | Decimal]]
) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bottom": 1})
    money = book.add_format({"num_format": "0.00"})
    sheet.freeze_panes(1, 1)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
        sheet.set_column(column, column, 20 if column < 3 else 12)
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            elif isinstance(value, int):
                sheet.write_number(at, column, value)
            else:
                sheet.write_number(at, column, float(value), money)
