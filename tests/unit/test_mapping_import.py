"""Any csv through a column mapping; a small bank with all the real radio bank's peculiarities."""

from __future__ import annotations

from pathlib import Path

import pytest

from question_bank.errors import BankError
from question_bank.formats.mapping import load_mapping, shipped
from question_bank.formats.reading import read_bank
from question_bank.items.shape import ItemType
from tests.builders.pictures import png
from tests.builders.radio_bank import KEYS, MAPPING, radio_like


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_radio_like_bank_comes_in_with_every_key_as_the_file_has_it(
    tmp_path: Path, encoding: str
) -> None:
    file = read_bank(radio_like(tmp_path, encoding=encoding), MAPPING)
    assert {entry.item.id: entry.key.correct for entry in file.bank.entries} == KEYS
    for entry in file.bank.entries:
        several = len(entry.key.correct) > 1
        assert entry.item.type is (ItemType.MULTIPLE if several else ItemType.SINGLE)
        assert entry.key.options == 4


def test_shared_and_double_labels_are_kept_as_the_source(tmp_path: Path) -> None:
    file = read_bank(radio_like(tmp_path), MAPPING)
    sources = [entry.item.source for entry in file.bank.entries]
    assert sources[2:5] == ["CRAC LX", "CRAC LX", "CRAC LB1, LB2"]
    first = file.bank.entries[0].item
    assert (first.topic, first.subject, first.trade) == ("1.1", "theory", "*")
    assert first.version == "2025"


def test_figures_are_joined_by_label_even_when_a_row_has_two(tmp_path: Path) -> None:
    file = read_bank(radio_like(tmp_path), MAPPING)
    figures = {
        entry.item.id: [figure.data for figure in entry.item.figures]
        for entry in file.bank.entries
        if entry.item.figures
    }
    assert figures == {"MC1-0006": [png("LC1")], "MC1-0008": [png("LC4")]}


def test_what_deserves_a_look_is_pointed_out_and_stops_nothing(tmp_path: Path) -> None:
    file = read_bank(radio_like(tmp_path), MAPPING)
    assert [(one.row, one.code, one.facts) for one in file.warnings] == [
        (5, "key_count_differs", {"stated": 1, "given": 2}),
        (5, "stem_alike", {"first": 4}),
        (8, "options_equal", {"first": "B", "second": "D"}),
    ]


def test_picture_files_that_are_only_links_stop_the_import_and_say_so(tmp_path: Path) -> None:
    with pytest.raises(BankError) as refused:
        read_bank(radio_like(tmp_path, figures=False), MAPPING)
    assert [(row["row"], row["column"], row["code"]) for row in refused.value.rows] == [
        (7, "J", "figure_is_a_link"),
        (9, "J", "figure_is_a_link"),
    ]
    facts = refused.value.rows[0]["facts"]
    assert facts == {"figure": "images/0.jpg", "target": "LC1.jpg"}


def test_the_rest_can_be_imported_without_them(tmp_path: Path) -> None:
    file = read_bank(radio_like(tmp_path, figures=False), MAPPING, leave_out_broken_figures=True)
    assert len(file.bank) == len(KEYS) - 2
    assert file.left_out == ("MC1-0006", "MC1-0008")


def mapping(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    return path


def table(folder: Path, text: str) -> Path:
    path = folder / "bank.csv"
    path.write_text(text, "utf-8")
    return path


OWN = """
title = "own"
[columns]
id = "no"
stem = "question"
options = ["o1", "o2", "o3"]
key = "answer"
type = "kind"
[type]
derive = "column"
words = { "S" = "single", "M" = "multiple", "J" = "true_false" }
[key]
written = "numbers"
[constants]
subject = "theory"
level = "L3"
"""


def test_types_by_word_and_keys_by_number(tmp_path: Path) -> None:
    rows = "no,kind,question,o1,o2,o3,answer\n1,S,a?,x,y,z,2\n2,M,b?,x,y,z,1 3\n3,J,c,,,,错\n"
    file = read_bank(table(tmp_path, rows), mapping(tmp_path, OWN))
    assert [(entry.item.type.value, entry.key.correct) for entry in file.bank.entries] == [
        ("single", "b"),
        ("multiple", "ac"),
        ("true_false", "b"),
    ]
    assert {entry.item.level for entry in file.bank.entries} == {"L3"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1,S,a?,x,y,z,9", "letters_unknown"),
        ("1,S,a?,x,y,,3", "key_without_option"),
        ("1,Q,a?,x,y,z,1", "type_unknown"),
        (",S,a?,x,y,z,1", "cell_empty"),
        ("1,J,a?,,,,maybe", "letters_unknown"),
        ("1,S,a?,x,y,z,1,9", "cells_beyond"),
    ],
)
def test_slips_are_told_by_the_files_own_headings(tmp_path: Path, row: str, code: str) -> None:
    rows = f"no,kind,question,o1,o2,o3,answer\n{row}\n"
    with pytest.raises(BankError) as refused:
        read_bank(table(tmp_path, rows), mapping(tmp_path, OWN))
    assert [found["code"] for found in refused.value.rows] == [code]


def test_a_mapping_names_columns_that_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BankError) as refused:
        read_bank(table(tmp_path, "no,kind,question,o1\n1,S,a,x\n"), mapping(tmp_path, OWN))
    assert refused.value.code == "columns_missing"
    assert refused.value.facts == {"columns": "answer、o2、o3"}


@pytest.mark.parametrize(
    "text",
    ["", "title = 1", "not toml [", OWN + "\n[surprise]\na=1", OWN.replace('column"', 'magic"')],
)
def test_a_malformed_mapping_is_told_with_its_reason(tmp_path: Path, text: str) -> None:
    with pytest.raises(BankError, match="mapping_malformed"):
        load_mapping(str(mapping(tmp_path, text)))


def test_an_unknown_mapping_lists_the_shipped_ones() -> None:
    with pytest.raises(BankError) as refused:
        load_mapping("no-such")
    assert refused.value.code == "mapping_unknown"
    assert MAPPING in str(refused.value.facts["shipped"])


def test_every_shipped_mapping_can_be_loaded() -> None:
    assert MAPPING in shipped()
    for name in shipped():
        assert load_mapping(name).title
