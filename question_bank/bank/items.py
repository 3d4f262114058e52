"""Items into the bank and out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from question_bank.bank.store import BankStore
from question_bank.bank.tables import ImportedFile, SealedFormItem, StoredItem
from question_bank.errors import BankError
from question_bank.formats.report import BankFile
from question_bank.items.collection import Bank
from question_bank.items.key import KeyedItem
from question_bank.progress import Progress, silent, ticking


@dataclass(frozen=True, slots=True)
class Added:
    """What an import changed: items that are new, newer versions, and as they were."""

    bank: str
    new: int = 0
    newer: int = 0
    unchanged: int = 0


def add_bank(
    store: BankStore, file: BankFile, *, now_ms: int, actor: str, progress: Progress = silent
) -> Added:
    """Take an accepted file in, whole or not at all.

    BankErrors ``bank_imported_before`` (the same bytes under the same name) and
    ``bank_items_exist``: other content under an id and version that the bank has.
    """
    with store.session() as session:
        if session.get(ImportedFile, (file.sha256, file.bank.name)):
            raise BankError("bank_imported_before", {"name": file.bank.name})
        added = _take_in(store, session, file.bank, progress)
        session.add(
            ImportedFile(
                sha256=file.sha256,
                bank=file.bank.name,
                items=len(file.bank),
                imported_ms=now_ms,
                actor=actor,
            )
        )
    return added


def add_generated(store: BankStore, bank: Bank, progress: Progress = silent) -> Added:
    """Take generated items in; they come from no file."""
    with store.session() as session:
        return _take_in(store, session, bank, progress)


def stored_entries(store: BankStore, banks: Collection[str] = ()) -> list[KeyedItem]:
    """All items with their keys, or those of the named banks, by stored id
    (``<bank>/<item id>``). BankError ``bank_item_altered``."""
    query = select(StoredItem).order_by(StoredItem.id)
    if banks:
        query = query.where(StoredItem.bank.in_(banks))
    with store.session() as session:
        return [_renamed(store, row) for row in session.scalars(query)]


def list_banks(store: BankStore) -> list[dict[str, Any]]:
    """Per bank ``{"bank", "items", "types": {…}, "topics", "used": items sealed so far}``."""
    with store.session() as session:
        used = set(session.scalars(select(SealedFormItem.item_id).distinct()))
        rows = list(
            session.execute(
                select(StoredItem.bank, StoredItem.id, StoredItem.type, StoredItem.topic)
            )
        )
    return [
        {
            "bank": bank,
            "items": sum(row.bank == bank for row in rows),
            "types": dict(sorted(Counter(row.type for row in rows if row.bank == bank).items())),
            "topics": len({row.topic for row in rows if row.bank == bank}),
            "used": sum(row.bank == bank and row.id in used for row in rows),
        }
        for bank in sorted({row.bank for row in rows})
    ]


def _take_in(store: BankStore, session: Session, bank: Bank, progress: Progress) -> Added:
    added, clashes = Added(bank.name), []
    for entry in ticking(bank.entries, progress):
        stored_id, mark = f"{bank.name}/{entry.item.id}", store.fingerprint(entry)
        known = session.get(StoredItem, stored_id)
        if known is not None and known.fingerprint == mark:
            added = replace(added, unchanged=added.unchanged + 1)
        elif known is not None and known.version == entry.item.version:
            clashes.append(entry.item.id)
        else:
            added = replace(
                added, new=added.new + (known is None), newer=added.newer + (known is not None)
            )
            session.merge(_row(store, bank.name, stored_id, entry, mark))
    if clashes:
        raise BankError("bank_items_exist", {"count": len(clashes), "item": clashes[0]})
    return added


def _row(store: BankStore, bank: str, stored_id: str, entry: KeyedItem, mark: str) -> StoredItem:
    item = entry.item
    return StoredItem(
        id=stored_id,
        bank=bank,
        version=item.version,
        type=item.type.value,
        subject=item.subject,
        trade=item.trade,
        level=item.level,
        topic=item.topic,
        fingerprint=mark,
        sealed=store.seal_entry(entry, stored_id),
    )


def _renamed(store: BankStore, row: StoredItem) -> KeyedItem:
    """The entry under its stored id, which is unique across banks."""
    entry = store.unseal_entry(row.sealed, row.id)
    return KeyedItem(
        msgspec.structs.replace(entry.item, id=row.id),
        msgspec.structs.replace(entry.key, item_id=row.id),
    )
