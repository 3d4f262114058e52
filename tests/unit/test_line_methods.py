"""The other methods of drawing a line: bounds, a cap on failures, and panels of judges."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from exam_server.results.rules.agreement import agreement, intraclass
from exam_server.results.rules.judges import (
    Acceptable,
    AngoffPanel,
    HofsteePanel,
    RatedItem,
    hundredths,
    judge_lines,
)
from exam_server.results.rules.lines import Outcome, draw_line
from exam_server.results.rules.params import ImpossibleParams, LineParams
from tests.unit.test_lines import entry, group


def drawn(scores: list[int] | None = None, **fields: Any) -> Outcome:
    return draw_line(group(scores), LineParams(**fields))


# --- method 4: floor then rate, and a quota line within bounds ------------------


def test_floor_then_rate_is_the_same_line_told_as_two_numbers() -> None:
    both = drawn(mode="floor_then_rate", rate="0.5", line="160")
    assert (both.line, both.named_reached, len(both.reached)) == (Decimal(165), 6, 6)
    strict = drawn(mode="floor_then_rate", rate="0.3", line="160")
    assert (strict.line, strict.named_reached, len(strict.reached)) == (Decimal(171), 6, 3)


@pytest.mark.parametrize(
    ("low", "high", "line", "note"),
    [
        ("170", "180", 170, "bound_low"),
        ("165", "180", 165, None),
        ("140", "165", 165, None),
        ("140", "160", 160, "bound_high"),
        ("166", "180", 166, "bound_low"),
        ("140", "164", 164, "bound_high"),
    ],
)
def test_a_quota_line_of_165_stays_between_the_bounds(
    low: str, high: str, line: int, note: str | None
) -> None:
    outcome = drawn(mode="bounds", rate="0.5", low=low, high=high)
    assert (outcome.quota_line, outcome.line) == (Decimal(165), Decimal(line))
    assert [one for one in outcome.notes if one.startswith("bound")] == ([note] if note else [])


def test_a_quota_of_nobody_is_a_line_above_all_and_is_clipped_to_the_upper_bound() -> None:
    outcome = drawn(mode="bounds", rate="0.09", low="140", high="170")
    assert (outcome.quota, outcome.quota_line, outcome.line) == (0, None, Decimal(170))


# --- method 5: not more than a share may fail ------------------------------------


@pytest.mark.parametrize(
    ("fail_rate", "line", "failed"),
    [
        ("0", 131, 0),  # nobody may fail: the lowest score is the line
        ("0.1", 149, 1),
        ("0.19", 149, 1),  # not more than 19 % of ten is one
        ("0.2", 150, 2),
        ("0.4", 165, 4),
        ("0.5", 165, 4),  # the fifth stands with two others: none of them is failed
        ("0.6", 165, 4),
        ("0.7", 170, 7),  # the named line holds
        ("1", 170, 7),
    ],
)
def test_the_named_line_gives_way_to_the_cap(fail_rate: str, line: int, failed: int) -> None:
    outcome = drawn(mode="fail_cap", line="170", fail_rate=fail_rate)
    assert (outcome.line, 10 - len(outcome.reached)) == (Decimal(line), failed)
    assert ("capped" in outcome.notes) == (line < 170)


def test_a_cap_of_two_per_cent_never_raises_a_line_of_sixty() -> None:
    outcome = drawn([90] * 99 + [59], mode="fail_cap", line="60", fail_rate="0.02")
    assert (outcome.line, outcome.quota, outcome.notes) == (Decimal(60), 2, ())


def test_minimums_that_fail_more_than_the_cap_are_spoken_of() -> None:
    people = [entry("even", "60", "60"), entry("uneven", "100", "30")]
    params = LineParams(mode="fail_cap", line="120", fail_rate="0", minimum={"theory": "40"})
    assert "cap_exceeded" in draw_line(people, params).notes


# --- method 6: Angoff ----------------------------------------------------------------


def rated(*rows: tuple[str, str, list[str]]) -> AngoffPanel:
    """Rows of (subject, points, one rating per judge)."""
    return AngoffPanel(
        judges=tuple(f"评委{at}" for at in range(1, len(rows[0][2]) + 1)),
        items=tuple(
            RatedItem(subject, number, Decimal(points))
            for number, (subject, points, _) in enumerate(rows, start=1)
        ),
        ratings=tuple(tuple(map(Decimal, ratings)) for _, _, ratings in rows),
    )


def test_the_angoff_line_weighs_each_items_mean_by_its_points() -> None:
    panel = rated(
        ("ethics", "1", ["0.5", "0.7", "0.6"]),  # 0.6 × 1
        ("ethics", "1", ["1", "0.9", "0.8"]),  # 0.9 × 1
        ("theory", "2", ["0.25", "0.75", "0.5"]),  # 0.5 × 2
    )
    params = LineParams(mode="angoff", panel="digest")
    assert draw_line(group([3, 2, 1]), params, panel).line == Decimal("2.5")
    assert judge_lines(panel) == (Fraction(2), Fraction(31, 10), Fraction(12, 5))
    assert not panel.yes_no


def test_yes_and_no_are_one_and_nothing() -> None:
    panel = rated(("theory", "1.5", ["1", "0"]), ("theory", "1.5", ["1", "1"]))
    params = LineParams(mode="angoff", panel="digest")
    outcome = draw_line(group([3, 2]), params, panel)
    assert panel.yes_no
    assert (outcome.line, outcome.reached) == (Decimal("2.25"), ("c0",))


@pytest.mark.parametrize(
    ("rounding", "line"), [("floor", "0.66"), ("round", "0.67"), ("ceil", "0.67")]
)
def test_two_thirds_of_a_point_are_rounded_as_the_parameters_say(rounding: str, line: str) -> None:
    panel = rated(("theory", "1", ["1", "1", "0"]))
    params = LineParams(mode="angoff", panel="digest", rounding=rounding)  # type: ignore[arg-type]
    assert draw_line(group([1]), params, panel).line == Decimal(line)


def test_what_is_exact_in_hundredths_is_not_rounded_at_all() -> None:
    for rounding in ("floor", "round", "ceil"):
        assert hundredths(Fraction(29, 100), rounding) == Decimal("0.29")
    assert hundredths(Fraction(5, 1000), "round") == Decimal("0.01")


# --- method 7: Hofstee ----------------------------------------------------------------


def accepting(*rows: tuple[str, str, str, str]) -> HofsteePanel:
    return HofsteePanel(
        judges=tuple(f"评委{at}" for at in range(1, len(rows) + 1)),
        accepts=tuple(Acceptable(*map(Decimal, row)) for row in rows),
    )


HOFSTEE = LineParams(mode="hofstee", panel="digest")


def test_the_curve_meets_the_segment_at_150_where_two_of_ten_fail() -> None:
    outcome = draw_line(group(), HOFSTEE, accepting(("100", "160", "0.10", "0.50")))
    assert (outcome.line, len(outcome.reached)) == (Decimal(150), 8)


def test_judges_are_taken_by_their_means() -> None:
    panel = accepting(("90", "150", "0.05", "0.40"), ("110", "170", "0.15", "0.60"))
    assert draw_line(group(), HOFSTEE, panel).line == Decimal(150)


def test_a_finer_grid_finds_the_meeting_point_between_whole_points() -> None:
    params = LineParams(mode="hofstee", panel="digest", grid="0.5")
    panel = accepting(("100", "160", "0.10", "0.50"))
    assert draw_line(group(), params, panel).line == Decimal("149.5")  # F = 0.2 ≥ 0.17


def test_when_too_few_fail_the_highest_line_holds_and_it_is_said() -> None:
    outcome = draw_line(group(), HOFSTEE, accepting(("100", "120", "0.10", "0.50")))
    assert outcome.line == Decimal(120)
    assert {"hofstee_not_met", "hofstee_few"} <= set(outcome.notes)


def test_when_too_many_fail_the_lowest_line_holds_and_it_is_said() -> None:
    outcome = draw_line(group(), HOFSTEE, accepting(("170", "190", "0.10", "0.50")))
    assert outcome.line == Decimal(170)
    assert "hofstee_many" in outcome.notes
    assert "hofstee_not_met" not in outcome.notes


def test_one_line_that_all_judges_name_is_that_line() -> None:
    outcome = draw_line(group(), HOFSTEE, accepting(("150", "150", "0.1", "0.2")))
    assert outcome.line == Decimal(150)


def test_a_grid_that_misses_the_judges_range_is_named() -> None:
    with pytest.raises(ImpossibleParams, match="grid"):
        draw_line(group(), HOFSTEE, accepting(("150.2", "150.8", "0.1", "0.2")))


def test_hofstee_without_a_score_draws_nothing() -> None:
    outcome = draw_line([], HOFSTEE, accepting(("100", "160", "0.1", "0.5")))
    assert (outcome.line, outcome.notes) == (None, ("no_valid",))


# --- refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mode": "bounds", "rate": "0.5", "low": "60"}, "high"),
        ({"mode": "bounds", "rate": "0.5", "high": "60"}, "low"),
        ({"mode": "bounds", "rate": "0.5", "low": "61", "high": "60"}, "high"),
        ({"mode": "fail_cap", "line": "60"}, "fail_rate"),
        ({"mode": "fail_cap", "line": "60", "fail_rate": "-0.01"}, "fail_rate"),
        ({"mode": "angoff"}, "panel"),
        ({"mode": "angoff", "panel": "digest"}, "panel"),
        ({"mode": "angoff", "panel": "digest", "basis": "each_subject"}, "basis"),
        ({"mode": "hofstee", "panel": "digest"}, "panel"),
        ({"mode": "hofstee", "panel": "digest", "grid": "0"}, "grid"),
        ({"mode": "hofstee", "panel": "digest", "grid": "0.000001"}, "grid"),
        ({"mode": "line", "line": "1e999999999"}, "line"),
        ({"mode": "floor_then_rate", "line": "60"}, "rate"),
    ],
)
def test_what_a_method_lacks_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ImpossibleParams, match=field):
        drawn(**fields)


def test_a_sheet_of_the_other_method_is_no_sheet() -> None:
    with pytest.raises(ImpossibleParams, match="panel"):
        draw_line(group(), HOFSTEE, rated(("theory", "1", ["1"])))


# --- agreement -----------------------------------------------------------------------------


def test_the_intraclass_correlation_is_that_of_the_published_example() -> None:
    """Six targets, four judges: Shrout and Fleiss 1979, table 2; ICC(2,1) .29, ICC(2,4) .62."""
    rows = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = intraclass([[Decimal(value) for value in row] for row in rows])
    assert found is not None
    assert [round(float(value), 2) for value in found] == [0.29, 0.62]


def test_judges_who_all_say_the_same_of_different_items_agree_fully() -> None:
    found = agreement(rated(("theory", "1", ["0.2", "0.2"]), ("theory", "1", ["0.9", "0.9"])))
    assert {found.icc_one, found.icc_mean, found.unanimous} == {Decimal(1)}
    assert found.spread["line"].deviation == Decimal(0)
    assert found.disputed == ()


def test_the_spread_of_judges_and_the_item_they_quarrel_about_are_shown() -> None:
    found = agreement(
        rated(("ethics", "1", ["0.5", "0.6", "0.7"]), ("theory", "1", ["0.1", "0.9", "0.5"]))
    )
    assert [judge.line for judge in found.judges] == [
        Decimal("0.6"),
        Decimal("1.5"),
        Decimal("1.2"),
    ]
    line = found.spread["line"]
    assert (line.mean, line.deviation, line.error) == (
        Decimal("1.1"),
        Decimal("0.458"),
        Decimal("0.265"),
    )
    assert [one.item.number for one in found.disputed] == [2, 1]


def test_one_judge_has_nobody_to_agree_with() -> None:
    found = agreement(rated(("theory", "1", ["0.5"]), ("theory", "1", ["0.6"])))
    assert (found.icc_one, found.spread["line"].error) == (None, None)
    assert intraclass([[Decimal(1), Decimal(1)], [Decimal(1), Decimal(1)]]) is None


def test_the_four_numbers_of_hofstee_each_have_their_spread() -> None:
    found = agreement(accepting(("90", "150", "0.05", "0.40"), ("110", "170", "0.15", "0.60")))
    assert found.spread["c_min"].mean == 100
    assert found.spread["f_max"].error == Decimal("0.1")
    assert found.icc_one is None
