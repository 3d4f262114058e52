"""What an answer earns under every credit rule of DOMAIN D2, D3 and C9."""

from __future__ import annotations

from decimal import Decimal

import pytest

from question_bank.errors import BankError
from question_bank.items.credit import parse_credit
from question_bank.items.key import FormKey, ItemKey, as_builtins, digest, from_builtins
from question_bank.items.points import points_of, points_text, share
from question_bank.items.scoring import FormMarker, score_form, score_item
from question_bank.items.shape import CreditRule, ItemType

D = Decimal
PER_OPTION = CreditRule(multiple="partial_per_option", partial_value="0.5")
FIXED = CreditRule(multiple="partial_fixed", partial_value="0.5")
PROPORTIONAL = CreditRule(multiple="proportional")


def minus(multiple: str = "exact", partial_value: str = "0") -> CreditRule:
    """A rule under which every wrong option costs a quarter of a point."""
    return CreditRule(
        multiple=multiple,
        partial_value=partial_value,
        wrong_option="minus",
        minus_value="0.25",
        floor=None,
    )


def key(
    kind: ItemType = ItemType.MULTIPLE, correct: str = "abc", points: str = "2", options: int = 5
) -> ItemKey:
    return ItemKey(item_id="i", type=kind, points=points, correct=correct, options=options)


def form_key(credit: CreditRule, *keys: ItemKey) -> FormKey:
    return FormKey(form_id="f", version=1, salt="00", credit=credit, items=keys)


@pytest.mark.parametrize(("answer", "earned"), [("b", D(1)), ("a", D(0)), ("", D(0))])
def test_a_single_choice_is_right_or_worth_nothing(answer: str, earned: Decimal) -> None:
    single = key(ItemType.SINGLE, "b", "1", 4)
    for rule in (CreditRule(), PER_OPTION, minus("proportional")):
        assert score_item(single, rule, answer) == earned


def test_a_true_false_costs_points_only_where_a_penalty_is_set() -> None:
    judged = key(ItemType.TRUE_FALSE, "a", "1", 2)
    assert score_item(judged, CreditRule(), "b") == 0
    strict = CreditRule(true_false_penalty="0.5")
    assert score_item(judged, strict, "b") == D("-0.5")
    assert score_item(judged, strict, "a") == 1
    assert score_item(judged, strict, "") == 0


@pytest.mark.parametrize(
    ("rule", "answer", "earned"),
    [
        (CreditRule(), "abc", "2"),
        (CreditRule(), "ab", "0"),
        (CreditRule(), "abcd", "0"),
        (PER_OPTION, "a", "0.5"),
        (PER_OPTION, "ab", "1"),
        (PER_OPTION, "abd", "0"),
        (FIXED, "a", "0.5"),
        (FIXED, "ab", "0.5"),
        (FIXED, "ad", "0"),
        (PROPORTIONAL, "a", "0.67"),
        (PROPORTIONAL, "ab", "1.33"),
        (PROPORTIONAL, "abe", "0"),
        (minus(), "abd", "-0.25"),
        (minus(), "abcde", "-0.5"),
        (minus("partial_per_option", "0.5"), "abd", "0.75"),
        (minus("partial_per_option", "0.5"), "de", "-0.5"),
        (minus("partial_fixed", "0.5"), "abd", "-0.25"),
        (minus("proportional"), "abd", "1.08"),
    ],
)
def test_an_incomplete_multiple_choice(rule: CreditRule, answer: str, earned: str) -> None:
    assert score_item(key(), rule, answer) == D(earned)


def test_all_and_only_the_right_options_earn_everything_under_every_rule() -> None:
    for rule in (CreditRule(), PER_OPTION, FIXED, PROPORTIONAL, minus()):
        assert score_item(key(), rule, "abc") == 2
        assert score_item(key(), rule, "") == 0


def test_partial_credit_never_exceeds_the_items_points() -> None:
    generous = CreditRule(multiple="partial_per_option", partial_value="5")
    assert score_item(key(), generous, "ab") == 2
    assert score_item(key(), CreditRule(multiple="partial_fixed", partial_value="9"), "a") == 2


def test_a_section_gives_at_least_its_floor_and_another_does_not_pay_for_it() -> None:
    strict = CreditRule(true_false_penalty="1", floor="0")
    judged = [
        ItemKey(item_id=f"t{n}", type=ItemType.TRUE_FALSE, points="1", correct="a", options=2)
        for n in range(3)
    ]
    single = ItemKey(item_id="s", type=ItemType.SINGLE, points="1", correct="a", options=4)
    answers = {"t0": "b", "t1": "b", "t2": "a", "s": "a"}
    score = score_form(form_key(strict, *judged, single), answers)
    assert [(part.type, part.points) for part in score.sections] == [
        (ItemType.SINGLE, D(1)),
        (ItemType.TRUE_FALSE, D(0)),
    ]
    assert score.points == 1
    without = CreditRule(true_false_penalty="1", floor=None)
    assert score_form(form_key(without, *judged, single), answers).points == 0


