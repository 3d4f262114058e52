"""Henan's block of three subjects as a whole day through the real interface.

The notice states neither times nor sections; the values are examples (tests/builders/profiles).
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exam_server.desk.synthetic import Kind
from exam_server.profiles.profile import Profile
from question_bank.assembly.generated import generate
from question_bank.items.collection import Bank
from tests.builders.centre import prepare_centre
from tests.builders.exam_day import ExamDay, OwnTerminal, serving
from tests.builders.profiles import blueprint_of, three_short_subjects
from tests.builders.services import free_port

SUBJECTS = ("ethics", "ability", "postskill")


@pytest.fixture(scope="module")
def rules() -> Profile:
    return three_short_subjects()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, rules: Profile) -> ExamDay:
    """Four robots and one whose last two subjects are left blank."""
    banks = [
        Bank(subject, generate(60, subject.encode().ljust(32), subject=subject).entries)
        for subject in SUBJECTS
    ]
    centre = prepare_centre(
        tmp_path_factory.mktemp("three"),
        banks=banks,
        blueprint=blueprint_of(rules),
        profile=rules,
        candidates=5,
        kinds=[Kind("汽车驾驶员", "L3", city) for city in ("郑州市", "洛阳市")],
        seed="three",
        manner={"pace": 12.0, "manner": "hands_in"},
    )
    for number, person in enumerate(centre.people):
        person["skill"] = 0.2 + 0.2 * number
    *others, own = centre.people
    with serving(centre, free_port()) as url:
        played = ExamDay(centre, url)
        terminal = OwnTerminal(url, own)
        with played.robots(others) as robots:
            terminal.arrive()
            played.unseal()
            played.waiting(5)
            played.bell()
            sit_badly(terminal, played.centre.crib)
            played.finished(robots)
        played.close()
        played.results[own["ticket"]] = terminal.wire.call("GET", "/api/state")["result"]
        played.verified()
    return played


def sit_badly(terminal: OwnTerminal, crib: dict[str, str]) -> None:
    """Ten right answers in the first subject, nothing after it."""
    first = list(terminal.open(1)["items"])[:10]
    terminal.save(1, {item: crib[item] for item in first})
    for ordinal in (1, 2, 3):
        terminal.open(ordinal)
        terminal.hand_in(ordinal)


def table(day: ExamDay) -> dict[str, dict[str, str]]:
    """The exported csv by ticket."""
    path = day.centre.settings.out / f"results-{day.centre.sitting_id}.csv"
    return {
        row["准考证号"]: row for row in csv.DictReader(path.read_text("utf-8-sig").splitlines())
    }


def statement(day: ExamDay) -> dict[str, Any]:
    """``sitting.json`` of the exported journal."""
    path = day.centre.settings.out / f"journal-{day.centre.sitting_id}.zip"
    with zipfile.ZipFile(Path(path)) as archive:
        found: dict[str, Any] = json.loads(archive.read("sitting.json"))
    return found


def test_everybody_sat_three_subjects_in_their_order(day: ExamDay, rules: Profile) -> None:
    attempts = statement(day)["attempts"]
    assert Counter((one["ordinal"], one["subject"]) for one in attempts) == {
        (1, "ethics"): 5,
        (2, "ability"): 5,
        (3, "postskill"): 5,
    }
    assert {one["state"] for one in attempts} == {"submitted"}
    assert {one["cause"] for one in attempts} == {"candidate"}
    names = [rules.subjects[subject].name for subject in SUBJECTS]
    for result in day.results.values():
        assert [one["name"] for one in result["subjects"]] == names


def test_a_later_subject_began_only_after_the_one_before(day: ExamDay) -> None:
    path = day.centre.settings.out / f"journal-{day.centre.sitting_id}.zip"
    with zipfile.ZipFile(path) as archive:
        entries = [json.loads(line) for line in archive.read("journal.jsonl").splitlines()]
    at = {(entry["chain"], entry["kind"]): entry["clock"] for entry in entries}
    people: dict[str, dict[int, str]] = {}
    for one in statement(day)["attempts"]:
        people.setdefault(one["candidate"], {})[one["ordinal"]] = one["id"]
    for mine in people.values():
        for ordinal in (2, 3):
            assert at[mine[ordinal], "started"] >= at[mine[ordinal - 1], "submitted"]


def test_the_sum_is_the_three_subjects_together(day: ExamDay) -> None:
    rows = table(day)
    assert len(day.results) == len(rows) == 5
    for ticket, result in day.results.items():
        points = [Decimal(one["points"]) for one in result["subjects"]]
        assert Decimal(result["sum"]) == sum(points) == Decimal(rows[ticket]["合计"])
        assert Decimal(result["full"]) == 300
    assert len({result["sum"] for result in day.results.values()}) > 1


def test_blank_subjects_count_nothing_and_hide_nothing(day: ExamDay) -> None:
    own = day.results[day.centre.people[-1]["ticket"]]
    scoring = {
        item: key for form in day.centre.scoring.values() for item, key in form["items"].items()
    }
    first, second, third = (Decimal(one["points"]) for one in own["subjects"])
    attempts = {one["id"]: one for one in statement(day)["attempts"]}
    answered = {
        item
        for attempt, responses in statement(day)["responses"].items()
        if attempts[attempt]["answered"] == 10
        for item in responses
    }
    assert first == sum(Decimal(scoring[item]["points"]) for item in answered)
    assert second == third == Decimal(0)


def test_the_journal_verifies_and_every_score_is_recomputed(day: ExamDay) -> None:
    assert day.report["findings"] == []
    assert day.report["counts"]["recomputed"] == 15
