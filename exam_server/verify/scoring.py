"""An own scorer (§10): exact fractions, no rounding but where the rule says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from exam_server.verify import jsonform
from exam_server.verify.archive import Unreadable
from exam_server.verify.values import is_count, is_letters

MOST_BYTES = 64 * 1024 * 1024
_NUMBER = re.compile(r"(-?)(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)
_MULTIPLE = ("exact", "partial_per_option", "partial_fixed", "proportional")


@dataclass(frozen=True, slots=True)
class Credit:
    """The rule of §10 as fractions; ``minus`` None when a wrong option voids the item."""

    multiple: str
    partial: Fraction
    minus: Fraction | None
    penalty: Fraction
    floor: Fraction | None


@dataclass(frozen=True, slots=True)
class Item:
    """One item's key."""

    type: str
    points: Fraction
    correct: str


@dataclass(frozen=True, slots=True)
class Key:
    """One version of one form's scoring key. ``golden``: the known answers and their points;
    None in keys of the first release."""

    digest: str
    credit: Credit
    items: dict[str, Item]
    golden: tuple[dict[str, str], Fraction] | None = None


def fraction(text: Any) -> Fraction:
    """A plain decimal string, exactly; ValueError for anything else."""
    found = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError
    sign, whole, part = found.groups()
    value = Fraction(int(whole + (part or "")), 10 ** len(part or ""))
    return -value if sign else value


def written(value: Fraction) -> str:
    """A fraction as §10 writes points; finite because keys hold decimals only."""
    sign, scaled, places = "-" if value < 0 else "", abs(value), 0
    while scaled.denominator != 1 and places < 20:
        scaled, places = scaled * 10, places + 1
    digits = str(int(scaled)).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def read_keys(path: Path) -> dict[str, list[Key]]:
    """Form → keys of a scoring file; Unreadable when it is not one."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable("file_too_large", {"file": path.name})
        value = jsonform.read(path.read_bytes())
        return {form: [_key(entry)] for form, entry in value.items()}
    except (OSError, jsonform.NotJson, KeyError, TypeError, ValueError, AttributeError):
        raise Unreadable("scoring_unreadable", {"file": path.name}) from None


def _key(entry: Any) -> Key:
    digest = jsonform.digest(entry)
    if digest is None:
        raise ValueError
    return Key(
        digest,
        _credit(entry["credit"]),
        {name: _item(value) for name, value in entry["items"].items()},
        _golden(entry["golden"]) if "golden" in entry else None,
    )


def _golden(entry: dict[str, Any]) -> tuple[dict[str, str], Fraction]:
    responses = entry["responses"]
    if not all(is_letters(letters) for letters in responses.values()):
        raise ValueError
    return dict(responses), fraction(entry["points"])


def _credit(entry: dict[str, Any]) -> Credit:
    if entry["multiple"] not in _MULTIPLE or entry["wrong_option"] not in ("zero", "minus"):
        raise ValueError
    return Credit(
        multiple=entry["multiple"],
        partial=fraction(entry["partial_value"]),
        minus=fraction(entry["minus_value"]) if entry["wrong_option"] == "minus" else None,
        penalty=fraction(entry["true_false_penalty"]),
        floor=None if entry["floor"] is None else fraction(entry["floor"]),
    )


def _item(entry: dict[str, Any]) -> Item:
    good = (
        entry["type"] in ("single", "multiple", "true_false")
        and is_letters(entry["correct"])
        and entry["correct"] != ""
        and is_count(entry["options"])
    )
    if not good:
        raise ValueError
    return Item(entry["type"], fraction(entry["points"]), entry["correct"])


def score(key: Key, responses: Mapping[str, str]) -> Fraction | None:
    """The points of a form; None when an answer belongs to no item of the key."""
    if responses.keys() - key.items.keys():
        return None
    sections: dict[tuple[str, Fraction], Fraction] = {}
    for name, item in key.items.items():
        section = (item.type, item.points)
        earned = score_item(item, key.credit, responses.get(name, ""))
        sections[section] = sections.get(section, Fraction(0)) + earned
    floor = key.credit.floor
    return sum(
        (total if floor is None else max(total, floor) for total in sections.values()), Fraction(0)
    )


def score_item(item: Item, credit: Credit, options: str) -> Fraction:
    """The points of one answer; may be negative."""
    if options == "":
        return Fraction(0)
    if options == item.correct:
        return item.points
    if item.type == "single":
        return Fraction(0)
    if item.type == "true_false":
        return -credit.penalty
    right = len(set(options) & set(item.correct))
    wrong = len(options) - right
    if wrong and credit.minus is None:
        return Fraction(0)
    if wrong and credit.multiple == "partial_fixed":
        return -wrong * (credit.minus or Fraction(0))
    return _partial(item, credit, right) - wrong * (credit.minus or Fraction(0))


def _partial(item: Item, credit: Credit, right: int) -> Fraction:
    if credit.multiple == "partial_fixed":
        return min(credit.partial, item.points)
    if credit.multiple == "partial_per_option":
        return min(right * credit.partial, item.points)
    if credit.multiple == "proportional":
        hundredths = item.points * right / len(item.correct) * 100
        return Fraction(int(hundredths + Fraction(1, 2)), 100)
    return Fraction(0)
