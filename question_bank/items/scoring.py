"""Scoring of one item and of one form: pure, exact, explained in ``package.md``.

Rules: DOMAIN D2 (multiple choice), D3 (true/false), C9 (what other exams do), D35 (exact
decimals). With R right and W wrong options chosen of N correct ones:

* all and only the correct options → the full points, under every rule;
* a blank → 0, under every rule;
* otherwise single choice → 0; true/false → minus the penalty; multiple choice:

  ====================  =======================  ==============================
  rule                  W = 0                    W > 0, wrong options cost m each
  ====================  =======================  ==============================
  exact                 0                        − W·m
  partial_fixed         the value, once          − W·m
  partial_per_option    R × value, ≤ the points  R × value, ≤ the points, − W·m
  proportional          points × R / N           points × R / N − W·m
  ====================  =======================  ==============================

  and 0 for W > 0 where a wrong option voids the item (``wrong_option = "zero"``).

``points × R / N`` is rounded half up to two places per item. A section, all items of one
type and points, gives at least the floor; the form is the sum of its sections.

After a correction (DOMAIN D11): where further answers are accepted, an answer earns the most that
it earns under any of them; a void item gives everybody its points, or is left out. Where it is left
out *and scaled*, the section's points are × (its full mark / what is left of it), rounded half up
to two places, so that the section keeps its full mark and its weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from question_bank.errors import BankError
from question_bank.items.credit import Credit, MultipleRule, parse_credit
from question_bank.items.key import FormKey, ItemKey, Void
from question_bank.items.points import points_of, share
from question_bank.items.shape import LETTERS, CreditRule, ItemType

_ZERO = Decimal(0)
_LEFT_OUT = (Void.DROP, Void.SCALE)


class SectionScore(msgspec.Struct, frozen=True):
    """One section's result. ``right``: items with full points; ``blank``: not answered; what is
    left out by a correction is in neither."""

    type: ItemType
    points: Decimal
    full: Decimal
    right: int
    blank: int


class FormScore(msgspec.Struct, frozen=True):
    """A form's result; sections by type (single, multiple, true/false), then points."""

    points: Decimal
    sections: tuple[SectionScore, ...]


def score_item(key: ItemKey, credit: CreditRule, response: str) -> Decimal:
    """Points for ``response`` (canonical letters, "" = blank); may be negative.

    BankError ``response_malformed`` when the response could not have been given.
    """
    return _score(key, parse_credit(credit), response)


def score_form(form_key: FormKey, responses: Mapping[str, str]) -> FormScore:
    """Score all items; an item without a response is blank.

    BankError ``response_unknown_item`` when a response belongs to no item of the form:
    a score must never silently leave something out.
    """
    return FormMarker(form_key).score(responses)


class FormMarker:
    """One form's key, for a hall of candidates: what is worked out once is not worked out again."""

    def __init__(self, form_key: FormKey) -> None:
        """BankError when key or credit rule make no sense."""
        credit = parse_credit(form_key.credit)
        groups: dict[tuple[ItemType, Decimal], list[ItemKey]] = {}
        for key in form_key.items:
            groups.setdefault((key.type, points_of(key.points)), []).append(key)
        ordered = sorted(groups, key=lambda group: (list(ItemType).index(group[0]), group[1]))
        self._form_id = form_key.form_id
        self._known = frozenset(key.item_id for key in form_key.items)
        self._sections = [_Section(groups[group], credit) for group in ordered]

    def score(self, responses: Mapping[str, str]) -> FormScore:
        """One candidate; as :func:`score_form`."""
        if unknown := responses.keys() - self._known:
            raise BankError("response_unknown_item", {"item": min(unknown), "form": self._form_id})
        sections = tuple(section.score(responses) for section in self._sections)
        return FormScore(sum((section.points for section in sections), _ZERO), sections)


