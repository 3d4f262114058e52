"""What a change means at which stage is one table, the same in the program and on its page."""

from __future__ import annotations

import re
from pathlib import Path

from exam_server.desk.rules.changes import CHANGES, EFFECTS, STAGES, TABLE, Change, Effect, Stage
from exam_server.desk.rules.needs import Needs, time_factor

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "roster-template.md"
_SAID = {
    "recorded": Effect.KEPT, "seat free": Effect.UNSEATED, "absent": Effect.MARKED_ABSENT,
    "print again": Effect.REPRINT, "look at the seat": Effect.SEAT_AGAIN,
    "not counted": Effect.NOT_COUNTED, "too late": Effect.REFUSED,
}  # fmt: skip


def test_the_page_says_what_the_program_does() -> None:
    lines = re.findall(r"^\| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    head = next(at for at, text in enumerate(lines) if text.startswith("Change 变动"))
    said = [[cell.strip() for cell in text.split("|")] for text in lines[head + 1 :]]
    table = [tuple(_SAID[cell] for cell in row[1:]) for row in said[: len(Change)]]
    assert table == [TABLE[change] for change in Change]


def test_every_change_stage_and_effect_has_its_words_and_every_cell_is_filled() -> None:
    assert [set(words) for words in (CHANGES, STAGES, EFFECTS)] == [
        set(names) for names in (Change, Stage, Effect)
    ]
    assert {len(row) for row in TABLE.values()} == {len(Stage)}


def test_a_time_factor_is_understood_as_offices_write_it() -> None:
    said = {"": "1", "1.3": "1.3", "30%": "1.3", "+30%": "1.3", "130%": "1.3", "1.50": "1.5"}
    assert {text: time_factor(text) for text in said} == said
    assert [time_factor(text) for text in ("三成", "0.5", "3", "inf", "300%")] == [None] * 5
    assert Needs(time_factor="1.3").limit_ms(60) == 78 * 60_000
    assert Needs().stored is None
