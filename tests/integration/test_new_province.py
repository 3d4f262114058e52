"""A province the program has never heard of is a file: checked, used for an exam, no code."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import msgspec
import pytest

from exam_server.desk.roster_file import write_roster
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.synthetic import Kind, Place, synthetic_roster
from exam_server.profiles.draft import draft
from exam_server.profiles.fees import fee_table
from exam_server.profiles.profile import load
from exam_server.profiles.rules_text import rules_text
from tests.builders.typed import PASSWORD, done, refused, typed

PROVINCES = Path(__file__).parents[1] / "fixtures" / "provinces"
ANSWER = {"line_authority.L3": "province"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The invented province's file and catalogue in a folder of their own."""
    shutil.copytree(PROVINCES, tmp_path / "office")
    return tmp_path / "office" / "jiangnan-2025.toml"


def rewritten(file: Path, *changes: tuple[str, str]) -> Path:
    text = file.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    return file


def people(file: Path, count: int = 3) -> list[RosterRow]:
    return synthetic_roster(
        count,
        places=[Place("01", tuple(range(1, 21)))],
        kinds=[Kind("茶艺师", "L3", "云溪新区"), Kind("船闸运行工", "L4", "石桥市")],
        seed=file.stem,
        ticket_prefix="250901",
        ticket_digits=10,
    )


def test_the_file_is_found_sound_and_what_it_leaves_open_is_named(file: Path) -> None:
    found = done("profile", "check", str(file))
    assert found["name"] == "jiangnan-2025"
    assert found["open"] == ["line_authority.L3"]
    assert found["trades"] == 3
    assert found["defaults"]["room.proctor_grant_minutes"] == 10
    assert "room.late_limit_minutes" not in found["defaults"]
    said = typed("profile", "check", str(file)).output
    assert "可以使用" in said
    assert "line_authority.L3" in said
    assert "room.proctor_grant_minutes = 10" in said


