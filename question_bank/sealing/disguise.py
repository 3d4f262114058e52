"""A draft turned into what may be sealed: opaque ids, its own order of items and options.

The order inside a section and the canonical order of options are drawn anew for every
form, so that neither the bank's order ("A is usually right") nor its ids show. Fixed
options stay last, true/false stays 对, 错.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from question_bank.assembly.draft import Draft
from question_bank.items.golden import with_golden
from question_bank.items.item import Item
from question_bank.items.key import FormKey, ItemKey, KeyedItem
from question_bank.items.shape import LETTERS, ItemType, Shape, ShapeItem, ShapeSection
from question_bank.sealing.content import Content, SealedFigure, SealedItem
from question_bank.sealing.suite import to_base64
from question_bank.seeded import draw, drawn_id, shuffled

_FORM_ID, _ITEM_ID, _SALT_BYTES = 20, 12, 32


@dataclass(frozen=True, slots=True)
class Disguised:
    """One form in its three parts; ``origins``: opaque item id → the bank's item id."""

    shape: Shape
    content: Content
    form_key: FormKey
    origins: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Moved:
    """An item under its opaque id; ``order``: the bank's letters in the new order."""

    id: str
    order: str
    entry: KeyedItem

    @property
    def fixed(self) -> str:
        return self._renamed(self.entry.item.fixed)

    @property
    def correct(self) -> str:
        return self._renamed(self.entry.key.correct)

    def _renamed(self, letters: str) -> str:
        return "".join(sorted(LETTERS[self.order.index(letter)] for letter in letters))


def disguise(draft: Draft, seed: bytes, number: str) -> Disguised:
    """Draw ids and orders for one draft; ``number`` tells the forms of a package apart."""
    form_id = drawn_id(seed, _FORM_ID, "form", number)
    sections: list[ShapeSection] = []
    items: dict[str, SealedItem] = {}
    keys: list[ItemKey] = []
    origins: dict[str, str] = {}
    for part in draft.sections:
        moved = _move(part.entries, seed, form_id)
        outline = tuple(
            ShapeItem(one.id, len(one.order), "" if _is_true_false(one) else one.fixed)
            for one in moved
        )
        sections.append(ShapeSection(part.type, part.points, outline))
        for one in moved:
            items[one.id] = _sealed_item(one)
            keys.append(_item_key(one, part.points))
            origins[one.id] = one.entry.item.id
    shape = Shape(form_id, draft.subject, draft.trade, draft.level, tuple(sections), draft.credit)
    form_key = with_golden(
        FormKey(
            form_id=form_id,
            version=1,
            salt=secrets.token_hex(_SALT_BYTES),
            credit=draft.credit,
            items=tuple(sorted(keys, key=lambda key: key.item_id)),
        ),
        lambda *purpose: int.from_bytes(draw(seed, "golden", form_id, *purpose), "big"),
    )
    return Disguised(shape, Content(form_id, items), form_key, origins)


def _move(entries: tuple[KeyedItem, ...], seed: bytes, form_id: str) -> list[_Moved]:
    by_id = {entry.item.id: entry for entry in entries}
    moved = []
    for item_id in shuffled(seed, by_id, "items", form_id):
        opaque = drawn_id(seed, _ITEM_ID, "item", form_id, item_id)
        moved.append(
            _Moved(
                opaque, canonical_order(by_id[item_id].item, item_id, seed, form_id), by_id[item_id]
            )
        )
    return moved


def canonical_order(item: Item, item_id: str, seed: bytes, form_id: str) -> str:
    """The bank's letters in the order that the form keeps them in: the first is its ``a``.

    ``item_id``: the item's id in the draft; ``seed``: of the sealing.
    """
    letters = LETTERS[: len(item.options)]
    if item.type is ItemType.TRUE_FALSE:
        return letters
    loose = [letter for letter in letters if letter not in item.fixed]
    return "".join(shuffled(seed, loose, "options", form_id, item_id)) + item.fixed


def _sealed_item(one: _Moved) -> SealedItem:
    item = one.entry.item
    return SealedItem(
        stem=item.stem,
        options=tuple(item.options[LETTERS.index(letter)] for letter in one.order),
        figures=tuple(
            SealedFigure(figure.name, figure.media_type, to_base64(figure.data), figure.alt)
            for figure in item.figures
        ),
    )


def _item_key(one: _Moved, points: str) -> ItemKey:
    return ItemKey(
        item_id=one.id,
        type=one.entry.item.type,
        points=points,
        correct=one.correct,
        options=len(one.order),
    )


def _is_true_false(one: _Moved) -> bool:
    return one.entry.item.type is ItemType.TRUE_FALSE
