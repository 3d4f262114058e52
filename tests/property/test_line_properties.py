"""What holds for every line, whatever the scores and the rule."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exam_server.results.rules.distribution import cumulative, histogram
from exam_server.results.rules.lines import (
    Entry,
    LineParams,
    Standing,
    compared,
    draw_line,
    quota_of,
)

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
    mode=st.sampled_from(["line", "rate", "and", "or"]),
    line=points.map(str),
    rate=rates,
    rounding=st.sampled_from(["floor", "round", "ceil"]),
    tie=st.sampled_from(["include", "exclude"]),
    rate_base=st.sampled_from(["valid", "present", "registered"]),
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
