"""Scoring keys 标准答案. Nothing that leads to a terminal may import this module."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

import msgspec

from question_bank.canonical import canonical
from question_bank.items.item import Item
from question_bank.items.shape import CreditRule, ItemType


class Void(StrEnum):
    """What a void item 作废试题 does: everybody has its points; it is left out; it is left out and
    the rest of its section is scaled to the section's full mark (DOMAIN D11)."""

    FULL = "full"
    DROP = "drop"
    SCALE = "scale"


class ItemKey(msgspec.Struct, frozen=True, kw_only=True):
    """What one item's right answer is worth.

    ``correct``: sorted canonical letters. ``options``: how many options there are.
    ``points``: decimal string for the full answer. By a correction only: ``accepted``, further
    answers that count as right, and ``void``.
    """

    item_id: str
    type: ItemType
    points: str
    correct: str
    options: int
    accepted: tuple[str, ...] = ()
    void: Void | None = None


class KeyedItem(msgspec.Struct, frozen=True):
    """An item together with its key; ``key.item_id == item.id``."""

    item: Item
    key: ItemKey


class Golden(msgspec.Struct, frozen=True):
    """A made-up candidate: ``responses`` (letters by item id) are worth ``points`` (decimal)."""

    responses: dict[str, str] = {}
    points: str = "0"


class FormKey(msgspec.Struct, frozen=True, kw_only=True):
    """The scoring key of one sealed form, by the opaque ids of that form.

    ``version``: 1, then +1 per approved correction (DOMAIN D11). ``salt``: 32 random bytes
    in hex; it lets :func:`digest` stand in a public manifest without letting anybody try
    all answers of a short form. ``golden``: what the scorer must be able to reproduce; None in
    packages of the first release.
    """

    form_id: str
    version: int
    salt: str
    credit: CreditRule
    items: tuple[ItemKey, ...]
    golden: Golden | None = None


def as_builtins(form_key: FormKey) -> dict[str, Any]:
    """The form's entry of ``scoring.json``: version, salt, credit, items by id, golden."""
    return {
        "version": form_key.version,
        "salt": form_key.salt,
        "credit": msgspec.to_builtins(form_key.credit),
        "items": {key.item_id: _item_builtins(key) for key in form_key.items},
        **({"golden": msgspec.to_builtins(form_key.golden)} if form_key.golden else {}),
    }


def _item_builtins(key: ItemKey) -> dict[str, Any]:
    """An item that was never corrected looks as it did when it was sealed."""
    return {
        "type": key.type.value,
        "points": key.points,
        "correct": key.correct,
        "options": key.options,
        **({"accepted": list(key.accepted)} if key.accepted else {}),
        **({"void": key.void.value} if key.void else {}),
    }


def from_builtins(form_id: str, entry: dict[str, Any]) -> FormKey:
    """Inverse of :func:`as_builtins`; items in the order of their ids."""
    return FormKey(
        form_id=form_id,
        version=entry["version"],
        salt=entry["salt"],
        credit=msgspec.convert(entry["credit"], CreditRule),
        items=tuple(
            msgspec.convert({"item_id": item_id, **fields}, ItemKey)
            for item_id, fields in sorted(entry["items"].items())
        ),
        golden=msgspec.convert(entry["golden"], Golden) if "golden" in entry else None,
    )


def digest(form_key: FormKey) -> str:
    """SHA-256 (hex) of the canonical entry: the ``scoring_digest`` of manifest and journal."""
    return hashlib.sha256(canonical(as_builtins(form_key))).hexdigest()
