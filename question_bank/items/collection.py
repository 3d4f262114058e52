"""A bank 题库: items with their keys, as read from one file or the encrypted store."""

from __future__ import annotations

import msgspec

from question_bank.items.key import KeyedItem


class Bank(msgspec.Struct, frozen=True):
    """``entries`` have distinct item ids; the order is the source's."""

    name: str
    entries: tuple[KeyedItem, ...]

    def __len__(self) -> int:
        return len(self.entries)
