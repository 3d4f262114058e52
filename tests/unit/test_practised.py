"""What a list of practical results may say: absent is a word, and no score is guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exam_server.profiles.profile import Profile
from exam_server.results.packed_practical import PackedList, problems
from exam_server.results.rules.announced import Problem
from exam_server.results.rules.practised import Practised, practised
from tests.builders.profiles import hebei, shaanxi, three_subjects

FULL = Decimal(100)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("60", Practised("score", "60")),
        ("59.50", Practised("score", "59.5")),
        ("0", Practised("score", "0")),
        ("100", Practised("score", "100")),
        ("88分", Practised("score", "88")),
        ("缺考", Practised("absent")),
        ("100.5", "practical_points"),
        ("-1", "practical_points"),
        ("60.005", "practical_points"),
        ("NaN", "practical_points"),
        ("6_0", "practical_points"),
        ("1e1", "practical_points"),
        ("-0", "practical_points"),
        ("合格", "practical_points"),
    ],
)
def test_points_are_exact_and_within_the_full_mark(text: str, found: Practised | str) -> None:
    assert practised(text, "score", FULL) == found


def test_an_assessment_is_a_word() -> None:
    said = [practised(text, "pass_fail", None) for text in ("合格", "不合格", "缺考", "90", "良")]
    assert said == [
        Practised("pass"),
        Practised("fail"),
        Practised("absent"),
        "practical_word",
        "practical_word",
    ]


WRONG = Problem("result_package_practical", "20261001")


@pytest.mark.parametrize(
    ("profile", "found"),
    [
        (shaanxi(), []),
        (hebei(), [WRONG]),  # points, and "pass" is none
        (three_subjects(), [WRONG]),  # nobody has a practical there
    ],
    ids=lambda one: one.name if isinstance(one, Profile) else "",
)
def test_a_package_brings_what_its_province_knows(profile: Profile, found: list[Problem]) -> None:
    digest = "0" * 64
    results = {WRONG.who: Practised("pass")}
    brought = PackedList("商考〔2026〕4号", "2026-06-30", digest, digest, "", results)
    assert list(problems([brought], [WRONG.who], profile, 2026)) == found


def test_a_package_brings_no_result_of_an_earlier_year_where_they_count_in_their_year() -> None:
    digest = "0" * 64
    brought = PackedList("冀考〔2025〕4号", "2025-12-30", digest, digest, "", {})
    found = {
        profile.name: len(list(problems([brought], [], profile, 2026)))
        for profile in (shaanxi(), hebei())
    }
    assert sorted(found.values()) == [0, 1]
