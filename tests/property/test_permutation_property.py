"""Every candidate's order is a rearrangement, and only what may move moves (DOMAIN D39)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly.permutation import permute
from question_bank.items.shape import (
    LETTERS,
    CreditRule,
    ItemType,
    Shape,
    ShapeItem,
    ShapeSection,
)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    sections, number = [], 0
    for kind in draw(st.lists(st.sampled_from(list(ItemType)), min_size=1, max_size=4)):
        items = []
        for _ in range(draw(st.integers(1, 12))):
            number += 1
            options = 2 if kind is ItemType.TRUE_FALSE else draw(st.integers(2, 8))
            letters = st.sets(st.sampled_from(LETTERS[:options]), max_size=options)
            fixed = "" if kind is ItemType.TRUE_FALSE else "".join(sorted(draw(letters)))
            items.append(ShapeItem(f"item{number}", options, fixed))
        sections.append(ShapeSection(kind, "1", tuple(items)))
    return Shape("form", "theory", "*", "*", tuple(sections), CreditRule())


@given(shapes(), st.binary(min_size=16, max_size=32), st.text(min_size=1))
def test_an_order_is_a_rearrangement_within_sections(
    shape: Shape, seed: bytes, candidate: str
) -> None:
    order = permute(shape, seed, candidate)
    shown = iter(order.items)
    for section in shape.sections:
        assert {next(shown) for _ in section.items} == {item.id for item in section.items}
    assert list(shown) == []
    assert set(order.options) == set(order.items)


@given(shapes(), st.binary(min_size=16, max_size=32), st.text(min_size=1))
def test_options_move_except_true_false_and_fixed_ones(
    shape: Shape, seed: bytes, candidate: str
) -> None:
    order = permute(shape, seed, candidate)
    for section in shape.sections:
        for item in section.items:
            letters = order.options[item.id]
            assert sorted(letters) == list(LETTERS[: item.options])
            assert letters.endswith(item.fixed)
            if section.type is ItemType.TRUE_FALSE:
                assert letters == "ab"


@given(shapes(), st.binary(min_size=16, max_size=32), st.text(min_size=1))
def test_the_same_draw_gives_the_same_order(shape: Shape, seed: bytes, candidate: str) -> None:
    assert permute(shape, seed, candidate) == permute(shape, seed, candidate)
