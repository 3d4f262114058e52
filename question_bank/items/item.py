"""An item 试题 as its author wrote it; its key is kept apart, in :mod:`.key`."""

from __future__ import annotations

import msgspec

from question_bank.items.shape import ItemType

TRUE_FALSE_OPTIONS = ("对", "错")  # canonical a and b, never shuffled


class Figure(msgspec.Struct, frozen=True):
    """A picture of an item. ``name`` is unique within the item.

    In a stem ``![alt](name)`` marks its place; a figure not mentioned stands below.
    """

    name: str
    media_type: str
    data: bytes
    alt: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A single-choice, multiple-choice or true/false item.

    ``options``: two to eight texts in canonical order a, b, c …; true/false always
    ``("对", "错")``. ``points``: decimal string. ``difficulty``: expected share of right
    answers as a decimal string 0–1, or "" when unknown. ``trade``, ``level``: ``"*"`` =
    every (DOMAIN D23). ``fixed``: canonical letters that keep the last places.
    """

    id: str
    type: ItemType
    stem: str
    options: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    points: str = "1"
    difficulty: str = ""
    topic: str = ""
    subject: str = ""
    trade: str = "*"
    level: str = "*"
    source: str = ""
    explanation: str = ""
    version: str = "1"
    fixed: str = ""
