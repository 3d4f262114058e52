"""The radio bank through a whole exam day: no wrong key, no changed figure, no wrong score.

The same day twice: with the real bank (reference data) and with a small one of our own that
has the same peculiarities of columns, so that what holds holds in a clean clone too.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exam_server.desk.synthetic import Kind
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile
from tests.builders.centre import PreparedCentre, prepare_centre
from tests.builders.exam_day import ExamDay, OwnTerminal, serving
from tests.builders.profiles import blueprint_of, counted
from tests.builders.radio_bank import MAPPING, radio_like, real_with_stand_ins
from tests.builders.services import free_port

TRADES = ("汽车驾驶员", "计算机系统操作工", "电工", "中式烹调工")
FIGURE_TOPICS = ("4.4.1", "4.3.1", "3.4.1")


@dataclass
class Radio:
    """One bank with its day behind it. ``papers``: opened content by form id, as a terminal
    opened it; ``rows``: the file as the csv module reads it, by id."""

    table: Path
    file: BankFile = field(repr=False)
    rows: dict[str, dict[str, str]] = field(repr=False)
    day: ExamDay = field(repr=False)
    papers: dict[str, dict[str, Any]] = field(repr=False)
    report: dict[str, Any] = field(repr=False)

    @property
    def centre(self) -> PreparedCentre:
        """Where the day was."""
        return self.day.centre

    def row(self, form: str, item: str) -> dict[str, str]:
        """The row of the file that an item of a sealed form came from."""
        return self.rows[self.centre.origins[form][item].rpartition("/")[2]]

    def right_texts(self, form: str, item: str) -> set[str]:
        """What the file itself says is right, by text."""
        row = self.row(form, item)
        return {row[letter] for letter in row["T"]}

    def texts(self, form: str, item: str, letters: str) -> set[str]:
        """The option texts behind canonical letters of the opened paper."""
        options = self.papers[form]["items"][item]["options"]
        return {options["abcdefgh".index(letter)] for letter in letters}


def play(folder: Path, table: Path, counts: dict[str, int], trades: tuple[str, ...]) -> Radio:
    """Import, assemble, seal, sit, score, export, verify."""
    file = read_bank(table, MAPPING)
    profile = counted({"theory": counts})
    wanted = ", ".join(f'"{topic}" = {count}' for topic, count in topics(file, len(trades)))
    centre = prepare_centre(
        folder,
        banks=[file],
        blueprint=blueprint_of(profile, trades, quotas=f"topics = {{ {wanted} }}"),
        profile=profile,
        candidates=3 * len(trades),
        kinds=[Kind(trade, "L3") for trade in trades],
        seed="radio",
        manner={"pace": 15.0, "manner": "hands_in"},
    )
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = {row["I"]: row for row in csv.DictReader(lines)}
    own, others = centre.people[: len(trades)], centre.people[len(trades) :]
    for number, person in enumerate(others):  # somebody knows everything, somebody guesses
        person["skill"] = (1.0, 0.0, 0.5)[number % 3]
    with serving(centre, free_port()) as url:
        day, papers = ExamDay(centre, url), {}
        terminals = [OwnTerminal(url, person) for person in own]
        with day.robots(others) as robots:
            for terminal in terminals:
                terminal.arrive()
            day.unseal()
            day.waiting(len(centre.people))
            day.bell()
            for terminal in terminals:
                papers[terminal.stages[0]["form_id"]] = terminal.open(1)
                terminal.hand_in(1)
            day.finished(robots)
        day.close()
        report = day.verified()
    return Radio(table, file, rows, day, papers, report)


def topics(file: BankFile, forms: int) -> Iterator[tuple[str, int]]:
    """Topics with figures and how many items each form surely takes from them."""
    with_figures = {entry.item.topic for entry in file.bank.entries if entry.item.figures}
    for topic in sorted(with_figures & {*FIGURE_TOPICS, "2.1", "2.2"}):
        single = [one for one in file.bank.entries if one.item.topic == topic]
        fitting = [one for one in single if len(one.key.correct) == 1]
        stems = {one.item.stem for one in fitting}
        yield topic, max(1, len(stems) // (2 * forms))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Radio:
    folder = tmp_path_factory.mktemp("small-radio")
    return play(folder, radio_like(folder), {"single": 5, "multiple": 3}, TRADES[:1])


@pytest.fixture(scope="module")
def real(reference_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Radio:
    folder = tmp_path_factory.mktemp("real-radio")
    table = real_with_stand_ins(reference_data, folder)
    return play(folder, table, {"single": 270, "multiple": 60}, TRADES)


@pytest.fixture(params=["small", pytest.param("real", marks=pytest.mark.reference)])
def radio(request: pytest.FixtureRequest) -> Radio:
    """The small bank always; the real one where the reference data is."""
    found: Radio = request.getfixturevalue(request.param)
    return found


def test_every_form_was_sat_and_every_item_came_from_the_file(radio: Radio) -> None:
    assert set(radio.papers) == set(radio.centre.scoring)
    for form, paper in radio.papers.items():
        for item, content in paper["items"].items():
            row = radio.row(form, item)
            assert content["stem"] == row["Q"]
            assert sorted(content["options"]) == sorted(row[letter] for letter in "ABCD")


def test_no_scored_item_has_a_key_that_differs_from_the_file(radio: Radio) -> None:
    wrong, checked = [], 0
    for form, key in radio.centre.scoring.items():
        for item, entry in key["items"].items():
            checked += 1
            texts = radio.texts(form, item, entry["correct"])
            if texts != radio.right_texts(form, item) or len(entry["correct"]) != len(
                radio.row(form, item)["T"]
            ):
                wrong.append(radio.row(form, item)["I"])
    assert wrong == []
    assert checked == sum(len(paper["items"]) for paper in radio.papers.values())


def test_figures_reach_the_terminal_byte_for_byte(radio: Radio) -> None:
    with (radio.table.parent / "images.csv").open(encoding="utf-8-sig", newline="") as lines:
        files = {row["J"]: radio.table.parent / row["ImagePath"] for row in csv.DictReader(lines)}
    seen = 0
    for form, paper in radio.papers.items():
        for item, content in paper["items"].items():
            labels = radio.row(form, item)["J"].replace(" ", "").split(",")
            named = [files[label].read_bytes() for label in labels if label in files]
            shown = [base64.b64decode(figure["data"]) for figure in content.get("figures", ())]
            assert shown == named, radio.row(form, item)["I"]
            seen += len(shown)
    in_the_bank = sum(len(entry.item.figures) for entry in radio.file.bank.entries)
    assert seen >= 0.7 * in_the_bank >= 1


def test_every_score_is_what_the_ledger_and_the_file_give(radio: Radio) -> None:
    """Recomputed from what robots sent and what the csv says; no code of the scorer."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for record in radio.day.ledger:
        place = record["attempt"], record["item"]
        if place not in newest or record["revision"] > newest[place]["revision"]:
            newest[place] = record
    form_of = {item: form for form, paper in radio.papers.items() for item in paper["items"]}
    points: dict[str, int] = {}
    for (attempt, item), record in newest.items():
        given = radio.texts(form_of[item], item, record["options"])
        right = radio.right_texts(form_of[item], item)
        points[attempt] = points.get(attempt, 0) + (given == right)
    stated = sorted(Decimal(result["sum"]) for result in radio.day.results.values())
    assert stated == sorted(map(Decimal, points.values()))
    assert len(set(stated)) > 1, "everybody with the same score proves little"