class _Section:
    """The items of one type and points."""

    def __init__(self, keys: list[ItemKey], credit: Credit) -> None:
        self._type, self._floor = keys[0].type, credit.floor
        self._items = [(key.item_id, _Marks(key, credit)) for key in keys]
        self._left = _sum_of(key for key in keys if key.void not in _LEFT_OUT)
        self._full = _sum_of(key for key in keys if key.void is not Void.DROP)

    def score(self, responses: Mapping[str, str]) -> SectionScore:
        earned, right, blank = _ZERO, 0, 0
        for item_id, marks in self._items:  # an answer to an item left out must still be one
            points, is_right, is_blank = marks[responses.get(item_id, "")]
            earned += points
            right += is_right
            blank += is_blank
        full, left = self._full, self._left
        scaled = earned if full == left else share(earned, full, left)
        return SectionScore(
            type=self._type,
            points=scaled if self._floor is None else max(scaled, self._floor),
            full=full,
            right=right,
            blank=blank,
        )


class _Marks(dict[str, tuple[Decimal, bool, bool]]):
    """What each response to one item is worth: points, whether right, whether blank; worked out
    when it is first met. There are no more of them than an item has possible responses."""

    def __init__(self, key: ItemKey, credit: Credit) -> None:
        super().__init__()
        self._key, self._credit = key, credit

    def __missing__(self, response: str) -> tuple[Decimal, bool, bool]:
        key = self._key
        marks = (
            _score(key, self._credit, response),
            key.void not in _LEFT_OUT and _is_right(key, response),
            not response and key.void is None,
        )
        self[response] = marks
        return marks


def _sum_of(keys: Iterable[ItemKey]) -> Decimal:
    return sum((points_of(key.points) for key in keys), _ZERO)


def _is_right(key: ItemKey, response: str) -> bool:
    return key.void is Void.FULL or response == key.correct or response in key.accepted


def _score(key: ItemKey, credit: Credit, response: str) -> Decimal:
    _refuse_malformed(key, response)
    if key.void is not None:
        return points_of(key.points) if key.void is Void.FULL else _ZERO
    return max(_under(key, credit, correct, response) for correct in (key.correct, *key.accepted))


def _under(key: ItemKey, credit: Credit, correct: str, response: str) -> Decimal:
    """Points where ``correct`` is the right answer."""
    if not response:
        return _ZERO
    if response == correct:
        return points_of(key.points)
    if key.type is ItemType.SINGLE:
        return _ZERO
    if key.type is ItemType.TRUE_FALSE:
        return _ZERO - credit.true_false_penalty
    return _incomplete_multiple(key, credit, correct, response)


def _incomplete_multiple(key: ItemKey, credit: Credit, correct: str, response: str) -> Decimal:
    right = sum(letter in correct for letter in response)
    wrong = len(response) - right
    if wrong == 0:
        return _for_right_options(key, credit, correct, right)
    if credit.minus is None:
        return _ZERO
    kept = _ZERO
    if credit.multiple in (MultipleRule.PARTIAL_PER_OPTION, MultipleRule.PROPORTIONAL):
        kept = _for_right_options(key, credit, correct, right)
    return kept - wrong * credit.minus


def _for_right_options(key: ItemKey, credit: Credit, correct: str, right: int) -> Decimal:
    points = points_of(key.points)
    match credit.multiple:
        case MultipleRule.EXACT:
            return _ZERO
        case MultipleRule.PARTIAL_FIXED:
            return min(points, credit.partial_value)
        case MultipleRule.PARTIAL_PER_OPTION:
            return min(points, right * credit.partial_value)
        case MultipleRule.PROPORTIONAL:
            return share(points, right, len(correct))


def _refuse_malformed(key: ItemKey, response: str) -> None:
    allowed = LETTERS[: key.options]
    possible = list(response) == sorted(set(response)) and set(response) <= set(allowed)
    if not possible or (key.type is not ItemType.MULTIPLE and len(response) > 1):
        raise BankError("response_malformed", {"item": key.item_id, "length": len(response)})
