"""Alike stems: the same text but for spaces, punctuation, width and case."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

from question_bank.items.item import Item


def normalised(text: str) -> str:
    """``text`` reduced to its letters and digits (NFKC, case folded).

    A text without any (only symbols) is kept as it is, less its spaces.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(mark for mark in folded if mark.isalnum())
    return kept or "".join(folded.split())


def appearance(item: Item) -> str:
    """What a candidate takes for the same question: an alike stem under the same figures.

    "What does the figure show?" under another figure is another question.
    """
    figures = hashlib.sha256(b"".join(sorted(figure.data for figure in item.figures))).hexdigest()
    return f"{normalised(item.stem)} {figures}"


def duplicate_groups(stems: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Groups of names whose stems are alike, from ``(name, stem)``; first seen first."""
    groups: dict[str, list[str]] = {}
    for name, stem in stems:
        groups.setdefault(normalised(stem), []).append(name)
    return [names for names in groups.values() if len(names) > 1]