def test_scores_of_the_result_file_are_those_that_candidates_saw(radio: Radio) -> None:
    text = (radio.centre.settings.out / f"results-{radio.centre.sitting_id}.csv").read_text(
        "utf-8-sig"
    )
    rows = {row["准考证号"]: row for row in csv.DictReader(text.splitlines())}
    assert len(rows) == len(radio.centre.people)
    for ticket, result in radio.day.results.items():
        assert Decimal(rows[ticket]["合计"]) == Decimal(result["sum"])
    blank = [person["ticket"] for person in radio.centre.people[: len(radio.papers)]]
    assert [Decimal(rows[ticket]["合计"]) for ticket in blank] == [Decimal(0)] * len(blank)


def test_a_stranger_finds_the_journal_and_its_scores_sound(radio: Radio) -> None:
    assert radio.report["findings"] == []
    assert radio.report["counts"]["recomputed"] == len(radio.centre.people)


def test_the_import_told_its_oddities_by_row(radio: Radio) -> None:
    assert len(radio.file.bank) == len(radio.rows)
    lines = list(radio.rows.values())
    for warning in radio.file.warnings:
        assert 2 <= warning.row <= len(lines) + 1
    codes = {warning.code for warning in radio.file.warnings}
    assert {"key_count_differs", "options_equal", "stem_alike"} <= codes
