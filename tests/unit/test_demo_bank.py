"""The demo bank is what it says: counted, explained, sourced, no two stems alike."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import as_file, files
from itertools import combinations

import pytest

from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile
from question_bank.items.shape import ItemType
from question_bank.items.similar import normalised

COUNTS = {
    "ethics": {ItemType.SINGLE: 60, ItemType.MULTIPLE: 60},
    "driver": {ItemType.SINGLE: 60, ItemType.MULTIPLE: 60},
    "computer": {ItemType.SINGLE: 20, ItemType.MULTIPLE: 20, ItemType.TRUE_FALSE: 20},
}
SUBJECTS = {"ethics": ("ethics", "*", "*"), "driver": ("theory", "汽车驾驶员", "L3"),
            "computer": ("theory", "计算机系统操作工", "L3")}  # fmt: skip
ALIKE = 0.6
_PHRASES = re.compile(
    r"(下列|以下|关于|属于|正确|错误|说法|做法|哪些|哪项|应当|的是|的有|是|有|的|中|在|应|时)"
)


@pytest.fixture(scope="module")
def banks() -> dict[str, BankFile]:
    with as_file(files("question_bank") / "demo") as folder:
        return {name: read_bank(folder / f"{name}.csv") for name in COUNTS}


@pytest.mark.parametrize("name", COUNTS)
def test_a_demo_file_comes_in_without_a_remark(banks: dict[str, BankFile], name: str) -> None:
    types = Counter(entry.item.type for entry in banks[name].bank.entries)
    assert dict(types) == COUNTS[name]
    assert [one.as_row() for one in banks[name].warnings] == []


@pytest.mark.parametrize("name", COUNTS)
def test_every_item_is_explained_sourced_and_bound_to_its_paper(
    banks: dict[str, BankFile], name: str
) -> None:
    for entry in banks[name].bank.entries:
        item = entry.item
        assert len(item.explanation) >= 8, item.id
        assert len(item.source) >= 4, item.id
        assert item.topic, item.id
        assert 0 < float(item.difficulty) <= 1, item.id
        assert (item.subject, item.trade, item.level) == SUBJECTS[name], item.id


@pytest.mark.parametrize("name", COUNTS)
def test_right_answers_are_spread_over_the_letters(banks: dict[str, BankFile], name: str) -> None:
    entries = [entry for entry in banks[name].bank.entries if entry.item.type is ItemType.SINGLE]
    letters = Counter(entry.key.correct for entry in entries)
    assert set(letters) == set("abcd")
    assert max(letters.values()) <= len(entries) * 0.4


def test_no_two_stems_are_alike_beyond_the_question_phrase(banks: dict[str, BankFile]) -> None:
    grams = {
        entry.item.id: _pairs(entry.item.stem)
        for file in banks.values()
        for entry in file.bank.entries
    }
    alike = [
        (one, other)
        for one, other in combinations(grams, 2)
        if len(grams[one] & grams[other]) > ALIKE * len(grams[one] | grams[other])
    ]
    assert alike == []


def _pairs(stem: str) -> set[str]:
    """Neighbouring characters of the stem without its question phrases."""
    text = normalised(_PHRASES.sub("", stem))
    return {text[at : at + 2] for at in range(len(text) - 1)} or {text}
