"""Neighbours see different papers, and nobody can foresee his own (DOMAIN D39)."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from question_bank.assembly.permutation import permute
from question_bank.items.shape import CreditRule, ItemType, Shape, ShapeItem, ShapeSection

SEED = bytes(range(32))
RECORDED_ITEMS = (
    *("single-2", "single-1", "single-0"),
    *("multiple-2", "multiple-1", "multiple-0"),
)
RECORDED_OPTIONS = "cdabdbcaabcdacdbabcdcbad"


def paper(count: int = 50, options: int = 4, fixed: str = "") -> Shape:
    sections = tuple(
        ShapeSection(
            kind,
            "1",
            tuple(ShapeItem(f"{kind.value}-{n}", options, fixed) for n in range(count)),
        )
        for kind in (ItemType.SINGLE, ItemType.MULTIPLE)
    )
    return Shape("form", "theory", "*", "*", sections, CreditRule())


def test_no_two_neighbours_in_a_room_of_100_see_the_same_order() -> None:
    shape = paper()
    orders = [permute(shape, SEED, f"candidate-{seat}") for seat in range(100)]
    assert len({order.items for order in orders}) == 100
    shared = [
        sum(left == right for left, right in zip(one.items, other.items, strict=True))
        for one, other in pairwise(orders)
    ]
    assert max(shared) <= 12  # of 100 places; two by chance
    assert sum(shared) / len(shared) < 4


def test_every_option_comes_to_every_place_about_equally_often() -> None:
    shape = paper(count=1)
    first = Counter(permute(shape, SEED, str(n)).options["single-0"][0] for n in range(4000))
    assert set(first) == set("abcd")
    assert all(850 < count < 1150 for count in first.values())


def test_the_order_depends_on_seed_form_and_candidate() -> None:
    shape = paper()
    other_form = Shape("form-2", *(getattr(shape, name) for name in shape.__struct_fields__[1:]))
    orders = {
        permute(shape, SEED, "a").items,
        permute(shape, SEED, "b").items,
        permute(shape, bytes(32), "a").items,
        permute(other_form, SEED, "a").items,
    }
    assert len(orders) == 4


def test_all_of_the_above_stays_last() -> None:
    shape = paper(count=5, options=5, fixed="e")
    for candidate in map(str, range(50)):
        assert all(
            letters[-1] == "e" for letters in permute(shape, SEED, candidate).options.values()
        )


def test_two_fixed_options_keep_their_order_at_the_end() -> None:
    shape = paper(count=2, options=4, fixed="bd")
    ends = {permute(shape, SEED, str(n)).options["single-0"] for n in range(40)}
    assert ends == {"acbd", "cabd"}


def test_an_item_whose_options_name_each_other_does_not_move() -> None:
    shape = paper(count=1, options=4, fixed="abcd")
    assert permute(shape, SEED, "a").options["single-0"] == "abcd"


def test_the_draw_is_the_same_for_ever() -> None:
    """A recorded draw: who repeats it in ten years must find the same paper."""
    order = permute(paper(count=3), SEED, "candidate-1")
    assert order.items == RECORDED_ITEMS
    assert "".join(order.options[item] for item in sorted(order.options)) == RECORDED_OPTIONS
