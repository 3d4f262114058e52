"""Whom a unit may put forward: 1 : 1.2 of its vacancies, and equals are never told apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exam_server.results.rules.recommendation import Passed, Place, most_of, recommendation

RATIO = Decimal("1.2")


@pytest.mark.parametrize(
    ("quota", "most"), [(0, 0), (1, 1), (2, 2), (4, 4), (5, 6), (9, 10), (10, 12), (100, 120)]
)
def test_the_number_is_rounded_down(quota: int, most: int) -> None:
    assert most_of(quota, RATIO) == most


def people(unit: str, *points: str) -> list[Passed]:
    return [Passed(f"{unit}{at}", unit, Decimal(text)) for at, text in enumerate(points)]


def test_equals_at_the_end_of_the_number_are_the_units_to_decide() -> None:
    (found,) = recommendation(people("甲", "170", "150", "150", "140"), {"甲": 2}, RATIO)
    assert (found.most, [one.rank for one in found.people]) == (2, [1, 2, 2, 4])
    assert [one.place for one in found.people] == [
        Place.WITHIN,
        Place.TIED,
        Place.TIED,
        Place.BEYOND,
    ]


def test_a_unit_whose_people_all_fit_puts_all_forward() -> None:
    (found,) = recommendation(people("甲", "150", "150"), {"甲": 2}, RATIO)
    assert {one.place for one in found.people} == {Place.WITHIN}


def test_units_are_apart_and_a_unit_without_a_quota_puts_nobody_forward() -> None:
    found = recommendation(
        [*people("乙", "199"), *people("甲", "120", "121")], {"甲": 1, "丙": 3}, RATIO
    )
    assert [(one.unit, one.quota, one.most, len(one.people)) for one in found] == sorted(
        [("丙", 3, 3, 0), ("乙", None, 0, 1), ("甲", 1, 1, 2)]
    )
    assert {one.unit: [p.place.value for p in one.people] for one in found} == {
        "丙": [],
        "乙": ["beyond"],
        "甲": ["within", "beyond"],
    }


def test_a_ratio_below_one_is_no_ratio() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        most_of(3, Decimal("0.9"))
