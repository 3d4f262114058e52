"""A blueprint 双向细目表: how many items of which type, worth what, from which topics.

TOML, documented in docs/reference/bank-template.md::

    exam = "2026 年度工考"
    [credit]                      # optional, default exact (DOMAIN D2)
    multiple = "exact"
    [[forms]]
    subject = "theory"
    trade = "汽车驾驶员"           # default "*" = every (DOMAIN D23)
    level = "L3"
    full_mark = "100"             # DOMAIN D1: refused unless the points add up to it
    [[forms.sections]]
    type = "single"
    count = 50
    points = "1"
    topics = { "道路交通法规" = 20 }  # at least so many; optional
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from question_bank.errors import BankError
from question_bank.items.credit import parse_credit
from question_bank.items.points import points_of, points_text
from question_bank.items.shape import CreditRule, ItemType


class SectionPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``count`` items of ``type`` at ``points`` each; ``topics``: quotas within the count."""

    type: ItemType
    count: int
    points: str = "1"
    topics: dict[str, int] = {}


class FormPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form to be assembled."""

    subject: str
    sections: tuple[SectionPlan, ...]
    full_mark: str
    trade: str = "*"
    level: str = "*"


class Blueprint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All forms of one exam, under one credit rule."""

    exam: str
    forms: tuple[FormPlan, ...]
    credit: CreditRule = CreditRule()


def parse_blueprint(text: str | bytes) -> Blueprint:
    """BankErrors ``blueprint_malformed``, ``blueprint_points``, ``blueprint_quota``,
    ``blueprint_section_twice``, ``credit_unknown``, ``points_malformed``."""
    try:
        blueprint = msgspec.toml.decode(text, type=Blueprint)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BankError("blueprint_malformed", {"reason": str(error)}) from error
    if not blueprint.forms:
        raise BankError("blueprint_malformed", {"reason": "forms"})
    parse_credit(blueprint.credit)
    for plan in blueprint.forms:
        _check(plan)
    return blueprint


def _check(plan: FormPlan) -> None:
    total, seen = Decimal(0), set()
    for section in plan.sections:
        worth = points_of(section.points)
        total += worth * section.count
        quota = sum(section.topics.values())
        if section.count < 1 or worth <= 0 or min(section.topics.values(), default=0) < 0:
            raise BankError("blueprint_malformed", {"reason": f"{plan.subject}: count, points"})
        if quota > section.count:
            raise BankError(
                "blueprint_quota",
                {
                    "subject": plan.subject,
                    "type": section.type.value,
                    "quota": quota,
                    "count": section.count,
                },
            )
        if (section.type, worth) in seen:
            facts: dict[str, object] = {"subject": plan.subject}
            raise BankError("blueprint_section_twice", facts)
        seen.add((section.type, worth))
    if total != points_of(plan.full_mark):
        raise BankError(
            "blueprint_points",
            {
                "subject": plan.subject,
                "sum": points_text(total),
                "full_mark": plan.full_mark,
            },
        )
