"""A scoring key corrected 更正答案 (DOMAIN D11): pure, from the sealed key and what was decided.

A correction never edits a key. The key that was sealed stays what it is, and version *n* is that
key with the first *n* − 1 approved corrections applied in their order; so whoever has the sealed
key and the decisions has every version, to the same digest. The rules of scoring are those of
:mod:`question_bank.items.scoring`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from question_bank.errors import BankError
from question_bank.items.key import (
    FormKey,
    Golden,
    ItemKey,
    Void,
    as_builtins,
    from_builtins,
)
from question_bank.items.points import points_of, points_text
from question_bank.items.scoring import score_form
from question_bank.items.shape import LETTERS, ItemType


class Change(StrEnum):
    """What is done to one item.

    ``FULL`` 全部给分: everybody has its points. ``DROP`` 剔除: it is left out. ``SCALE``
    剔除并折算: left out, its section scaled to the full mark. ``KEY`` 更正答案: another answer is
    the right one. ``ACCEPT`` 增加答案: a further answer is right as well. ``RESTORE`` 恢复: as it
    was sealed.
    """

    FULL = "full"
    DROP = "drop"
    SCALE = "scale"
    KEY = "key"
    ACCEPT = "accept"
    RESTORE = "restore"


WITH_LETTERS = (Change.KEY, Change.ACCEPT)


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of one form. ``letters``: the canonical answer for KEY and ACCEPT, else ""."""

    item: str
    change: Change
    letters: str = ""


def corrected(sealed: FormKey, decided: Iterable[Sequence[Correction]]) -> FormKey:
    """The key after all that was ``decided``, one sequence per version, in that order.

    The golden candidate keeps its answers and has the points they are worth now. BankErrors:
    ``correction_unknown_item``, ``correction_letters``, ``correction_same`` when it would change
    nothing, ``correction_empties_section`` when nothing would be left to scale.
    """
    now = sealed
    for version in decided:
        items = {key.item_id: key for key in now.items}
        original = {key.item_id: key for key in sealed.items}
        for one in version:
            if one.item not in items:
                raise BankError("correction_unknown_item", {"item": one.item})
            items[one.item] = _changed(items[one.item], original[one.item], one)
        now = msgspec.structs.replace(now, version=now.version + 1, items=tuple(items.values()))
        _refuse_empty(now)
    return _with_golden_worked_out(now)


def corrected_entry(
    form_id: str, entry: dict[str, Any], decided: Sequence[Sequence[Mapping[str, str]]]
) -> dict[str, Any]:
    """The same for an entry of a scoring key file and corrections as builtins; BankErrors too."""
    versions = msgspec.convert(decided, list[list[Correction]])
    return as_builtins(corrected(from_builtins(form_id, entry), versions))


def _changed(key: ItemKey, original: ItemKey, one: Correction) -> ItemKey:
    _refuse_impossible(key, one)
    replace = msgspec.structs.replace
    changes: dict[Change, Callable[[], ItemKey]] = {
        Change.FULL: lambda: replace(key, void=Void.FULL),
        Change.DROP: lambda: replace(key, void=Void.DROP),
        Change.SCALE: lambda: replace(key, void=Void.SCALE),
        Change.KEY: lambda: replace(key, correct=one.letters, accepted=(), void=None),
        Change.ACCEPT: lambda: replace(key, accepted=_with(key, one.letters), void=None),
        Change.RESTORE: lambda: original,
    }
    changed = changes[one.change]()
    if changed == key:
        raise BankError("correction_same", {"item": one.item})
    return changed


def _with(key: ItemKey, letters: str) -> tuple[str, ...]:
    known = {*key.accepted, letters} - {key.correct}
    return tuple(sorted(known))


def _refuse_impossible(key: ItemKey, one: Correction) -> None:
    """Letters where they are needed and nowhere else, and such as a candidate could give."""
    wanted = one.change in WITH_LETTERS
    possible = (
        list(one.letters) == sorted(set(one.letters))
        and set(one.letters) <= set(LETTERS[: key.options])
        and (key.type is ItemType.MULTIPLE or len(one.letters) <= 1)
    )
    if wanted is not bool(one.letters) or not possible:
        raise BankError("correction_letters", {"item": one.item})


def _refuse_empty(form_key: FormKey) -> None:
    sections: defaultdict[tuple[ItemType, Decimal], set[Void | None]] = defaultdict(set)
    for key in form_key.items:
        sections[key.type, points_of(key.points)].add(key.void)
    for (kind, _), voids in sections.items():
        if Void.SCALE in voids and voids <= {Void.SCALE, Void.DROP}:
            raise BankError("correction_empties_section", {"type": kind.value})


def _with_golden_worked_out(form_key: FormKey) -> FormKey:
    if form_key.golden is None:
        return form_key
    responses = form_key.golden.responses
    points = points_text(score_form(form_key, responses).points)
    return msgspec.structs.replace(form_key, golden=Golden(responses, points))