def test_every_mistake_is_told_with_file_key_and_remedy_in_both_languages(file: Path) -> None:
    rewritten(
        file,
        ("minutes = 75", 'minutes = "75"'),
        ('mode = "line"', 'mode = "lottery"'),
        ("[publish.authority]", "[publish.autority]"),
    )
    error = refused("profile", "check", str(file))
    assert error["code"] == "profile_invalid"
    assert str(file) in error["zh"]
    places = {row["column"]: row["code"] for row in error["rows"]}
    assert places == {
        "subjects.knowledge.minutes": "profile_whole_number",
        "pass_rule.mode": "profile_word",
        "publish.autority": "profile_key",
    }
    (quoted,) = (row for row in error["rows"] if row["code"] == "profile_whole_number")
    assert '"75"' in quoted["zh"]
    (misspelt,) = (row for row in error["rows"] if row["code"] == "profile_key")
    assert "authority" in misspelt["zh"]
    assert "authority" in misspelt["en"]


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (('L4 = "city"\n', ""), "publish.authority.L4", "profile_missing"),
        (('full_mark = "120"', 'full_mark = "100"'), "subjects.knowledge.full_mark",
         "profile_points"),
        (('yuan."乙"]', 'yuan."丙"]'), "fees.exam.yuan.丙", "profile_fee_class"),
        (('name = "jiangnan-2025"', 'name = "jiangnan"'), "name", "profile_name_differs"),
        (('trade_catalogue = "jiangnan-2025"', 'trade_catalogue = "none"'), "trade_catalogue",
         "trade_catalogue_unknown"),
        (("[login]\n", ""), "credit.ticket_digits", "profile_key"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told_as_well(
    file: Path, change: tuple[str, str], place: str, code: str
) -> None:
    error = refused("profile", "check", str(rewritten(file, change)))
    assert (place, code) in {(row["column"], row["code"]) for row in error["rows"]}


def test_a_question_left_open_hides_no_other_mistake(file: Path) -> None:
    rewritten(
        file, ("minutes = 75", 'minutes = "required"'), ('full_mark = "120"', 'full_mark = "x"')
    )
    (row,) = refused("profile", "check", str(file))["rows"]
    assert (row["column"], row["code"]) == ("subjects.knowledge.full_mark", "profile_decimal")


def test_a_mistake_in_the_catalogue_is_told_by_row_and_column(file: Path) -> None:
    trades = file.parent / "trades" / "jiangnan-2025.csv"
    trades.write_text(trades.read_text("utf-8").replace("J-02", "J-01"), encoding="utf-8")
    error = refused("profile", "check", str(file))
    assert error["code"] == "trade_catalogue_invalid"
    assert {(row["row"], row["column"]) for row in error["rows"]} == {(2, "code"), (3, "code")}


def test_an_exam_is_made_from_the_file_and_takes_a_roster(file: Path, tmp_path: Path) -> None:
    home = tmp_path / "centre"
    done("init", "--password", PASSWORD, home=home)
    command = ("exam", "create", "江南考核", "--year", "2025", "--profile", str(file))
    error = refused(*command, home=home)
    assert [row["column"] for row in error["rows"]] == ["line_authority.L3"]
    exam = done(*command, "--set", "line_authority.L3=province", home=home)["exam"]
    done(
        *("sitting", "plan", "第 1 场", "--exam", exam, "--centre", "云溪考点", "--room", "01"),
        *("--rows", "4", "--columns", "5", "--start", "2025-09-01T09:00"),
        home=home,
    )
    shutil.rmtree(file.parent)  # what an exam was announced with is in the exam
    workbook = tmp_path / "roster.xlsx"
    own = PROVINCES / "jiangnan-2025.toml"
    workbook.write_bytes(write_roster(load(own, ANSWER), people(file)))
    taken = done("roster", "import", str(workbook), "--exam", exam, home=home)
    assert (taken["registered"], taken["seated"]) == (3, 3)
    other = people(file)[:1]
    strange = tmp_path / "strange.xlsx"
    strange.write_bytes(write_roster(load(own, ANSWER), [renamed(other[0], "缫丝工")]))
    (row,) = refused("roster", "import", str(strange), "--exam", exam, home=home)["rows"]
    assert row["code"] == "roster_trade_inactive"


def renamed(row: RosterRow, trade: str) -> RosterRow:
    return msgspec.structs.replace(row, trade=trade)


def test_a_file_in_the_centres_folder_is_known_by_its_name(file: Path, tmp_path: Path) -> None:
    home = tmp_path / "centre"
    done("init", "--password", PASSWORD, home=home)
    shutil.copytree(file.parent, home / "profiles")
    (home / "profiles" / "broken-1.toml").write_text("name = ", encoding="utf-8")
    listed = {one["name"]: one for one in done("profile", "list", home=home)["profiles"]}
    assert set(listed) == {
        "broken-1", "hebei-2024", "henan-2023", "jiangnan-2025", "shaanxi-2024",
    }  # fmt: skip
    assert listed["broken-1"] == {"name": "broken-1", "wrong": "profile_invalid"}
    assert listed["jiangnan-2025"]["open"] == ["line_authority.L3"]
    said = "".join(zh for zh, _ in done("profile", "show", "jiangnan-2025", home=home)["says"])
    assert "应知应会：80 题，75 分钟，满分 120 分" in said
    assert "高级工：（须填），省公布成绩" in said
    assert "考区 2 个：云溪、石桥" in said
    template = tmp_path / "template.xlsx"
    assert not typed("roster", "template", str(template), "--profile", "jiangnan-2025",
                     home=home).exception  # fmt: skip
    assert template.stat().st_size > 0
    error = refused("profile", "show", "atlantis-1", home=home)
    assert "jiangnan-2025" in error["facts"]["known"]


def test_a_new_file_begins_as_a_copy_of_one_that_is_sound(tmp_path: Path) -> None:
    out = tmp_path / "qinghai-2025.toml"
    done("profile", "copy", "henan-2023", str(out))
    assert tomllib.loads(out.read_text("utf-8"))["name"] == "qinghai-2025"
    assert "# Henan" in out.read_text("utf-8"), "the comments say what each value is for"
    assert done("profile", "check", str(out))["name"] == "qinghai-2025"
    assert refused("profile", "copy", "henan-2023", str(out))["code"] == "file_exists"
    assert refused("profile", "copy", "henan-2023", str(out.with_suffix(".txt")))["code"] == (
        "profile_suffix"
    )


def test_its_rules_and_fees_are_its_own(file: Path) -> None:
    profile = load(file, ANSWER)
    text = "\n".join(rules_text(profile))
    assert "应知应会：80 题，75 分钟，满分 120 分" in text
    assert "每个选对的选项得 0.5 分" in text
    assert "本场考试结束后" in text
    assert [
        (row.trade.name, row.level, int(row.total)) for row in fee_table(profile) if row.trade
    ] == [
        ("茶艺师", "L4", 80),
        ("茶艺师", "L3", 120),
        ("船闸工", "L4", 90),
        ("船闸工", "L3", 150),
    ]
    assert draft(file).profile.trades == profile.trades
