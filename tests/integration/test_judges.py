"""Judges' sheets go out and come back; the line is drawn by them, and their agreement shown."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from xlsxwriter import Workbook

from exam_server.auth.identity import Role, Staff
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile
from exam_server.results.actions.judges import import_judges
from exam_server.results.actions.lines import propose_line
from exam_server.results.judges_sheet import (
    JUDGE_HEADS,
    empty_sheet,
    filled_sheet,
    items_of,
    read_judges,
)
from exam_server.results.panels import content_of
from exam_server.results.rules.judges import AngoffPanel, HofsteePanel
from exam_server.results.rules.params import LineParams
from exam_server.results.tables import JudgesPanel
from exam_server.results.views.judges import sheet_as_taken_in
from exam_server.storage.acts import Act
from exam_server.words import problem_of
from tests.builders.profiles import shaanxi, short_block
from tests.builders.results_day import Day
from tests.builders.results_read import AUTHORITY, GROUP, detail_of, put_line_into_effect, rows_of

Cells = list[list[object]]


def cells_of(data: bytes) -> Cells:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    return [list(row) for row in book.get_sheet_by_name(book.sheet_names[0]).to_python()]


def workbook(rows: Cells) -> bytes:
    """As a judge's own spreadsheet program saves it."""
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
    return buffer.getvalue()


def angoff(profile: Profile, *ratings: object) -> Cells:
    """The empty sheet filled in, every item rated alike: one rating per judge."""
    head, *rows = cells_of(empty_sheet(profile, "angoff", len(ratings)))
    return [head, *([*row[:3], *ratings] for row in rows)]


def problems(rows: Cells, profile: Profile) -> list[tuple[int, str, str]]:
    with pytest.raises(Refusal) as caught:
        read_judges(workbook(rows), profile)
    assert caught.value.code == "judges_problems"
    return [(one["row"], one["column"], one["code"]) for one in caught.value.rows]  # type: ignore[misc]


# --- the sheet ----------------------------------------------------------------------


def test_the_empty_sheet_names_every_item_of_the_paper_with_its_points() -> None:
    head, *rows = cells_of(empty_sheet(shaanxi(), "angoff", 3))
    assert head == ["科目", "题号", "分值", "评委1", "评委2", "评委3"]
    assert len(rows) == 200
    assert rows[0][:3] == ["职业道德", 1.0, 1.0]
    assert rows[199][:3] == ["专业理论", 100.0, 1.0]
    assert len(items_of(shaanxi())) == 200


def test_a_filled_sheet_is_the_same_panel_again() -> None:
    panel = read_judges(workbook(angoff(shaanxi(), 0.65, 0.7)), shaanxi())
    assert isinstance(panel, AngoffPanel)
    assert panel.judges == ("评委1", "评委2")
    assert panel.ratings[0] == (Decimal("0.65"), Decimal("0.7"))
    again = read_judges(filled_sheet(shaanxi(), panel), shaanxi())
    assert content_of(again) == content_of(panel)


@pytest.mark.parametrize(
    ("cell", "rating"),
    [
        (0, "0"),
        (1, "1"),
        ("是", "1"),
        ("否", "0"),
        ("65%", "0.65"),
        (0.1 + 0.2, "0.3"),
        ("yes", "1"),
    ],
)
def test_what_judges_write_is_understood(cell: object, rating: str) -> None:
    panel = read_judges(workbook(angoff(short_block(), cell)), short_block())
    assert isinstance(panel, AngoffPanel)
    assert set(panel.ratings) == {(Decimal(rating),)}


@pytest.mark.parametrize("cell", ["", "65", -0.01, 1.01, "大概", "101%"])
def test_a_bad_rating_is_named_by_its_cell(cell: object) -> None:
    rows = angoff(short_block(), 0.5, 0.5)
    rows[3][4] = cell
    assert problems(rows, short_block()) == [(4, "E", "judges_rating")]


def test_rows_that_are_strange_twice_or_missing_are_named() -> None:
    rows = angoff(short_block(), 0.5)
    rows[2][1] = rows[1][1]  # the second item's number is the first's again
    rows[3][2] = 7
    rows[1][0] = "美术"
    assert problems(rows, short_block()) == [
        (2, "B", "judges_item"),
        (4, "C", "judges_points"),
        (len(rows) + 1, "B", "judges_item_missing"),
    ]


def test_two_judges_of_one_name_and_a_sheet_without_judges_are_named() -> None:
    rows = angoff(short_block(), 0.5, 0.5)
    rows[0][4] = rows[0][3]
    assert problems(rows, short_block()) == [(1, "E", "judges_name")]
    assert problems([row[:3] for row in rows], short_block()) == [(1, "A", "judges_count")]


def test_a_cell_far_to_the_right_has_two_letters() -> None:
    rows = angoff(short_block(), *([0.5] * 25))
    rows[1][27] = "x"
    assert problems(rows, short_block()) == [(2, "AB", "judges_rating")]


