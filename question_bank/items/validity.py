"""What makes an item fit for a form: pure checks that name what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from question_bank.errors import BankError
from question_bank.items.item import TRUE_FALSE_OPTIONS
from question_bank.items.key import KeyedItem
from question_bank.items.points import points_of
from question_bank.items.shape import LETTERS, ItemType


@dataclass(frozen=True, slots=True)
class Flaw:
    """``part``: stem | options | key | points | fixed. ``blocking``: not fit for a form."""

    part: str
    code: str
    facts: dict[str, object] = field(default_factory=dict)
    blocking: bool = True


def flaws(entry: KeyedItem) -> list[Flaw]:
    """Everything that is wrong with an item, worst or not; empty when it is sound."""
    return [*_stem(entry), *_options(entry), *_key(entry), *_points(entry), *_fixed(entry)]


def _stem(entry: KeyedItem) -> list[Flaw]:
    return [] if entry.item.stem.strip() else [Flaw("stem", "stem_empty")]


def _options(entry: KeyedItem) -> list[Flaw]:
    options = entry.item.options
    if entry.item.type is ItemType.TRUE_FALSE:
        same = options == TRUE_FALSE_OPTIONS
        return [] if same else [Flaw("options", "true_false_options")]
    if not 2 <= len(options) <= len(LETTERS):
        return [Flaw("options", "options_count", {"count": len(options)})]
    found = [
        Flaw("options", "option_empty", {"letter": letter.upper()})
        for letter, text in zip(LETTERS, options, strict=False)
        if not text.strip()
    ]
    return found or _repeated_options(entry)


def _repeated_options(entry: KeyedItem) -> list[Flaw]:
    """Equal texts of which one is right and one wrong cannot be answered fairly; two equal
    wrong ones are only a slip of the author."""
    first: dict[str, str] = {}
    found = []
    for letter, text in zip(LETTERS, entry.item.options, strict=False):
        earlier = first.setdefault(text.strip(), letter)
        if earlier != letter:
            differ = (earlier in entry.key.correct) != (letter in entry.key.correct)
            facts: dict[str, object] = {"first": earlier.upper(), "second": letter.upper()}
            code = "options_equal_right_wrong" if differ else "options_equal"
            found.append(Flaw("options", code, facts, blocking=differ))
    return found


def _key(entry: KeyedItem) -> list[Flaw]:
    correct, count = entry.key.correct, len(entry.item.options)
    if not correct:
        return [Flaw("key", "key_empty")]
    beyond = [letter.upper() for letter in correct if letter not in LETTERS[:count]]
    if beyond:
        return [Flaw("key", "key_without_option", {"letters": "".join(beyond)})]
    if list(correct) != sorted(set(correct)):
        return [Flaw("key", "key_repeats", {"key": correct.upper()})]
    if entry.item.type is ItemType.MULTIPLE:
        return [] if len(correct) >= 2 else [Flaw("key", "multiple_needs_two")]
    return [] if len(correct) == 1 else [Flaw("key", "one_letter_only", {"count": len(correct)})]


def _points(entry: KeyedItem) -> list[Flaw]:
    try:
        worth = points_of(entry.item.points)
    except BankError as error:
        return [Flaw("points", error.code, error.facts)]
    return [] if worth > 0 else [Flaw("points", "points_zero")]


def _fixed(entry: KeyedItem) -> list[Flaw]:
    fixed = entry.item.fixed
    allowed = LETTERS[: len(entry.item.options)]
    sound = list(fixed) == sorted(set(fixed)) and set(fixed) <= set(allowed)
    return [] if sound else [Flaw("fixed", "fixed_without_option", {"letters": fixed.upper()})]
