"""What a corrected key can and cannot do to anybody's score, whatever form and answers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from question_bank.errors import BankError
from question_bank.items.correction import Change, Correction, corrected
from question_bank.items.key import FormKey, Golden, ItemKey, as_builtins, digest, from_builtins
from question_bank.items.scoring import FormScore, score_form
from question_bank.items.shape import CreditRule, ItemType
from tests.property.test_scoring_property import answers_to, keys, rules


@st.composite
def forms(draw: st.DrawFn) -> tuple[FormKey, dict[str, str]]:
    """A form of two to six items, most of one section, and somebody's answers to it."""
    drawn = [draw(keys(name=f"i{number}")) for number in range(draw(st.integers(2, 6)))]
    alike = [
        ItemKey(
            item_id=key.item_id,
            type=key.type,
            points=drawn[0].points,
            correct=key.correct,
            options=key.options,
        )
        for key in drawn
    ]
    answers = {key.item_id: draw(st.sampled_from(answers_to(key))) for key in alike}
    golden = Golden({key.item_id: key.correct for key in alike}, "0")
    return FormKey(
        form_id="f", version=1, salt="00", credit=draw(rules), items=tuple(alike), golden=golden
    ), answers


def change(form: FormKey, *versions: Correction) -> FormKey:
    """The key after these decisions, one per version."""
    return corrected(form, [[one] for one in versions])


def full(score: FormScore) -> Decimal:
    """The full mark."""
    return sum((part.full for part in score.sections), Decimal(0))


@given(forms())
def test_full_marks_for_all_lower_nobody_and_give_at_most_the_points(
    drawn: tuple[FormKey, dict[str, str]],
) -> None:
    form, answers = drawn
    before = score_form(form, answers)
    for key in form.items:
        after = score_form(change(form, Correction(key.item_id, Change.FULL)), answers)
        assert before.points <= after.points
        assert full(after) == full(before)
        perfect = {one.item_id: one.correct for one in form.items} | {key.item_id: ""}
        assert score_form(change(form, Correction(key.item_id, Change.FULL)), perfect).points == (
            full(before)
        )


@given(forms(), st.data())
def test_a_further_answer_lowers_nobody(
    drawn: tuple[FormKey, dict[str, str]], data: st.DataObject
) -> None:
    form, answers = drawn
    key = data.draw(st.sampled_from(form.items))
    letters = data.draw(st.sampled_from(answers_to(key)))
    assume(letters not in ("", key.correct))
    accepted = change(form, Correction(key.item_id, Change.ACCEPT, letters))
    assert score_form(form, answers).points <= score_form(accepted, answers).points
    both = [score_form(accepted, {key.item_id: one}).points for one in (key.correct, letters)]
    assert both[0] == both[1]


@given(forms(), st.data())
def test_changed_and_changed_back_is_what_it_was(
    drawn: tuple[FormKey, dict[str, str]], data: st.DataObject
) -> None:
    """By naming the first answer again, or by restoring what was sealed."""
    form, answers = drawn
    key = data.draw(st.sampled_from(form.items))
    letters = data.draw(st.sampled_from(answers_to(key)))
    assume(letters not in ("", key.correct))
    there = Correction(key.item_id, Change.KEY, letters)
    for back in (
        Correction(key.item_id, Change.KEY, key.correct),
        Correction(key.item_id, Change.RESTORE),
    ):
        again = change(form, there, back)
        assert score_form(again, answers) == score_form(form, answers)
        assert again.items == form.items
        assert again.version == 3
        assert len({digest(one) for one in (form, change(form, there), again)}) == 3


@given(forms(), st.data())
def test_scaling_keeps_the_full_mark_and_takes_from_no_perfect_paper(
    drawn: tuple[FormKey, dict[str, str]], data: st.DataObject
) -> None:
    form, answers = drawn
    key = data.draw(st.sampled_from(form.items))
    assume(sum(one.type is key.type for one in form.items) > 1)
    scaled = change(form, Correction(key.item_id, Change.SCALE))
    dropped = change(form, Correction(key.item_id, Change.DROP))
    perfect = {one.item_id: one.correct for one in form.items}
    worth = Decimal(key.points)
    assert full(score_form(scaled, answers)) == full(score_form(form, answers))
    assert full(score_form(dropped, answers)) == full(score_form(form, answers)) - worth
    assert score_form(scaled, perfect).points == full(score_form(form, perfect))
    assert score_form(dropped, perfect).points == full(score_form(form, perfect)) - worth
    other = data.draw(st.sampled_from(answers_to(key)))
    for left_out in (scaled, dropped):  # what was answered there is of no consequence
        assert (
            score_form(left_out, answers | {key.item_id: other}).points
            == score_form(left_out, answers).points
        )
    points = score_form(scaled, answers).points
    assert points == points.quantize(Decimal("0.01"))


def test_a_scaled_section_is_rounded_half_up_to_hundredths() -> None:
    """One of four items gone: two right of the three left are 2 × 4/3 = 2.666… → 2.67."""
    items = tuple(
        ItemKey(item_id=f"i{n}", type=ItemType.SINGLE, points="1", correct="a", options=4)
        for n in range(4)
    )
    form = FormKey(form_id="f", version=1, salt="00", credit=CreditRule(), items=items)
    scaled = change(form, Correction("i3", Change.SCALE))
    answers = {"i0": "a", "i1": "a", "i2": "b", "i3": "a"}
    assert score_form(scaled, answers).points == Decimal("2.67")
    assert score_form(scaled, {"i0": "a"}).points == Decimal("1.33")
    assert score_form(scaled, {"i3": "a"}).points == 0
    twice = change(scaled, Correction("i2", Change.DROP))
    assert score_form(twice, answers).points == Decimal("3")  # the third is gone: 2 × 3/2


@given(forms(), st.data())
def test_a_corrected_key_is_read_back_as_it_was_and_knows_its_golden_points(
    drawn: tuple[FormKey, dict[str, str]], data: st.DataObject
) -> None:
    form, _ = drawn
    key = data.draw(st.sampled_from(form.items))
    kind = data.draw(st.sampled_from([Change.FULL, Change.DROP]))
    after = change(form, Correction(key.item_id, kind))
    assert from_builtins("f", as_builtins(after)) == after
    assert after.golden is not None
    assert Decimal(after.golden.points) == score_form(after, after.golden.responses).points


SINGLE = ItemKey(item_id="i", type=ItemType.SINGLE, points="1", correct="a", options=4)
ONE = FormKey(form_id="f", version=1, salt="00", credit=CreditRule(), items=(SINGLE,))


@pytest.mark.parametrize(
    ("correction", "code"),
    [
        (Correction("other", Change.FULL), "correction_unknown_item"),
        (Correction("i", Change.KEY), "correction_letters"),
        (Correction("i", Change.FULL, "a"), "correction_letters"),
        (Correction("i", Change.KEY, "e"), "correction_letters"),
        (Correction("i", Change.ACCEPT, "bc"), "correction_letters"),
        (Correction("i", Change.KEY, "a"), "correction_same"),
        (Correction("i", Change.ACCEPT, "a"), "correction_same"),
        (Correction("i", Change.RESTORE), "correction_same"),
        (Correction("i", Change.SCALE), "correction_empties_section"),
    ],
)
def test_what_makes_no_sense_is_refused(correction: Correction, code: str) -> None:
    with pytest.raises(BankError, match=code):
        change(ONE, correction)
