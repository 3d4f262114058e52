"""Pass lines: the vectors of the domain reference, and what absent, tied and few mean."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exam_server.results.rules.distribution import around, cumulative, histogram, summary
from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.group import PROVINCIAL, group_key, line_city, parts_of
from exam_server.results.rules.lines import draw_line
from exam_server.results.rules.methods import quota_of
from exam_server.results.rules.params import ImpossibleParams, LineParams
from exam_server.results.rules.standing import (
    Sat,
    plain_decimal,
    receipt_code,
    standing_of,
    sum_of,
)

VECTOR = [188, 176, 171, 165, 165, 165, 158, 150, 149, 131]


def entry(ident: str, *points: str, standing: Standing = Standing.VALID) -> Entry:
    subjects = dict(zip(("ethics", "theory"), map(Decimal, points), strict=False))
    return Entry(ident, standing, subjects)


def group(scores: list[int] | None = None) -> list[Entry]:
    found = VECTOR if scores is None else scores
    return [entry(f"c{at}", str(score), "0") for at, score in enumerate(found)]


# --- vector 1: a fixed line, each subject on its own ---------------------------


def test_double_sixty_is_each_subject_and_never_the_sum() -> None:
    params = LineParams(
        basis="each_subject", mode="fixed", minimum={"ethics": "60", "theory": "60"}
    )
    people = [
        entry("both", "60", "60"),
        entry("high sum", "59.5", "90"),
        entry("high first", "100", "59"),
    ]
    outcome = draw_line(people, params)
    assert outcome.reached == ("both",)
    assert (outcome.line, outcome.at_line, outcome.below_minimum) == (Decimal(60), 1, ())


def test_the_floor_is_what_all_minimums_leave_and_decides_nothing_by_itself() -> None:
    people = [entry("both", "60", "50"), entry("one", "90", "49"), entry("other", "59", "90")]
    unequal = {"ethics": "60", "theory": "50"}
    each = draw_line(people, LineParams(basis="each_subject", mode="fixed", minimum=unequal))
    assert (each.line, each.reached, each.below_minimum) == (Decimal(50), ("both",), ("other",))
    total = draw_line(people, LineParams(basis="sum", mode="fixed", minimum=unequal))
    assert (total.line, total.reached) == (Decimal(110), ("both",))
    free = draw_line(
        people, LineParams(basis="each_subject", mode="fixed", minimum={"ethics": "60"})
    )
    assert (free.line, free.reached) == (Decimal(0), ("both", "one"))


# --- vector 2: a sum line, with and without a subject's floor -------------------


def test_the_sum_reaches_the_line_inclusively() -> None:
    people = [entry("on it", "40", "95"), entry("above", "70", "70"), entry("below", "40", "94.5")]
    outcome = draw_line(people, LineParams(mode="line", line="135"))
    assert outcome.reached == ("on it", "above")
    assert outcome.at_line == 1


def test_a_floor_per_subject_keeps_out_who_only_has_the_sum() -> None:
    people = [entry("uneven", "40", "95"), entry("even", "68", "67")]
    params = LineParams(mode="line", line="135", minimum={"ethics": "50"})
    outcome = draw_line(people, params)
    assert outcome.reached == ("even",)
    assert outcome.below_minimum == ("uneven",)


# --- vector 3: a rate with ties -------------------------------------------------


@pytest.mark.parametrize(("tie", "line", "passed"), [("include", "165", 6), ("exclude", "171", 3)])
def test_half_of_ten_with_three_tied_at_the_line(tie: str, line: str, passed: int) -> None:
    params = LineParams(mode="rate", rate="0.5", rounding="floor", tie=tie)  # type: ignore[arg-type]
    outcome = draw_line(group(), params)
    assert outcome.quota == 5
    assert outcome.line == Decimal(line)
    assert len(outcome.reached) == passed
    assert ("rate_exceeded" in outcome.notes) == (tie == "include")


@pytest.mark.parametrize(("rounding", "n"), [("floor", 3), ("round", 4), ("ceil", 4)])
def test_what_half_of_seven_is(rounding: str, n: int) -> None:
    assert quota_of(Decimal("0.5"), 7, rounding) == n


def test_a_third_is_counted_exactly_and_not_in_binary() -> None:
    assert quota_of(Decimal("0.07"), 100, "floor") == 7
    assert quota_of(Decimal("0.29"), 100, "ceil") == 29


def test_a_quota_of_nobody_passes_nobody_and_asks_for_a_decision() -> None:
    outcome = draw_line(group(), LineParams(mode="rate", rate="0.09"))
    assert (outcome.quota, outcome.line, outcome.reached) == (0, None, ())
    assert "nobody" in outcome.notes


def test_when_all_tie_and_ties_are_excluded_nobody_is_left() -> None:
    params = LineParams(mode="rate", rate="0.5", tie="exclude")
    assert draw_line(group([150] * 4), params).line is None


def test_a_tie_that_the_quota_holds_is_no_reason_to_move_the_line() -> None:
    params = LineParams(mode="rate", rate="0.6", tie="exclude")
    outcome = draw_line(group(), params)
    assert (outcome.line, len(outcome.reached)) == (Decimal(165), 6)


# --- vector 4: line and rate combined -------------------------------------------


@pytest.mark.parametrize(("mode", "line", "passed"), [("and", "170", 3), ("or", "165", 6)])
def test_floor_170_combined_with_a_quota_line_of_165(mode: str, line: str, passed: int) -> None:
    params = LineParams(mode=mode, rate="0.5", line="170")  # type: ignore[arg-type]
    outcome = draw_line(group(), params)
    assert outcome.quota_line == Decimal(165)
    assert outcome.line == Decimal(line)
    assert len(outcome.reached) == passed


# --- who counts -------------------------------------------------------------------


def mixed() -> list[Entry]:
    return [
        entry("a", "80", "80"),
        entry("b", "50", "50"),
        entry("half", "90", standing=Standing.PARTIAL),
        entry("away", standing=Standing.ABSENT),
        entry("void", "100", "100", standing=Standing.VOIDED),
        entry("papers due", "90", "90", standing=Standing.CONDITIONAL),
    ]


def test_absent_is_not_zero_and_voided_is_out() -> None:
    outcome = draw_line(mixed(), LineParams(mode="line", line="0"))
    assert outcome.reached == ("a", "b")
    assert outcome.conditional_reached == ("papers due",)
    counts = outcome.counts
    assert (counts.registered, counts.present, counts.valid, counts.absent) == (6, 5, 2, 1)


@pytest.mark.parametrize(("base", "heads"), [("valid", 2), ("present", 4), ("registered", 5)])
def test_the_denominator_is_chosen_and_reported(base: str, heads: int) -> None:
    params = LineParams(mode="rate", rate="0.5", rate_base=base)  # type: ignore[arg-type]
    outcome = draw_line(mixed(), params)
    assert outcome.base == heads, "who is only conditionally registered is in no base"
    assert outcome.quota == heads // 2


def test_a_small_group_is_warned_about_and_an_empty_one_named() -> None:
    assert "small_group" in draw_line(group([100]), LineParams(line="60")).notes
    assert "small_group" not in draw_line(group(), LineParams(line="60")).notes
    nobody = draw_line([entry("x", standing=Standing.ABSENT)], LineParams(mode="rate", rate="1"))
    assert nobody.notes == ("no_valid",)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        (LineParams(mode="line"), "line"),
        (LineParams(mode="line", line="much"), "line"),
        (LineParams(mode="line", line="NaN"), "line"),
        (LineParams(mode="rate"), "rate"),
        (LineParams(mode="rate", rate="1.01"), "rate"),
        (LineParams(mode="fixed"), "minimum"),
        (LineParams(mode="and", rate="0.5"), "line"),
    ],
)
def test_parameters_that_draw_no_line_are_named(params: LineParams, field: str) -> None:
    with pytest.raises(ImpossibleParams, match=field):
        draw_line(group(), params)


# --- distributions -----------------------------------------------------------------


def test_the_histogram_holds_everyone_and_the_full_mark_has_a_place() -> None:
    scores = [Decimal(score) for score in (*VECTOR, 200, 0)]
    bars = histogram(scores, Decimal(200), Decimal(2))
    assert len(bars) == 100
    assert sum(bar.count for bar in bars) == len(scores)
    assert bars[-1].count == 1
    assert histogram([Decimal(-1)], Decimal(100), Decimal(30))[0].count == 1


def test_the_cumulative_curve_starts_with_everybody() -> None:
    steps = cumulative([Decimal(score) for score in VECTOR])
    assert (steps[0].score, steps[0].at_least) == (Decimal(131), 10)
    assert [step.ties for step in steps if step.score == 165] == [3]


def test_the_table_around_a_line_shows_what_each_point_costs() -> None:
    rows = around(group(), LineParams(line="165"), Decimal(165))
    assert [row.line for row in rows] == [Decimal(line) for line in range(160, 171)]
    by_line = {int(row.line): (row.reached, row.difference, row.ties) for row in rows}
    assert by_line[165] == (6, 0, 3)
    assert by_line[166] == (3, -3, 0)


def test_a_summary_of_nobody_has_no_mean() -> None:
    assert summary([]).mean is None
    assert summary([Decimal(1), Decimal(2)]).mean == Decimal("1.50")


# --- from attempts to standings ------------------------------------------------------


def sat(*subjects: tuple[str, str | None]) -> list[Sat]:
    return [
        Sat(f"s{at}", state, None if points is None else Decimal(points))
        for at, (state, points) in enumerate(subjects)
    ]


@pytest.mark.parametrize(
    ("subjects", "standing", "total"),
    [
        ([("submitted", "60"), ("submitted", "0")], Standing.VALID, Decimal(60)),
        ([("submitted", "60"), ("submitted", None)], Standing.PENDING, None),
        ([("submitted", "60"), ("in_progress", None)], Standing.PENDING, None),
        ([("submitted", "60"), ("absent", None)], Standing.PARTIAL, None),
        ([("submitted", "60"), ("voided", None)], Standing.PARTIAL, None),
        ([("absent", None), ("absent", None)], Standing.ABSENT, None),
        ([("voided", None), ("voided", None)], Standing.VOIDED, None),
    ],
)
def test_what_a_persons_attempts_come_to(
    subjects: list[tuple[str, str | None]], standing: Standing, total: Decimal | None
) -> None:
    found = sat(*subjects)
    assert standing_of(found, conditional=False, sitting_ended=True) is standing
    assert sum_of(found) == total


def test_nobody_is_absent_before_the_sitting_has_ended() -> None:
    assert standing_of([], conditional=False, sitting_ended=False) is Standing.PENDING
    assert standing_of([], conditional=False, sitting_ended=True) is Standing.ABSENT
    assert sum_of([]) is None


def test_a_conditional_registration_is_held_apart() -> None:
    found = sat(("submitted", "60"))
    assert standing_of(found, conditional=True, sitting_ended=True) is Standing.CONDITIONAL


def test_the_receipt_code_is_short_stable_and_depends_on_every_hand_in() -> None:
    code = receipt_code([("a1", "00"), ("a2", "11")])
    assert code == receipt_code([("a1", "00"), ("a2", "11")])
    assert len(code.split()) == 4
    assert code != receipt_code([("a1", "00"), ("a2", "12")])


@pytest.mark.parametrize(
    ("value", "text"),
    [("63.50", "63.5"), ("100", "100"), ("100.00", "100"), ("0.00", "0"), ("1E+2", "100")],
)
def test_points_are_written_exactly_and_plainly(value: str, text: str) -> None:
    assert plain_decimal(Decimal(value)) == text


def test_group_keys_name_city_trade_and_level() -> None:
    values = {"city": "商洛市", "trade": "电工", "level": "L4"}
    assert group_key(values, ("city", "trade", "level")) == "商洛市|电工|L4"
    assert parts_of(group_key(values, ("trade",))) == {"city": "*", "trade": "电工", "level": "*"}
    with pytest.raises(ValueError, match="key"):
        parts_of("电工")


@pytest.mark.parametrize("city", ["省直", "省直单位", "省级单位", "中央驻陕单位", "省属企业"])
def test_provincial_and_central_units_are_a_city_of_their_own(city: str) -> None:
    assert line_city(city) == PROVINCIAL


@pytest.mark.parametrize("city", ["商洛市", "西安市", "市直", "中卫市"])
def test_a_city_stays_what_the_roster_says(city: str) -> None:
    assert line_city(city) == city