def hofstee(*rows: list[object]) -> Cells:
    return [list(JUDGE_HEADS), *rows]


def test_four_numbers_per_judge_come_back_exactly() -> None:
    rows = hofstee(["甲", 100, 160, 10, 50], ["乙", 110, 150.5, "12.5%", 40])
    panel = read_judges(workbook(rows), shaanxi())
    assert isinstance(panel, HofsteePanel)
    assert panel.accepts[1].c_max == Decimal("150.5")
    assert panel.accepts[1].f_min == Decimal("0.125")
    assert read_judges(filled_sheet(shaanxi(), panel), shaanxi()) == panel
    assert cells_of(empty_sheet(shaanxi(), "hofstee", 2))[1:] == [
        ["评委1", "", "", "", ""],
        ["评委2", "", "", "", ""],
    ]


def test_numbers_out_of_order_or_beyond_the_paper_are_named() -> None:
    rows = hofstee(
        ["甲", 160, 100, 10, 50], ["乙", 100, 201, 10, 50], ["丙", 100, 160, 60, 50],
        ["", 100, 160, 10, "很多"],
    )  # fmt: skip
    assert problems(rows, shaanxi()) == [
        (5, "A", "judges_name"),
        (2, "C", "judges_order"),
        (3, "C", "judges_number"),
        (4, "E", "judges_order"),
        (5, "E", "judges_number"),
    ]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", "姓名,成绩\n张三,60\n".encode()])
def test_another_file_is_no_sheet_of_judges(data: bytes) -> None:
    with pytest.raises(Refusal, match="judges_unreadable"):
        read_judges(data, shaanxi())


def test_the_refusal_tells_every_bad_cell_in_both_languages() -> None:
    rows = angoff(short_block(), 0.5)
    rows[1][3] = 65
    with pytest.raises(Refusal) as caught:
        read_judges(workbook(rows), short_block())
    told = str(problem_of(caught.value)["rows"])
    assert "“65”" in told
    assert "0 到 1 之间的数" in told
    assert "from 0 to 1" in told


# --- the line -----------------------------------------------------------------------


def take_in(day: Day, rows: Cells, actor: Staff = AUTHORITY) -> str:
    return day.store.write(
        lambda tx: import_judges(
            tx, exam_id=day.exam_id, group=GROUP, data=workbook(rows), actor=actor
        )
    )


def test_a_line_is_drawn_by_the_judges_and_keeps_their_sheet(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    digest = take_in(day, angoff(short_block(), 0.5, 0.75))
    assert take_in(day, angoff(short_block(), 0.5, 0.75)) == digest, "the same sheet is the same"
    params = LineParams(mode="angoff", panel=digest)
    detail = detail_of(day, GROUP, params)
    assert detail.line == "5"  # 8 points × 0.625
    assert [card.judges for card in detail.panels] == [2]
    assert detail.judges is not None
    assert [judge.line for judge in detail.judges.agreement.judges] == [4, 6]
    line_id = day.store.write(
        lambda tx: propose_line(
            tx, exam_id=day.exam_id, group=GROUP, params=params, reason="专家评定", actor=AUTHORITY
        )
    )
    put_line_into_effect(day, line_id)
    assert rows_of(day)[people[0]].line == "5"
    assert detail_of(day, GROUP).lines[0].params["panel"] == digest
    acts = day.store.read(
        lambda session: session.scalars(
            select(Act).where(Act.kind == "judges_imported").order_by(Act.seq)
        ).all()
    )
    assert [(act.data["panel"], act.data["judges"]) for act in acts] == [(digest, 2)]
    sheet = day.store.read(lambda session: sheet_as_taken_in(session, day.exam_id, digest))
    assert cells_of(sheet)[1][3:] == [0.5, 0.75]


def test_hofstee_finds_its_line_in_the_groups_own_scores(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    digest = take_in(day, hofstee(["甲", 1, 8, 10, 50], ["乙", 3, 6, 30, 40]))
    detail = detail_of(day, GROUP, LineParams(mode="hofstee", panel=digest))
    # means: 2…7 points, 20…45 % may fail; of 8 6 4 4 0 one fails below 4, three below 6
    assert detail.line == "5"
    assert detail.judges is not None
    assert detail.judges.agreement.spread["c_min"].mean == 2


def test_a_sheet_that_is_not_there_and_a_stranger_are_refused(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    with pytest.raises(Refusal, match="line_params"):
        detail_of(day, GROUP, LineParams(mode="angoff", panel="f" * 64))
    with pytest.raises(Refusal, match="forbidden"):
        take_in(day, hofstee(["甲", 1, 8, 10, 50]), Staff("x", "x", "x", Role.CENTRE_ADMIN))
    other = Staff("y", "y", "y", Role.AUTHORITY, "安康市")
    with pytest.raises(Refusal, match="forbidden"):
        take_in(day, hofstee(["甲", 1, 8, 10, 50]), other)
    assert day.store.read(lambda session: session.scalars(select(JudgesPanel)).all()) == []
