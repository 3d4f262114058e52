"""A form 试卷 before it is sealed: which items, in which sections, under which credit rule."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from question_bank.items.key import KeyedItem
from question_bank.items.points import points_of
from question_bank.items.shape import CreditRule, ItemType


class DraftSection(msgspec.Struct, frozen=True):
    """Items of one type that give the same points (decimal string, per item)."""

    type: ItemType
    points: str
    entries: tuple[KeyedItem, ...]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One form. ``trade``, ``level``: ``"*"`` = every (DOMAIN D23)."""

    subject: str
    trade: str
    level: str
    credit: CreditRule
    sections: tuple[DraftSection, ...]

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The bank's ids of all items, section by section."""
        return tuple(entry.item.id for part in self.sections for entry in part.entries)

    @property
    def full_mark(self) -> Decimal:
        """What a perfect answer earns."""
        return sum(
            (points_of(part.points) * len(part.entries) for part in self.sections), Decimal(0)
        )
