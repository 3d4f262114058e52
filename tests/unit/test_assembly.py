"""A blueprint becomes forms: counted, seeded, without doubles; what is missing is named."""

from __future__ import annotations

from decimal import Decimal

import pytest

from question_bank.assembly.assemble import assemble
from question_bank.assembly.blueprint import Blueprint, parse_blueprint
from question_bank.assembly.generated import SOURCE, TOPIC, generate
from question_bank.errors import BankError
from question_bank.items.item import Figure
from question_bank.items.key import KeyedItem
from question_bank.items.shape import LETTERS, ItemType
from question_bank.items.similar import duplicate_groups
from question_bank.items.validity import flaws
from tests.builders.papers import entry
from tests.builders.pictures import png

SEED = bytes(32)
PLAN = """
exam = "2026 年度工考"
[[forms]]
subject = "ethics"
full_mark = "6"
[[forms.sections]]
type = "single"
count = 4
[[forms.sections]]
type = "multiple"
count = 2
points = "1"
[[forms]]
subject = "theory"
trade = "电工"
level = "L3"
full_mark = "3"
[[forms.sections]]
type = "single"
count = 3
topics = { "安全" = 2 }
"""


def bank() -> list[KeyedItem]:
    ethics = [
        entry(kind, number, subject="ethics", stem=f"道德 {kind.value} {number}")
        for kind in ItemType
        for number in range(1, 9)
    ]
    theory = [
        entry(
            ItemType.SINGLE,
            number,
            stem=f"理论 {number}",
            trade="电工" if number % 2 else "钳工",
            level="L3" if number < 116 else "L4",
            topic="安全" if number < 106 else "工具",
        )
        for number in range(101, 125)
    ]
    return ethics + theory


def plan(text: str = PLAN) -> Blueprint:
    return parse_blueprint(text)


def test_forms_have_the_counts_of_the_blueprint_and_fitting_items_only() -> None:
    ethics, theory = assemble(bank(), plan(), SEED)
    assert [(part.type.value, len(part.entries)) for part in ethics.sections] == [
        ("single", 4),
        ("multiple", 2),
    ]
    items = [one.item for part in theory.sections for one in part.entries]
    assert {(item.trade, item.level, item.subject) for item in items} == {("电工", "L3", "theory")}
    assert sum(item.topic == "安全" for item in items) >= 2
    assert [ethics.full_mark, theory.full_mark] == [Decimal(6), Decimal(3)]


def test_the_same_seed_gives_the_same_forms_and_another_seed_others() -> None:
    assert assemble(bank(), plan(), SEED) == assemble(reversed(bank()), plan(), SEED)
    seeds = {assemble(bank(), plan(), bytes([n]) * 32)[0].item_ids for n in range(20)}
    assert len(seeds) > 15


def test_a_form_for_every_trade_takes_no_item_of_one_trade() -> None:
    text = PLAN.replace('trade = "电工"\nlevel = "L3"\n', "")
    with pytest.raises(BankError) as refused:
        assemble(bank(), plan(text), SEED)
    assert refused.value.code == "bank_too_small"
    assert refused.value.facts["found"] == 0


def test_a_quota_that_cannot_be_met_is_named_with_its_topic() -> None:
    text = PLAN.replace('"安全" = 2', '"消防" = 2')
    with pytest.raises(BankError) as refused:
        assemble(bank(), plan(text), SEED)
    facts = refused.value.facts
    assert (facts["topic"], facts["wanted"], facts["found"]) == ("（消防）", 2, 0)


def test_two_forms_of_one_assembly_share_no_item() -> None:
    one = PLAN.split("[[forms]]")[1]
    text = 'exam = "AB"\n[[forms]]' + one + "[[forms]]" + one
    first, second = assemble(bank(), plan(text), SEED)
    assert not set(first.item_ids) & set(second.item_ids)


def test_excluded_items_are_never_drawn() -> None:
    (ethics, _) = assemble(bank(), plan(), SEED)
    (again, _) = assemble(bank(), plan(), SEED, exclude=ethics.item_ids[:3])
    assert not set(ethics.item_ids[:3]) & set(again.item_ids)


