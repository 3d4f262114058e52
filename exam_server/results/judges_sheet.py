"""The judges' sheet 评委评定表 as a workbook, out and in (DOMAIN C10.6, C10.7).

Out: the items of a paper by subject and number with a column per judge (Angoff), or a row per
judge with four numbers (Hofstee); empty, or filled as it was taken in. In: the whole sheet or
nothing, every bad cell named by its place with what would be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from exam_server.desk.sheets import read_sheets
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile
from exam_server.results.rules.judges import (
    Acceptable,
    AngoffPanel,
    HofsteePanel,
    Panel,
    RatedItem,
)
from exam_server.results.rules.standing import plain_decimal

ITEM_HEADS = ("科目", "题号", "分值")
JUDGE_HEADS = (
    "评委",
    "最低可接受合格线",
    "最高可接受合格线",
    "最低不合格率（%）",
    "最高不合格率（%）",
)
LONGEST_NAME, MOST_JUDGES = 40, 60
_YES_NO = {"是": "1", "否": "0", "√": "1", "×": "0", "YES": "1", "NO": "0", "Y": "1", "N": "0"}
_NOTES = {
    "angoff": (
        "设想一名刚好够格的考生：每题填他答对的可能性，0 到 1 之间的数，如 0.65；"
        "只判断能否答对的，填 1 或 0（是、否也可以）。每位评委每题都要填。",
        "Think of a candidate who is just good enough: for every item write how likely a right "
        "answer is, 0 to 1; or 1 and 0 for yes and no. Every judge rates every item.",
    ),
    "hofstee": (
        "每位评委一行：可以接受的最低、最高合格线（分），最低、最高不合格率（百分数，如 20）。",
        "One row per judge: the lowest and highest line that is acceptable, in points, and the "
        "smallest and largest share of failures in per cent.",
    ),
}
_SCALE = Decimal("0.0001")  # 0.1 + 0.2 of a spreadsheet is 0.3

Problem = dict[str, Any]


def items_of(profile: Profile) -> tuple[RatedItem, ...]:
    """Every item of a paper of the block, numbered as it is printed."""
    return tuple(
        RatedItem(subject_id, number, points)
        for _, subject_id, subject in profile.ordered
        for number, points in enumerate(
            (Decimal(section.points) for section in subject.sections for _ in range(section.count)),
            start=1,
        )
    )


def empty_sheet(profile: Profile, kind: str, judges: int) -> bytes:
    """A sheet to be filled in by ``judges`` judges; ``kind``: angoff or hofstee."""
    names = [f"评委{number}" for number in range(1, judges + 1)]
    if kind == "angoff":
        rows = [[*row, *([""] * judges)] for row in _item_cells(profile, items_of(profile))]
        return _workbook(kind, [[*ITEM_HEADS, *names], *rows])
    return _workbook(kind, [list(JUDGE_HEADS), *([name, "", "", "", ""] for name in names)])


def filled_sheet(profile: Profile, panel: Panel) -> bytes:
    """The sheet as it was taken in."""
    if isinstance(panel, AngoffPanel):
        rows = [
            [*cells, *ratings]
            for cells, ratings in zip(_item_cells(profile, panel.items), panel.ratings, strict=True)
        ]
        return _workbook("angoff", [[*ITEM_HEADS, *panel.judges], *rows])
    return _workbook(
        "hofstee",
        [
            list(JUDGE_HEADS),
            *(
                [name, one.c_min, one.c_max, one.f_min * 100, one.f_max * 100]
                for name, one in zip(panel.judges, panel.accepts, strict=True)
            ),
        ],
    )


def read_judges(data: bytes, profile: Profile) -> Panel:
    """The panel of a filled-in sheet, recognised by its header.

    Refusals: ``judges_unreadable`` 422; ``judges_problems`` 422 with one row per bad cell
    (``row`` the file's own, ``column`` as the spreadsheet letters it).
    """
    rows = _first_sheet(data)
    head = rows[0] if rows else []
    found: Panel | None
    if tuple(head[: len(ITEM_HEADS)]) == ITEM_HEADS:
        found, problems = _angoff(rows, profile)
    elif tuple(head[: len(JUDGE_HEADS)]) == JUDGE_HEADS:
        found, problems = _hofstee(rows, profile)
    else:
        raise Refusal("judges_unreadable", 422)
    if problems or found is None:
        raise Refusal("judges_problems", 422, {"count": len(problems)}, problems)
    return found


def _first_sheet(data: bytes) -> list[list[str]]:
    try:
        sheets = read_sheets(data)
    except Refusal:
        raise Refusal("judges_unreadable", 422) from None
    rows = sheets[0] if sheets else []
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows = rows[:-1]
    return rows


# --- Angoff ---------------------------------------------------------------------------


def _angoff(
    rows: Sequence[Sequence[str]], profile: Profile
) -> tuple[AngoffPanel | None, list[Problem]]:
    first = len(ITEM_HEADS)
    names = _names(rows[0][first:])
    problems = list(_name_problems([(1, first + at, name) for at, name in enumerate(names)]))
    wanted = {(item.subject, item.number): item for item in items_of(profile)}
    names_of = {subject.name: key for key, subject in profile.subjects.items()}
    items: list[RatedItem] = []
    ratings: list[tuple[Decimal, ...]] = []
    for line, row in enumerate(rows[1:], start=2):
        cells = [*row, *([""] * (first + len(names) - len(row)))]
        item = wanted.pop((names_of.get(cells[0].strip(), ""), _whole(cells[1])), None)
        if item is None:
            problems.append(_problem(line, 1, "judges_item", subject=cells[0], number=cells[1]))
            continue
        if _number(cells[2]) != item.points:
            points = plain_decimal(item.points)
            problems.append(_problem(line, 2, "judges_points", value=cells[2], points=points))
        given = [_rating(cell) for cell in cells[first : first + len(names)]]
        problems += [
            _problem(line, first + at, "judges_rating", value=cells[first + at])
            for at, rating in enumerate(given)
            if rating is None
        ]
        items.append(item)
        ratings.append(tuple(rating for rating in given if rating is not None))
    problems += [
        _problem(
            len(rows) + 1, 1, "judges_item_missing",
            subject=profile.subjects[subject].name, number=number,
        )
        for subject, number in wanted
    ]  # fmt: skip
    if problems:
        return None, problems
    return AngoffPanel(tuple(names), tuple(items), tuple(ratings)), []


def _rating(cell: str) -> Decimal | None:
    """A probability; a percentage with its sign, yes and no are understood."""
    text = _YES_NO.get(cell.strip().upper(), cell.strip())
    number = _number(text.removesuffix("%"))
    if number is not None and text.endswith("%"):
        number /= 100
    return number if number is not None and 0 <= number <= 1 else None


# --- Hofstee --------------------------------------------------------------------------


def _hofstee(
    rows: Sequence[Sequence[str]], profile: Profile
) -> tuple[HofsteePanel | None, list[Problem]]:
    full = sum((Decimal(subject.full_mark) for _, _, subject in profile.ordered), Decimal(0))
    names = [row[0].strip() for row in rows[1:]]
    problems = list(_name_problems([(line, 0, name) for line, name in enumerate(names, start=2)]))
    accepts = []
    for line, row in enumerate(rows[1:], start=2):
        cells = [*row, "", "", "", ""][1:5]
        limits = (full, full, Decimal(100), Decimal(100))
        numbers = [_number(cell.strip().removesuffix("%")) for cell in cells]
        bad = [
            _problem(line, at, "judges_number", value=cell, most=plain_decimal(most))
            for at, (cell, number, most) in enumerate(
                zip(cells, numbers, limits, strict=True), start=1
            )
            if number is None or not 0 <= number <= most
        ]
        known = [number for number in numbers if number is not None]
        if not bad:
            bad = [
                _problem(line, at + 1, "judges_order", low=cells[at - 1], high=cells[at])
                for at in (1, 3)
                if known[at - 1] > known[at]
            ]
        if bad:
            problems += bad
        else:
            accepts.append(Acceptable(known[0], known[1], known[2] / 100, known[3] / 100))
    if problems:
        return None, problems
    return HofsteePanel(tuple(names), tuple(accepts)), []


# --- cells ----------------------------------------------------------------------------


def _names(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _name_problems(places: Sequence[tuple[int, int, str]]) -> Iterator[Problem]:
    """Every judge has a name of their own; there is at least one, and not too many."""
    if not places or len(places) > MOST_JUDGES:
        yield _problem(1, 0, "judges_count", count=len(places), most=MOST_JUDGES)
    seen: set[str] = set()
    for row, column, name in places:
        if not name or name in seen or len(name) > LONGEST_NAME:
            yield _problem(row, column, "judges_name", value=name[:LONGEST_NAME])
        seen.add(name)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 10**6:
        return None
    return number.quantize(_SCALE).normalize() + 0


def _whole(text: str) -> int:
    number = _number(text)
    return int(number) if number is not None and number == int(number) else 0


def _problem(row: int, column: int, code: str, **facts: object) -> Problem:
    """A bad cell; ``column`` counts from 0 and is told as the spreadsheet letters it."""
    letters = ""
    at = column + 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return {"row": row, "column": letters, "code": code, "facts": facts}


def _item_cells(profile: Profile, items: Sequence[RatedItem]) -> list[list[object]]:
    return [[profile.subjects[one.subject].name, one.number, one.points] for one in items]


def _workbook(kind: str, rows: Sequence[Sequence[object]]) -> bytes:
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("评定表")
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, int | Decimal):
                    sheet.write_number(line, column, float(cell))
                else:
                    sheet.write_string(line, column, str(cell), bold if line == 0 else None)
        sheet.freeze_panes(1, 1 if kind == "hofstee" else len(ITEM_HEADS))
        sheet.autofit()
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 0, 100, book.add_format({"text_wrap": True}))
        for line, text in enumerate(_NOTES[kind]):
            notes.write_string(line, 0, text)
    return buffer.getvalue()
