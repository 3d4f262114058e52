"""A question author brings a spreadsheet: all of it comes in, or none, with the reasons by row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import xlsxwriter

from question_bank.errors import BankError
from question_bank.formats.reading import read_bank
from question_bank.formats.report import BankFile, lines
from question_bank.formats.table import read_table
from question_bank.formats.template import COLUMNS
from question_bank.formats.template_writer import write_template
from question_bank.items.shape import ItemType
from tests.builders.pictures import png

SINGLE = {
    "编号": "S1",
    "题型": "单选",
    "题干": "北半球白昼最长的节气是（　　）。",
    "选项A": "春分",
    "选项B": "夏至",
    "选项C": "秋分",
    "选项D": "冬至",
    "答案": "B",
    "科目": "职业道德",
}
MULTIPLE = {
    "编号": "M1", "题型": "多选题", "题干": "可再生能源有", "选项A": "风能", "选项B": "煤炭",
    "选项C": "太阳能", "选项D": "水能", "选项E": "以上都不是", "答案": "a、C d", "分值": "2.0",
    "难度": "0.65", "科目": "theory", "工种": "电工", "等级": "高级工", "知识点": "能源",
}  # fmt: skip
JUDGED = {"编号": "T1", "题型": "判断", "题干": "水往低处流。", "答案": "对", "科目": "theory"}
GOOD = (SINGLE, MULTIPLE, JUDGED)


def sheet(path: Path, *rows: dict[str, str], encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def workbook(path: Path, *rows: dict[str, str]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("试题")
        for at, column in enumerate(COLUMNS):
            page.write_string(0, at, column)
            for number, row in enumerate(rows, start=1):
                text = row.get(column, "")
                if text.replace(".", "").isdigit():
                    page.write_number(number, at, float(text))
                elif text:
                    page.write_string(number, at, text)
    return path


def problems(path: Path, **options: object) -> list[tuple[object, object, object]]:
    """(row, column, code) of every problem of a refused file."""
    with pytest.raises(BankError) as refused:
        read_bank(path, **options)  # type: ignore[arg-type]
    assert refused.value.code == "import_refused"
    assert refused.value.facts["problems"] == len(refused.value.rows)
    for language in ("zh", "en"):  # every row can be told to a person
        assert all("{" not in line for line in lines(refused.value.rows, language))
    return [(row["row"], row["column"], row["code"]) for row in refused.value.rows]


def check_good(file: BankFile) -> None:
    single, multiple, judged = (entry.item for entry in file.bank.entries)
    keys = [entry.key for entry in file.bank.entries]
    assert [key.correct for key in keys] == ["b", "acd", "a"]
    assert [key.options for key in keys] == [4, 5, 2]
    assert (single.type, single.subject, single.trade, single.level) == (
        ItemType.SINGLE, "ethics", "*", "*",
    )  # fmt: skip
    assert (multiple.points, multiple.difficulty, multiple.trade) == ("2", "0.65", "电工")
    assert (multiple.level, multiple.topic, multiple.version) == ("L3", "能源", "1")
    assert judged.options == ("对", "错")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_comes_in_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    file = read_bank(sheet(tmp_path / "bank.csv", *GOOD, encoding=encoding))
    check_good(file)
    assert file.kind == ("gb18030" if encoding == "gb18030" else "utf-8")


def test_rare_characters_survive_gb18030(tmp_path: Path) -> None:
    row = SINGLE | {"题干": "䶮与𠮷二字，哪个较常见？"}
    file = read_bank(sheet(tmp_path / "bank.csv", row, encoding="gb18030"))
    assert file.bank.entries[0].item.stem == row["题干"]


@pytest.mark.parametrize("name", ["bank.xlsx", "bank.csv", "bank.xls", "bank"])
def test_a_workbook_comes_in_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    made = workbook(tmp_path / "made.xlsx", *GOOD)
    file = read_bank(made.rename(tmp_path / name))
    check_good(file)
    assert file.kind == "xlsx"


def test_a_csv_named_xlsx_comes_in_too(tmp_path: Path) -> None:
    check_good(read_bank(sheet(tmp_path / "bank.xlsx", *GOOD)))


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters_are_recognised(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "bank.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(GOOD)
    check_good(read_bank(path))


def test_texts_with_commas_quotes_and_line_breaks_stay_whole(tmp_path: Path) -> None:
    row = SINGLE | {"题干": '他说："走, 还是留?"\n请选择', "选项A": "=1+1"}
    item = read_bank(sheet(tmp_path / "bank.csv", row, JUDGED)).bank.entries[0].item
    assert item.stem == '他说："走, 还是留?"\n请选择'
    assert item.options[0] == "=1+1"


def test_all_of_the_above_is_kept_last_and_said_so(tmp_path: Path) -> None:
    file = read_bank(sheet(tmp_path / "bank.csv", *GOOD))
    assert file.bank.entries[1].item.fixed == "e"
    assert [(one.row, one.code) for one in file.warnings] == [(3, "fixed_detected")]


def test_the_authors_own_word_on_fixed_options_stands(tmp_path: Path) -> None:
    file = read_bank(sheet(tmp_path / "bank.csv", MULTIPLE | {"固定选项": "DE"}))
    assert file.bank.entries[0].item.fixed == "de"
    assert file.warnings == ()


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"编号": ""}, "编号", "cell_empty"),
        ({"题型": "填空"}, "题型", "type_unknown"),
        ({"题干": "  "}, "题干", "stem_empty"),
        ({"答案": ""}, "答案", "key_empty"),
        ({"答案": "甲"}, "答案", "letters_unknown"),
        ({"答案": "E"}, "答案", "key_without_option"),
        ({"答案": "AB"}, "答案", "one_letter_only"),
        ({"题型": "多选", "答案": "B"}, "答案", "multiple_needs_two"),
        ({"题型": "多选", "答案": "ABB"}, "答案", "key_repeats"),
        ({"选项B": ""}, "选项B", "options_gap"),
        ({"选项B": "", "选项C": "", "选项D": "", "答案": "A"}, "选项A", "options_count"),
        ({"选项C": "夏至"}, "选项A", "options_equal_right_wrong"),
        ({"分值": "-1"}, "分值", "points_malformed"),
        ({"分值": "0"}, "分值", "points_zero"),
        ({"难度": "1.2"}, "难度", "difficulty_malformed"),
        ({"难度": "难"}, "难度", "difficulty_malformed"),
        ({"科目": "历史"}, "科目", "subject_unknown"),
        ({"科目": ""}, "科目", "subject_unknown"),
        ({"等级": "大师"}, "等级", "level_unknown"),
        ({"固定选项": "F"}, "固定选项", "fixed_without_option"),
        ({"固定选项": "最后"}, "固定选项", "letters_unknown"),
        ({"图片": "none.png"}, "图片", "figure_missing"),
        ({"图片": "../secret.png"}, "图片", "figure_outside"),
        ({"题干": "看图 ![示意](none.png)"}, "图片", "figure_missing"),
    ],
)
def test_each_slip_is_told_by_row_column_and_remedy(
    tmp_path: Path, change: dict[str, str], column: str, code: str
) -> None:
    path = sheet(tmp_path / "bank.csv", JUDGED, SINGLE | change)
    assert problems(path) == [(3, column, code)]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"答案": "也许"}, "true_false_key"), ({"选项A": "可能"}, "true_false_options")],
)
def test_a_true_false_item_takes_only_true_and_false(
    tmp_path: Path, change: dict[str, str], code: str
) -> None:
    assert [found[2] for found in problems(sheet(tmp_path / "b.csv", JUDGED | change))] == [code]


@pytest.mark.parametrize("word", ["错", "错误", "×", "F", "FALSE", "B"])
def test_true_and_false_may_be_written_in_many_ways(tmp_path: Path, word: str) -> None:
    row = JUDGED | {"答案": word, "选项A": "正确", "选项B": "错误"}
    assert read_bank(sheet(tmp_path / "b.csv", row)).bank.entries[0].key.correct == "b"


def test_one_bad_row_among_many_keeps_everything_out_and_all_problems_are_told(
    tmp_path: Path,
) -> None:
    rows = [SINGLE | {"编号": f"S{n}", "题干": f"第{n}题"} for n in range(50)]
    rows[10] |= {"答案": "", "难度": "很难"}
    rows[40] |= {"编号": "S3"}
    assert problems(sheet(tmp_path / "bank.csv", *rows)) == [
        (12, "答案", "key_empty"),
        (12, "难度", "difficulty_malformed"),
        (42, "编号", "id_twice"),
    ]


def test_stems_that_differ_only_in_punctuation_are_pointed_out(tmp_path: Path) -> None:
    twin = SINGLE | {"编号": "S2", "题干": "北半球 白昼最长的节气是( )"}
    file = read_bank(sheet(tmp_path / "bank.csv", SINGLE, JUDGED, twin))
    assert [(one.row, one.code, one.facts) for one in file.warnings] == [
        (4, "stem_alike", {"first": 2})
    ]


def test_two_equal_wrong_options_are_only_pointed_out(tmp_path: Path) -> None:
    file = read_bank(sheet(tmp_path / "bank.csv", SINGLE | {"选项D": "秋分"}))
    assert [one.code for one in file.warnings] == ["options_equal"]


def test_a_row_with_a_stray_comma_is_refused_not_shifted(tmp_path: Path) -> None:
    path = sheet(tmp_path / "bank.csv", JUDGED)
    path.write_text(path.read_text("utf-8-sig").rstrip("\r\n") + ",多出来的\r\n", "utf-8")
    assert problems(path) == [(2, "", "cells_beyond")]


def test_figures_lie_beside_the_table_and_are_judged_by_content(tmp_path: Path) -> None:
    (tmp_path / "plan.jpg").write_bytes(png("plan"))
    (tmp_path / "fake.png").write_text("not a picture")
    (tmp_path / "link.png").write_text("C:/pictures/elsewhere.png")
    good = SINGLE | {"题干": "图 ![平面图](plan.jpg) 中", "图片": "plan.jpg"}
    (figure,) = read_bank(sheet(tmp_path / "a.csv", good)).bank.entries[0].item.figures
    assert (figure.name, figure.media_type, figure.alt) == ("plan.jpg", "image/png", "平面图")
    bad = SINGLE | {"图片": "fake.png；link.png"}
    assert [code for _, _, code in problems(sheet(tmp_path / "b.csv", bad))] == [
        "figure_not_an_image",
        "figure_is_a_link",
    ]


def test_figures_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_bytes(png("a"))
    file = read_bank(sheet(tmp_path / "bank.csv", SINGLE | {"图片": "a.png"}), figures=folder)
    assert file.bank.entries[0].item.figures[0].alt == "题目附图"


def test_a_figure_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "huge.png").write_bytes(png("x") + bytes(3 * 1024 * 1024))
    path = sheet(tmp_path / "bank.csv", SINGLE | {"图片": "huge.png"})
    assert [code for _, _, code in problems(path)] == ["figure_too_large"]


def test_items_with_broken_figures_can_be_left_out_by_wish(tmp_path: Path) -> None:
    path = sheet(tmp_path / "bank.csv", JUDGED, SINGLE | {"图片": "none.png"})
    file = read_bank(path, leave_out_broken_figures=True)
    assert [entry.item.id for entry in file.bank.entries] == ["T1"]
    assert file.left_out == ("S1",)
    assert [(one.row, one.code) for one in file.warnings] == [(3, "left_out")]


def test_the_wish_to_leave_out_covers_figures_only(tmp_path: Path) -> None:
    path = sheet(tmp_path / "bank.csv", JUDGED, SINGLE | {"图片": "none.png", "答案": ""})
    assert len(problems(path, leave_out_broken_figures=True)) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\r\n\r\n", "file_empty"),
        ("编号,题型,题干,答案,科目\r\n".encode(), "file_empty"),
        ("编号,题型,题干,答案\r\n1,2,3,4\r\n".encode(), "columns_missing"),
        ("编号,题型,题干,答案,科目,心情\r\n1,2,3,4,5,6\r\n".encode(), "columns_unknown"),
        ("编号,编号,题干\r\n1,2,3\r\n".encode(), "column_twice"),
        ("编号,,题干\r\n1,2,3\r\n".encode(), "column_unnamed"),
        ('编号,题型\r\n"1,2\r\n'.encode(), "csv_broken"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xff", "file_not_a_table"),
        (b"PK\x03\x04 broken", "file_not_a_table"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"broken", "file_not_a_table"),
    ],
)
def test_a_file_that_is_no_bank_is_told_why(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes(content)
    with pytest.raises(BankError, match=code):
        read_bank(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BankError) as refused:
        read_bank(tmp_path / "absent.csv")
    assert (refused.value.code, refused.value.facts) == ("file_missing", {"file": "absent.csv"})


def test_the_written_template_is_the_one_that_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    write_template(buffer)
    path = tmp_path / "template.xlsx"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(BankError, match="file_empty"):
        read_bank(path)
    examples = read_table(path, "示例 examples")
    assert examples.columns == COLUMNS
    filled = sheet(tmp_path / "filled.csv", *(row.cells for row in examples.rows))
    assert [entry.key.correct for entry in read_bank(filled).bank.entries] == ["b", "acd", "a"]


def test_empty_rows_between_items_are_skipped_and_row_numbers_stay_true(tmp_path: Path) -> None:
    path = sheet(tmp_path / "bank.csv", SINGLE, {}, JUDGED | {"答案": ""})
    assert problems(path) == [(4, "答案", "key_empty")]


def test_progress_is_told_for_every_row(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    read_bank(sheet(tmp_path / "b.csv", *GOOD), progress=lambda *step: seen.append(step))
    assert seen == [(1, 3), (2, 3), (3, 3)]
