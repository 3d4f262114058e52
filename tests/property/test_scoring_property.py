"""Scoring against an independent formulation, over every answer there is."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from question_bank.items.key import FormKey, ItemKey, Void
from question_bank.items.scoring import FormMarker, score_form, score_item
from question_bank.items.shape import LETTERS, CreditRule, ItemType

amounts = st.integers(0, 400).map(lambda cents: str(Decimal(cents) / 100))
worth = st.integers(1, 1000).map(lambda cents: str(Decimal(cents) / 100))
rules = st.builds(
    CreditRule,
    multiple=st.sampled_from(["exact", "partial_per_option", "partial_fixed", "proportional"]),
    partial_value=amounts,
    wrong_option=st.sampled_from(["zero", "minus"]),
    minus_value=amounts,
    true_false_penalty=amounts,
    floor=st.none() | st.just("0") | amounts.map(lambda text: f"-{text}"),
)


@st.composite
def keys(draw: st.DrawFn, name: str = "i") -> ItemKey:
    kind = draw(st.sampled_from(list(ItemType)))
    options = 2 if kind is ItemType.TRUE_FALSE else draw(st.integers(2, 8))
    least, most = (1, 1) if kind is not ItemType.MULTIPLE else (2, options)
    chosen = draw(st.sets(st.sampled_from(LETTERS[:options]), min_size=least, max_size=most))
    return ItemKey(
        item_id=name,
        type=kind,
        points=draw(worth),
        correct="".join(sorted(chosen)),
        options=options,
    )


def answers_to(key: ItemKey) -> list[str]:
    """Every answer a candidate could give."""
    letters = LETTERS[: key.options]
    most = key.options if key.type is ItemType.MULTIPLE else 1
    return ["".join(some) for size in range(most + 1) for some in combinations(letters, size)]


def expected(key: ItemKey, rule: CreditRule, answer: str) -> Fraction:
    """The rule told option by option: each chosen letter is a right or a wrong tick."""
    points = Fraction(key.points)
    ticks = [letter in key.correct for letter in answer]
    hits, misses = ticks.count(True), ticks.count(False)
    missed = len(key.correct) - hits
    if not ticks:
        return Fraction(0)
    if misses == 0 and missed == 0:
        return points
    if key.type is ItemType.SINGLE:
        return Fraction(0)
    if key.type is ItemType.TRUE_FALSE:
        return -Fraction(rule.true_false_penalty)
    if misses and rule.wrong_option == "zero":
        return Fraction(0)
    kept = {
        "exact": Fraction(0),
        "partial_fixed": Fraction(0) if misses else min(points, Fraction(rule.partial_value)),
        "partial_per_option": min(points, sum([Fraction(rule.partial_value)] * hits)),
        "proportional": hundredths(points * hits / (hits + missed)),
    }[rule.multiple]
    return kept - sum([Fraction(rule.minus_value)] * misses, Fraction(0))


def hundredths(value: Fraction) -> Fraction:
    """Half up, found by looking at the two neighbours."""
    below = Fraction(value.numerator * 100 // value.denominator, 100)
    above = below + Fraction(1, 100)
    return above if above - value <= value - below else below


@given(keys(), rules)
def test_every_answer_earns_what_the_rule_says(key: ItemKey, rule: CreditRule) -> None:
    for answer in answers_to(key):
        assert Fraction(score_item(key, rule, answer)) == expected(key, rule, answer), answer


@given(st.data(), st.integers(1, 8), rules)
def test_a_form_is_the_sum_of_sections_that_never_fall_below_the_floor(
    data: st.DataObject, count: int, rule: CreditRule
) -> None:
    form_keys = [data.draw(keys(name=f"i{number}")) for number in range(count)]
    answers = {key.item_id: data.draw(st.sampled_from(answers_to(key))) for key in form_keys}
    score = score_form(
        FormKey(form_id="f", version=1, salt="00", credit=rule, items=tuple(form_keys)), answers
    )
    sums: dict[tuple[str, Fraction], Fraction] = {}
    for key in form_keys:
        group = (key.type.value, Fraction(key.points))
        earned = expected(key, rule, answers[key.item_id])
        sums[group] = sums.get(group, Fraction(0)) + earned
    if rule.floor is not None:
        sums = {group: max(total, Fraction(rule.floor)) for group, total in sums.items()}
    assert Fraction(score.points) == sum(sums.values())
    assert sum(part.blank for part in score.sections) == list(answers.values()).count("")
    assert score.points <= sum(part.full for part in score.sections)


@given(st.data(), st.integers(1, 8), rules)
def test_who_was_scored_before_changes_nobodys_score(
    data: st.DataObject, count: int, rule: CreditRule
) -> None:
    form_keys = [
        msgspec.structs.replace(
            data.draw(keys(name=f"i{number}")),
            void=data.draw(st.none() | st.sampled_from([Void.FULL, Void.DROP])),
        )
        for number in range(count)
    ]
    form = FormKey(form_id="f", version=1, salt="00", credit=rule, items=tuple(form_keys))
    hall = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {key.item_id: st.sampled_from(answers_to(key)) for key in form_keys}
            ),
            min_size=1,
            max_size=5,
        )
    )
    marker = FormMarker(form)
    assert [marker.score(answers) for answers in hall] == [
        score_form(form, answers) for answers in hall
    ]


@given(keys(), rules)
def test_no_answer_earns_more_than_the_right_one(key: ItemKey, rule: CreditRule) -> None:
    best = score_item(key, rule, key.correct)
    assert best == Decimal(key.points)
    assert all(score_item(key, rule, answer) <= best for answer in answers_to(key))
