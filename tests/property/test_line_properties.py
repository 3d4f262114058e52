"""What holds for every line, whatever the scores and the rule."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exam_server.results.rules.distribution import around, cumulative, histogram
from exam_server.results.rules.entries import Entry, Standing, compared
from exam_server.results.rules.judges import (
    Acceptable,
    AngoffPanel,
    HofsteePanel,
    RatedItem,
    angoff_line,
    hundredths,
    judge_lines,
)
from exam_server.results.rules.lines import draw_line
from exam_server.results.rules.methods import quota_of
from exam_server.results.rules.params import LineParams

points = st.integers(0, 200).map(lambda halves: Decimal(halves) / 2)
entries = st.lists(
    st.builds(
        lambda standing, ethics, theory: (standing, {"ethics": ethics, "theory": theory}),
        st.sampled_from(Standing),
        points,
        points,
    ),
    max_size=40,
).map(
    lambda people: [
        Entry(f"c{at}", standing, subjects) for at, (standing, subjects) in enumerate(people)
    ]
)
rates = st.integers(0, 100).map(lambda percent: str(Decimal(percent) / 100))
params = st.builds(
    LineParams,
    basis=st.sampled_from(["sum", "each_subject"]),
    mode=st.sampled_from(["line", "rate", "and", "or", "floor_then_rate", "bounds", "fail_cap"]),
    line=points.map(str),
    rate=rates,
    rounding=st.sampled_from(["floor", "round", "ceil"]),
    tie=st.sampled_from(["include", "exclude"]),
    rate_base=st.sampled_from(["valid", "present", "registered"]),
    fail_rate=rates,
    low=st.integers(0, 60).map(str),
    high=st.integers(60, 200).map(str),
    minimum=st.dictionaries(st.sampled_from(["ethics", "theory"]), points.map(str)),
)


@given(entries, params)
def test_two_people_with_the_same_points_are_treated_the_same(
    people: list[Entry], rule: LineParams
) -> None:
    reached = set(draw_line(people, rule).reached)
    verdicts: dict[str, bool] = {}
    for person in people:
        if person.standing is Standing.VALID:
            key = str(sorted(person.subjects.items()))
            assert verdicts.setdefault(key, person.candidate_id in reached) == (
                person.candidate_id in reached
            )


@given(entries, params)
def test_only_valid_people_reach_and_all_of_them_are_at_the_line(
    people: list[Entry], rule: LineParams
) -> None:
    outcome = draw_line(people, rule)
    by_id = {person.candidate_id: person for person in people}
    for ident in outcome.reached:
        assert by_id[ident].standing is Standing.VALID
        assert outcome.line is not None
        assert compared(by_id[ident], rule.basis) >= outcome.line
    counts = outcome.counts
    assert counts.registered == len(people)
    assert counts.registered == counts.present + counts.absent + counts.pending
    assert counts.present == counts.valid + counts.partial + counts.voided + counts.conditional


@given(entries, params)
def test_excluding_ties_never_exceeds_the_quota_and_including_never_falls_short(
    people: list[Entry], rule: LineParams
) -> None:
    rule = msgspec.structs.replace(rule, mode="rate", minimum={})
    outcome = draw_line(people, rule)
    assert outcome.quota is not None
    if rule.tie == "exclude":
        assert len(outcome.reached) <= outcome.quota
    else:
        assert len(outcome.reached) >= min(outcome.quota, outcome.counts.valid)


@given(entries, params)
def test_and_is_never_more_generous_than_either_and_or_never_less(
    people: list[Entry], rule: LineParams
) -> None:
    passed = {
        mode: set(draw_line(people, msgspec.structs.replace(rule, mode=mode)).reached)
        for mode in ("line", "rate", "and", "or")
    }
    assert passed["and"] == passed["line"] & passed["rate"]
    assert passed["or"] >= passed["line"] | passed["rate"]


@given(entries, params)
def test_the_order_of_the_roster_decides_nothing(people: list[Entry], rule: LineParams) -> None:
    mixed = list(reversed(people))
    first, second = draw_line(people, rule), draw_line(mixed, rule)
    assert set(first.reached) == set(second.reached)
    assert first.line == second.line


@given(st.integers(0, 10_000), rates)
def test_roundings_are_ordered_and_apart_by_at_most_one(base: int, rate: str) -> None:
    low, middle, high = (
        quota_of(Decimal(rate), base, rounding) for rounding in ("floor", "round", "ceil")
    )
    assert low <= middle <= high <= low + 1
    assert 0 <= low <= base


@given(st.lists(points), st.sampled_from([Decimal(1), Decimal(2), Decimal(7)]))
def test_no_score_is_lost_in_a_drawing(scores: list[Decimal], width: Decimal) -> None:
    assert sum(bar.count for bar in histogram(scores, Decimal(100), width)) == len(scores)
    steps = cumulative(scores)
    assert sum(step.ties for step in steps) == len(scores)
    for step in steps:
        assert step.at_least == sum(score >= step.score for score in scores)


@given(entries, params, points)
def test_raising_the_named_line_never_passes_more(
    people: list[Entry], rule: LineParams, higher: Decimal
) -> None:
    raised = str(Decimal(rule.line or 0) + higher)
    before = set(draw_line(people, rule).reached)
    assert set(draw_line(people, msgspec.structs.replace(rule, line=raised)).reached) <= before


@given(entries, params, rates)
def test_a_larger_rate_never_passes_fewer(
    people: list[Entry], rule: LineParams, other: str
) -> None:
    low, high = sorted([rule.rate or "0", other], key=Decimal)
    passed = [
        set(draw_line(people, msgspec.structs.replace(rule, rate=rate, fail_rate=rate)).reached)
        for rate in (low, high)
    ]
    # the more may fail, the fewer pass; in every other method the other way round
    assert passed[1] <= passed[0] if rule.mode == "fail_cap" else passed[0] <= passed[1]


@given(entries, params)
def test_no_more_fail_than_the_cap_allows(people: list[Entry], rule: LineParams) -> None:
    rule = msgspec.structs.replace(rule, mode="fail_cap", rate_base="valid", minimum={})
    outcome = draw_line(people, rule)
    assert outcome.line is not None
    assert outcome.line <= Decimal(rule.line or 0)
    failed = outcome.counts.valid - len(outcome.reached)
    assert failed <= Decimal(rule.fail_rate or 0) * outcome.counts.valid


@given(entries, params)
def test_the_quotas_line_never_leaves_its_bounds(people: list[Entry], rule: LineParams) -> None:
    rule = msgspec.structs.replace(rule, mode="bounds")
    line = draw_line(people, rule).line
    assert line is not None
    assert Decimal(rule.low or 0) <= line <= Decimal(rule.high or 0)


@given(entries, params, points)
def test_the_table_around_a_line_is_what_drawing_each_line_would_show(
    people: list[Entry], rule: LineParams, line: Decimal
) -> None:
    named = msgspec.structs.replace(rule, mode="line", line=str(line))
    for row in around(people, named, line):
        there = draw_line(people, msgspec.structs.replace(named, line=str(row.line)))
        assert (row.reached, row.ties) == (len(there.reached), there.at_line)


ratings = st.integers(1, 6).flatmap(
    lambda judges: st.lists(
        st.tuples(
            st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(2)]),
            st.lists(
                st.integers(0, 100).map(lambda p: Decimal(p) / 100),
                min_size=judges,
                max_size=judges,
            ),
        ),
        min_size=1,
        max_size=12,
    )
)


@given(ratings, st.sampled_from(["floor", "round", "ceil"]))
def test_an_angoff_line_lies_among_the_judges_own(
    rows: list[tuple[Decimal, list[Decimal]]], rounding: str
) -> None:
    panel = AngoffPanel(
        judges=tuple(str(at) for at in range(len(rows[0][1]))),
        items=tuple(RatedItem("theory", at, points) for at, (points, _) in enumerate(rows, 1)),
        ratings=tuple(tuple(row) for _, row in rows),
    )
    line, hundredth = angoff_line(panel, rounding), Decimal("0.01")
    own = [hundredths(each, "round") for each in judge_lines(panel)]
    assert min(own) - hundredth <= line <= max(own) + hundredth
    assert 0 <= line <= sum(points for points, _ in rows)


@given(entries, st.integers(0, 100), st.integers(0, 100), rates, rates)
def test_a_hofstee_line_lies_where_the_judges_accept_it(
    people: list[Entry], one: int, other: int, share: str, another: str
) -> None:
    low, high = sorted([one, other])
    few, many = sorted([Decimal(share), Decimal(another)])
    accepts = Acceptable(Decimal(low), Decimal(high), few, many)
    rule = LineParams(mode="hofstee", panel="digest")
    outcome = draw_line(people, rule, HofsteePanel(("评委",), (accepts,)))
    if outcome.counts.valid == 0:
        assert outcome.line is None
        return
    assert outcome.line is not None
    assert low <= outcome.line <= high
    failed = outcome.counts.valid - len(outcome.reached)
    if "hofstee_few" in outcome.notes:
        assert failed < few * outcome.counts.valid
    elif "hofstee_many" not in outcome.notes:
        assert failed >= few * outcome.counts.valid