def test_a_form_counts_full_marks_and_blanks_by_section() -> None:
    keys = [
        ItemKey(item_id=f"m{n}", type=ItemType.MULTIPLE, points="2", correct="ab", options=4)
        for n in range(4)
    ]
    score = score_form(form_key(PER_OPTION, *keys), {"m0": "ab", "m1": "a", "m2": ""})
    (section,) = score.sections
    assert (section.points, section.full, section.right, section.blank) == (D("2.5"), D(8), 1, 2)


def test_an_answer_is_worth_the_same_whoever_answered_before() -> None:
    marker = FormMarker(form_key(PER_OPTION, key(ItemType.MULTIPLE, "ab", "2", 4)))
    hall = ["ab", "a", "", "ac", "b", "ab", "a", ""]
    assert [marker.score({"i": answer}).points for answer in hall] == [
        score_form(form_key(PER_OPTION, key(ItemType.MULTIPLE, "ab", "2", 4)), {"i": answer}).points
        for answer in hall
    ]


def test_a_form_nobody_touched_scores_zero_without_a_stumble() -> None:
    score = score_form(form_key(CreditRule(), key()), {})
    assert score.points == 0
    assert score.sections[0].blank == 1


def test_an_answer_to_an_unknown_item_is_refused_rather_than_left_out() -> None:
    with pytest.raises(BankError) as refused:
        score_form(form_key(CreditRule(), key()), {"i": "a", "other": "a"})
    assert refused.value.code == "response_unknown_item"


@pytest.mark.parametrize("answer", ["f", "ba", "aa", "A", "a "])
def test_an_answer_that_cannot_have_been_given_is_refused(answer: str) -> None:
    with pytest.raises(BankError, match="response_malformed"):
        score_item(key(), CreditRule(), answer)


def test_a_single_choice_with_two_letters_is_refused() -> None:
    with pytest.raises(BankError, match="response_malformed"):
        score_item(key(ItemType.SINGLE, "a", "1", 4), CreditRule(), "ab")


@pytest.mark.parametrize(
    "rule",
    [
        CreditRule(multiple="generous"),
        CreditRule(wrong_option="double"),
        CreditRule(partial_value="half"),
        CreditRule(minus_value="-1", wrong_option="minus"),
        CreditRule(floor="none"),
    ],
)
def test_a_credit_rule_that_makes_no_sense_is_refused(rule: CreditRule) -> None:
    with pytest.raises(BankError):
        parse_credit(rule)


def test_a_floor_may_lie_below_zero() -> None:
    assert parse_credit(CreditRule(floor="-2.5")).floor == D("-2.5")


def test_shares_are_rounded_half_up_to_two_places() -> None:
    assert share(D(1), 1, 3) == D("0.33")
    assert share(D(1), 2, 3) == D("0.67")
    assert share(D("0.5"), 1, 4) == D("0.13")
    assert share(D(2), 1, 2) == D(1)


@pytest.mark.parametrize(
    ("points", "text"), [("1.50", "1.5"), ("100", "100"), ("0.00", "0"), ("10.0", "10")]
)
def test_points_are_written_in_one_way(points: str, text: str) -> None:
    assert points_text(points_of(points)) == text


@pytest.mark.parametrize("text", ["-1", "1e3", "1,5", "", "½", " 1", "+1", "1.", ".5", "١"])
def test_points_are_plain_decimals_or_refused(text: str) -> None:
    with pytest.raises(BankError, match="points_malformed"):
        points_of(text)


def test_the_digest_of_a_key_survives_writing_and_changes_with_every_part() -> None:
    original = form_key(CreditRule(), key(), key(ItemType.SINGLE, "a", "1", 4))
    original = from_builtins("f", as_builtins(form_key(CreditRule(), key())))
    assert from_builtins("f", as_builtins(original)) == original
    others = (
        form_key(CreditRule(), key(correct="ab")),
        form_key(CreditRule(), key(points="1")),
        form_key(PER_OPTION, key()),
        FormKey(form_id="f", version=2, salt="00", credit=CreditRule(), items=(key(),)),
        FormKey(form_id="f", version=1, salt="01", credit=CreditRule(), items=(key(),)),
    )
    assert len({digest(original), *(digest(other) for other in others)}) == 6
