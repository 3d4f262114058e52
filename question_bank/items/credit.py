"""The credit rule as numbers: :class:`CreditRule` parsed and checked once (DOMAIN D2, D3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from question_bank.errors import BankError
from question_bank.items.points import points_of
from question_bank.items.shape import CreditRule


class MultipleRule(StrEnum):
    """What an incomplete multiple-choice answer earns (DOMAIN C9)."""

    EXACT = "exact"
    PARTIAL_PER_OPTION = "partial_per_option"
    PARTIAL_FIXED = "partial_fixed"
    PROPORTIONAL = "proportional"


@dataclass(frozen=True, slots=True)
class Credit:
    """A checked credit rule; meaning of the fields as in :class:`CreditRule`.

    ``minus``: points off per wrong option, or None when a wrong option voids the item.
    """

    multiple: MultipleRule
    partial_value: Decimal
    minus: Decimal | None
    true_false_penalty: Decimal
    floor: Decimal | None


def parse_credit(rule: CreditRule) -> Credit:
    """BankError ``credit_unknown`` or ``points_malformed`` when the rule makes no sense."""
    if rule.multiple not in list(MultipleRule):
        raise BankError("credit_unknown", {"field": "multiple", "value": rule.multiple})
    if rule.wrong_option not in ("zero", "minus"):
        raise BankError("credit_unknown", {"field": "wrong_option", "value": rule.wrong_option})
    return Credit(
        multiple=MultipleRule(rule.multiple),
        partial_value=points_of(rule.partial_value),
        minus=points_of(rule.minus_value) if rule.wrong_option == "minus" else None,
        true_false_penalty=points_of(rule.true_false_penalty),
        floor=None if rule.floor is None else _signed(rule.floor),
    )


def _signed(text: str) -> Decimal:
    """A floor may lie below zero."""
    return -points_of(text[1:]) if text.startswith("-") else points_of(text)