def test_items_with_alike_stems_never_meet_in_a_form() -> None:
    twins = [
        entry(ItemType.SINGLE, number, subject="ethics", stem="同一句话" + "。" * number)
        for number in range(1, 9)
    ]
    others = [one for one in bank() if one.item.type is not ItemType.SINGLE]
    with pytest.raises(BankError) as refused:
        assemble(twins + others, plan(), SEED)
    assert (refused.value.facts["wanted"], refused.value.facts["found"]) == (4, 1)


def test_the_same_question_about_another_figure_is_another_question() -> None:
    stem, pictures = "图中所示的元件是：", [png(str(number)) for number in range(4)]
    asked = [
        entry(
            ItemType.SINGLE,
            number,
            subject="ethics",
            stem=stem,
            figures=(Figure("a.png", "image/png", pictures[number % 4]),),
        )
        for number in range(8)
    ]
    others = [
        one
        for one in bank()
        if one.item.subject == "theory" or one.item.type is not ItemType.SINGLE
    ]
    (ethics, _) = assemble(asked + others, plan(), SEED)
    shown = [one.item.figures[0].data for part in ethics.sections for one in part.entries
             if one.item.figures]  # fmt: skip
    assert sorted(shown) == sorted(pictures)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('full_mark = "6"', 'full_mark = "100"', "blueprint_points"),
        ("count = 4", "count = 0", "blueprint_malformed"),
        ("count = 4", 'count = "4"', "blueprint_malformed"),
        ('"安全" = 2', '"安全" = 4', "blueprint_quota"),
        ('"安全" = 2', '"安全" = -1', "blueprint_malformed"),
        ('type = "multiple"', 'type = "single"', "blueprint_section_twice"),
        ('type = "multiple"', 'type = "essay"', "blueprint_malformed"),
        ('points = "1"', 'points = "one"', "points_malformed"),
        ('exam = "2026 年度工考"', "", "blueprint_malformed"),
        ("[[forms]]", "[forms]", "blueprint_malformed"),
        ('subject = "ethics"', 'subject = "ethics"\nmood = "good"', "blueprint_malformed"),
        (
            'exam = "2026 年度工考"',
            'exam = "x"\ncredit = { multiple = "generous" }',
            "credit_unknown",
        ),
    ],
)
def test_a_blueprint_that_makes_no_sense_is_refused(old: str, new: str, code: str) -> None:
    with pytest.raises(BankError, match=code):
        plan(PLAN.replace(old, new))


def test_a_blueprint_without_forms_is_refused() -> None:
    with pytest.raises(BankError, match="blueprint_malformed"):
        plan('exam = "x"\nforms = []')


def test_generated_items_are_marked_sound_and_unlike_each_other() -> None:
    made = generate(300, SEED)
    assert len(made) == 900
    assert {(one.item.topic, one.item.source) for one in made.entries} == {(TOPIC, SOURCE)}
    assert [flaw for one in made.entries for flaw in flaws(one) if flaw.blocking] == []
    assert duplicate_groups((one.item.id, one.item.stem) for one in made.entries) == []
    assert generate(300, SEED) == made
    assert generate(300, bytes([1]) * 32) != made


def test_generated_keys_are_right_by_arithmetic() -> None:
    for one in generate(120, SEED).entries:
        stem = one.item.stem.partition("】")[2]
        numbers = [
            int(text) for text in "".join(mark if mark.isdigit() else " " for mark in stem).split()
        ]
        options = dict(zip(LETTERS, one.item.options, strict=False))
        if one.item.type is ItemType.TRUE_FALSE:
            assert (one.key.correct == "a") == (numbers[0] * numbers[1] == numbers[2])
        elif one.item.type is ItemType.SINGLE:
            assert int(options[one.key.correct]) == sum(numbers)
        else:
            right = {letter for letter, text in options.items() if int(text) % numbers[0] == 0}
            assert set(one.key.correct) == right


def test_generating_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="count"):
        generate(100_001, SEED)
