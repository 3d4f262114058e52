"""A candidate's own order of items and options (DOMAIN D39); pure, from the shape alone.

Items are shuffled inside their section. Options are shuffled except true/false, and
except fixed ones (以上都对), which keep the last places in their order. The order
depends on the sitting's seed, the form and the candidate through a keyed function, so
neighbours differ, nobody can foresee it, and it can be repeated years later.
"""

from __future__ import annotations

import msgspec

from question_bank.items.shape import LETTERS, ItemType, Shape, ShapeItem, ShapeSection
from question_bank.seeded import Draws, draws_for


class Order(msgspec.Struct, frozen=True):
    """``items``: all item ids in the order shown; ``options``: by item id the canonical
    letters in the order shown, for example ``"cabd"``."""

    items: tuple[str, ...]
    options: dict[str, str]


def permute(shape: Shape, seed: bytes, candidate_id: str) -> Order:
    """The order in which this candidate sees this form. Same arguments, same order."""
    where = (shape.form_id, candidate_id)
    drawn = draws_for(seed, "items", *where)
    options_drawn = draws_for(seed, "options", *where)
    items: list[str] = []
    options: dict[str, str] = {}
    for section in shape.sections:
        items += drawn.shuffled(item.id for item in section.items)
        for item in section.items:
            options[item.id] = _options(section, item, options_drawn)
    return Order(tuple(items), options)


def _options(section: ShapeSection, item: ShapeItem, drawn: Draws) -> str:
    letters = LETTERS[: item.options]
    if section.type is ItemType.TRUE_FALSE:
        return letters
    loose = [letter for letter in letters if letter not in item.fixed]
    return "".join(drawn.of(item.id).shuffled(loose)) + item.fixed
