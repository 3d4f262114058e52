"""Where a journal chain begins (docs/reference/journal.md)."""

from __future__ import annotations

import hashlib


def chain_start(chain: str) -> str:
    """The ``prev`` of a chain's first entry: a new sitting or attempt has it as its head."""
    return hashlib.sha256(b"kaochang/journal/1\n" + chain.encode()).hexdigest()
