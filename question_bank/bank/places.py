"""Where an item of the bank went: form, opaque id and letters, for whoever corrects a key."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select

from question_bank.bank.store import BankStore
from question_bank.bank.tables import SealedFormItem, SealedFormRow, SealedPackageRow, StoredItem
from question_bank.errors import BankError
from question_bank.items.item import Item
from question_bank.items.shape import LETTERS
from question_bank.sealing.disguise import canonical_order

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Place:
    """One sealed form with the item. ``letters``: the bank's letter → the form's.

    ``sealed_key``: the form's right answer as it was sealed. ``changed``: the bank's item is no
    longer the one that was sealed, so that the letters may not fit.
    """

    package: str
    form: str
    subject: str
    trade: str
    level: str
    item: str
    letters: dict[str, str]
    sealed_key: str
    changed: bool


def places_of(store: BankStore, item_id: str) -> list[Place]:
    """Every form that was sealed with the item ``<bank>/<item id>``, by package and form.

    BankErrors ``bank_item_unknown``; ``bank_item_altered``.
    """
    with store.session() as session:
        row = session.get(StoredItem, item_id)
        if row is None:
            raise BankError("bank_item_unknown", {"item": item_id})
        entry = store.unseal_entry(row.sealed, row.id)
        found = session.execute(
            select(SealedFormItem.opaque_id, SealedFormRow, SealedPackageRow.seeds)
            .join(SealedFormRow, SealedFormRow.id == SealedFormItem.form_id)
            .join(SealedPackageRow, SealedPackageRow.id == SealedFormRow.package_id)
            .where(SealedFormItem.item_id == item_id)
            .order_by(SealedPackageRow.created_ms, SealedFormRow.id)
        ).all()
        return [
            _place(store, entry.item, entry.key.correct, item_id, opaque, form, seeds)
            for opaque, form, seeds in found
        ]


def _place(
    store: BankStore,
    item: Item,
    correct: str,
    item_id: str,
    opaque: str,
    form: SealedFormRow,
    sealed_seeds: bytes,
) -> Place:
    seeds = store.unseal(sealed_seeds, f"seeds:{form.package_id}")
    key = store.unseal(form.key, f"form-key:{form.id}")
    if seeds is None or key is None:
        raise BankError("bank_item_altered", {"item": form.id})
    sealed = json.loads(key)["items"][opaque]
    order = canonical_order(item, item_id, seeds[-_SEED_BYTES:], form.id)
    letters = {letter: LETTERS[order.index(letter)] for letter in sorted(order)}
    now = "".join(sorted(letters[letter] for letter in correct))
    return Place(
        package=form.package_id,
        form=form.id,
        subject=form.subject,
        trade=form.trade,
        level=form.level,
        item=opaque,
        letters=letters,
        sealed_key=sealed["correct"],
        changed=sealed["options"] != len(order) or sealed["correct"] != now,
    )
