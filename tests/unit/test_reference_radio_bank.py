"""The real radio bank: every accepted row has the key that the file gives it.

Its picture files came to us as links without their targets, so the figures here are drawn
stand-ins under the same names; one test holds that the importer notices the real state.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from question_bank.errors import BankError
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile
from tests.builders.pictures import png
from tests.builders.radio_bank import MAPPING, REAL, real_with_stand_ins


@pytest.fixture(scope="module")
def rows(reference_data: Path) -> list[dict[str, str]]:
    with (reference_data / REAL / "full.csv").open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def whole(reference_data: Path, tmp_path_factory: pytest.TempPathFactory) -> BankFile:
    folder = tmp_path_factory.mktemp("radio")
    return read_bank(real_with_stand_ins(reference_data, folder), MAPPING)


def wrong_keys(file: BankFile, rows: list[dict[str, str]]) -> list[str]:
    """Ids whose right option texts differ from what the csv itself says."""
    by_id = {row["I"]: row for row in rows}
    return [
        entry.item.id
        for entry in file.bank.entries
        if {entry.item.options["abcd".index(letter)] for letter in entry.key.correct}
        != {by_id[entry.item.id][letter] for letter in by_id[entry.item.id]["T"]}
    ]


def test_all_1375_items_come_in_and_no_key_is_wrong(
    whole: BankFile, rows: list[dict[str, str]]
) -> None:
    assert len(rows) == len(whole.bank) == 1375
    assert wrong_keys(whole, rows) == []
    assert [entry.item.stem for entry in whole.bank.entries] == [row["Q"] for row in rows]
    assert [entry.item.topic for entry in whole.bank.entries] == [row["P"] for row in rows]


def test_the_type_follows_the_number_of_key_letters(
    whole: BankFile, rows: list[dict[str, str]]
) -> None:
    types = [entry.item.type.value for entry in whole.bank.entries]
    assert types == ["multiple" if len(row["T"]) > 1 else "single" for row in rows]
    assert (types.count("single"), types.count("multiple")) == (1123, 252)


def test_every_figure_reaches_the_item_with_its_label(
    whole: BankFile, rows: list[dict[str, str]]
) -> None:
    labels = {row["I"]: row["J"] for row in rows}
    with_figures = [entry.item for entry in whole.bank.entries if entry.item.figures]
    assert len(with_figures) == 53
    for item in with_figures:
        assert [figure.data for figure in item.figures] == [png(labels[item.id])]


def test_its_known_oddities_are_pointed_out(whole: BankFile) -> None:
    codes = [one.code for one in whole.warnings]
    assert codes.count("key_count_differs") == 2
    assert codes.count("options_equal") == 2
    assert codes.count("stem_alike") > 20


def test_the_pictures_as_delivered_are_found_to_be_links_and_can_be_left_out(
    reference_data: Path, rows: list[dict[str, str]]
) -> None:
    table = reference_data / REAL / "full.csv"
    with pytest.raises(BankError) as refused:
        read_bank(table, MAPPING)
    assert {row["code"] for row in refused.value.rows} == {"figure_is_a_link"}
    assert len(refused.value.rows) == 53
    file = read_bank(table, MAPPING, leave_out_broken_figures=True)
    assert len(file.bank) == 1375 - 53
    assert wrong_keys(file, rows) == []
