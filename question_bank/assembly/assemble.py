"""Seeded assembly 组卷: the same bank, blueprint and seed always give the same forms."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from question_bank.assembly.blueprint import Blueprint, FormPlan, SectionPlan
from question_bank.assembly.draft import Draft, DraftSection
from question_bank.errors import BankError
from question_bank.items.key import KeyedItem
from question_bank.items.shape import CreditRule
from question_bank.items.similar import appearance
from question_bank.seeded import shuffled


def assemble(
    entries: Iterable[KeyedItem],
    blueprint: Blueprint,
    seed: bytes,
    exclude: Collection[str] = (),
) -> tuple[Draft, ...]:
    """Draw every form of the blueprint.

    An item is used once per assembly, so that two plans for the same subject become two
    forms without a common item; items that look alike (stem and figures) never meet in one
    form. ``exclude``: ids that must not be used. BankError ``bank_too_small`` names what is
    missing.
    """
    pool = {entry.item.id: entry for entry in entries if entry.item.id not in exclude}
    drafts = []
    for number, plan in enumerate(blueprint.forms, start=1):
        drafts.append(_draw(pool, plan, blueprint.credit, seed, str(number)))
        for item_id in drafts[-1].item_ids:
            del pool[item_id]
    return tuple(drafts)


def _draw(
    pool: dict[str, KeyedItem], plan: FormPlan, credit: CreditRule, seed: bytes, number: str
) -> Draft:
    fitting = [entry for entry in pool.values() if _fits(entry, plan)]
    seen: set[str] = set()
    sections = tuple(
        DraftSection(
            section.type,
            section.points,
            _section(fitting, plan, section, _Draw(seed, number, seen)),
        )
        for section in plan.sections
    )
    return Draft(
        subject=plan.subject,
        trade=plan.trade,
        level=plan.level,
        credit=credit,
        sections=sections,
    )


def _fits(entry: KeyedItem, plan: FormPlan) -> bool:
    """An item for every trade fits any form; a form for every trade takes only such items."""
    item = entry.item
    return (
        item.subject == plan.subject
        and item.trade in ("*", plan.trade)
        and item.level in ("*", plan.level)
    )


class _Draw:
    """The seed with its purpose, and the questions that the form already has."""

    def __init__(self, seed: bytes, number: str, seen: set[str]) -> None:
        self._seed, self._number, self._seen = seed, number, seen

    def take(self, entries: Iterable[KeyedItem], count: int) -> list[KeyedItem]:
        """Up to ``count`` of ``entries`` that look unlike any taken before."""
        by_id = {entry.item.id: entry for entry in entries}
        taken: list[KeyedItem] = []
        for item_id in shuffled(self._seed, by_id, "assembly", self._number):
            seen = appearance(by_id[item_id].item)
            if len(taken) < count and seen not in self._seen:
                self._seen.add(seen)
                taken.append(by_id[item_id])
        return taken


def _section(
    fitting: list[KeyedItem], plan: FormPlan, section: SectionPlan, draw: _Draw
) -> tuple[KeyedItem, ...]:
    """Topic quotas first, then whatever fits."""
    candidates = [entry for entry in fitting if entry.item.type is section.type]
    chosen: list[KeyedItem] = []
    for topic, quota in section.topics.items():
        taken = draw.take((one for one in candidates if one.item.topic == topic), quota)
        _refuse_short(plan, section, topic, quota, len(taken))
        chosen += taken
    used = {entry.item.id for entry in chosen}
    rest = [entry for entry in candidates if entry.item.id not in used]
    chosen += draw.take(rest, section.count - len(chosen))
    _refuse_short(plan, section, "", section.count, len(chosen))
    return tuple(chosen)


def _refuse_short(
    plan: FormPlan, section: SectionPlan, topic: str, wanted: int, found: int
) -> None:
    if found < wanted:
        raise BankError(
            "bank_too_small",
            {
                "subject": plan.subject,
                "trade": plan.trade,
                "level": plan.level,
                "type": section.type.value,
                "topic": f"（{topic}）" if topic else "",
                "wanted": wanted,
                "found": found,
            },
        )
