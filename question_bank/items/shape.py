"""The shape of a form: all that may be known of it before the bell (DESIGN §6).

Opaque item ids, types, option counts, fixed positions and points; no word of any item.
Permutations, validation of responses and the count of blanks need nothing more.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

import msgspec

LETTERS = "abcdefgh"  # canonical option letters; true/false: a = 对, b = 错


class ItemType(StrEnum):
    """The three item types of the field (DOMAIN A2)."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class CreditRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one item earns points (DOMAIN D2, D3, C9). Public: shown on the rules page.

    Decimal strings. ``multiple``: exact | partial_per_option | partial_fixed |
    proportional. ``partial_value``: points for ``partial_per_option`` (each right option
    when none is wrong) or ``partial_fixed`` (once). ``wrong_option``: zero | minus.
    ``minus_value``: points off per wrong option. ``true_false_penalty``: points off for a
    wrong true/false answer. ``floor``: the least a section can give, or null for none.
    """

    multiple: str = "exact"
    partial_value: str = "0"
    wrong_option: str = "zero"
    minus_value: str = "0"
    true_false_penalty: str = "0"
    floor: str | None = "0"


class ShapeItem(msgspec.Struct, frozen=True):
    """One item's outline. ``fixed``: canonical letters that keep the last places, in order."""

    id: str
    options: int
    fixed: str = ""


class ShapeSection(msgspec.Struct, frozen=True):
    """A section 大题: items of one type with the same points."""

    type: ItemType
    points: str  # decimal string, per item
    items: tuple[ShapeItem, ...]


class Shape(msgspec.Struct, frozen=True, dict=True):
    """The outline of one form."""

    form_id: str
    subject: str
    trade: str  # "*" = every trade
    level: str
    sections: tuple[ShapeSection, ...]
    credit: CreditRule

    def find(self, item_id: str) -> tuple[ShapeSection, ShapeItem] | None:
        """The item's section and outline, or None when the form has no such item."""
        return self._index.get(item_id)

    @cached_property
    def _index(self) -> dict[str, tuple[ShapeSection, ShapeItem]]:
        return {item.id: (section, item) for section in self.sections for item in section.items}

    @property
    def count(self) -> int:
        """Number of items."""
        return sum(len(section.items) for section in self.sections)


def well_formed(section: ShapeSection, item: ShapeItem, options: str) -> bool:
    """Whether ``options`` is a possible response: sorted, distinct, existing letters.

    ``""`` is a blank and always possible; single and true/false take one letter at most.
    """
    allowed = LETTERS[: item.options]
    if any(letter not in allowed for letter in options):
        return False
    if list(options) != sorted(set(options)):
        return False
    return section.type is ItemType.MULTIPLE or len(options) <= 1
