"""The real radio bank: every accepted row has the key that the file gives it.

Its picture files came to us as links without their targets, so the figures here are drawn
stand-ins under the same names; one test holds that the importer notices the real state.
"""

from __future__ import annotations

import base64
import csv
from pathlib import Path

import pytest

from question_bank.assembly.assemble import assemble
from question_bank.assembly.blueprint import parse_blueprint
from question_bank.errors import BankError
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile
from question_bank.items.scoring import score_form
from question_bank.sealing import opening, package
from question_bank.sealing.content import open_content
from question_bank.sealing.scoring import open_form_key
from tests.builders.papers import Authority
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


PAPER = """
exam = "业余无线电台操作技术能力验证"
[[forms]]
subject = "theory"
full_mark = "100"
[[forms.sections]]
type = "single"
count = 50
[[forms.sections]]
type = "multiple"
count = 50
"""


def test_a_paper_of_it_is_sealed_opened_and_scored_by_the_texts_of_the_file(
    whole: BankFile, rows: list[dict[str, str]]
) -> None:
    """A candidate who ticks the texts that the csv calls right gets 100 of 100."""
    by_id = {row["I"]: row for row in rows}
    authority = Authority()
    built = authority.pack(*assemble(whole.bank.entries, parse_blueprint(PAPER), bytes(32)))
    sealed = package.from_bytes(built.data, {authority.signer})
    unsealed = opening.open_content_keys(sealed, authority.centre, built.bell_code)
    ((form_id, key),) = unsealed.content_keys.items()
    content = open_content(sealed.content_blob(form_id), key, form_id)
    answers = {}
    for opaque, item in content.items.items():
        row = by_id[built.origins[form_id][opaque]]
        right = {row[letter] for letter in row["T"]}
        answers[opaque] = "".join(
            letter for letter, text in zip("abcd", item.options, strict=True) if text in right
        )
        assert item.stem == row["Q"]
        for figure in item.figures:
            assert base64.b64decode(figure.data) == png(row["J"])
    assert any(item.figures for item in content.items.values())
    score = score_form(open_form_key(sealed, unsealed.scoring_secret, form_id), answers)
    assert score.points == 100
    assert [part.right for part in score.sections] == [50, 50]
