"""An own scorer (§10): exact fractions, no rounding but where the rule says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    """One item's key. ``right``: every right answer; ``void``: full, drop, scale or None."""

    type: str
    points: Fraction
    right: tuple[str, ...]
    void: str | None = None


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


def all_keys(scoring: Sequence[Path]) -> dict[str, list[Key]]:
    """Form → its keys from all the files given: one per version."""
    keys: dict[str, list[Key]] = {}
    for path in scoring:
        for form, found in read_keys(path).items():
            keys.setdefault(form, []).extend(found)
    return keys


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


def _item(entry: Any) -> Item:
    right, void = [entry["correct"], *entry.get("accepted", [])], entry.get("void")
    good = (
        entry["type"] in ("single", "multiple", "true_false")
        and all(is_letters(letters) and letters != "" for letters in right)
        and void in (None, "full", "drop", "scale")
        and is_count(entry["options"])
    )
    if not good:
        raise ValueError
    return Item(entry["type"], fraction(entry["points"]), tuple(right), void)


def score(key: Key, responses: Mapping[str, str]) -> Fraction | None:
    """The points of a form; None when an answer belongs to no item of the key."""
    if responses.keys() - key.items.keys():
        return None
    sections: dict[tuple[str, Fraction], list[tuple[Item, str]]] = {}
    for name, item in key.items.items():
        sections.setdefault((item.type, item.points), []).append((item, responses.get(name, "")))
    return sum((_section(answered, key.credit) for answered in sections.values()), Fraction(0))


def _section(answered: list[tuple[Item, str]], credit: Credit) -> Fraction:
    """What is left out counts for nothing; where it is scaled, the rest makes up for it."""
    counted = [(item, options) for item, options in answered if item.void in (None, "full")]
    total = sum((score_item(item, credit, options) for item, options in counted), Fraction(0))
    left = sum((item.points for item, _ in counted), Fraction(0))
    scaled = sum((item.points for item, _ in answered if item.void == "scale"), Fraction(0))
    if scaled:
        total = _hundredths(total * (left + scaled) / left) if left else Fraction(0)
    return total if credit.floor is None else max(total, credit.floor)


def score_item(item: Item, credit: Credit, options: str) -> Fraction:
    """The points of one answer, the most that any right answer gives; may be negative."""
    if item.void is not None:
        return item.points if item.void == "full" else Fraction(0)
    return max(_against(right, item, credit, options) for right in item.right)


def _against(right: str, item: Item, credit: Credit, options: str) -> Fraction:
    if options == "":
        return Fraction(0)
    if options == right:
        return item.points
    if item.type == "single":
        return Fraction(0)
    if item.type == "true_false":
        return -credit.penalty
    hits = len(set(options) & set(right))
    wrong = len(options) - hits
    if wrong and credit.minus is None:
        return Fraction(0)
    if wrong and credit.multiple == "partial_fixed":
        return -wrong * (credit.minus or Fraction(0))
    partial = _partial(item, credit, hits, len(right))
    return partial - wrong * (credit.minus or Fraction(0))


def _partial(item: Item, credit: Credit, hits: int, of: int) -> Fraction:
    if credit.multiple == "partial_fixed":
        return min(credit.partial, item.points)
    if credit.multiple == "partial_per_option":
        return min(hits * credit.partial, item.points)
    if credit.multiple == "proportional":
        return _hundredths(item.points * hits / of)
    return Fraction(0)


def _hundredths(value: Fraction) -> Fraction:
    """Half up, also below zero: to the next hundredth above."""
    return Fraction((value * 100 + Fraction(1, 2)).__floor__(), 100)
