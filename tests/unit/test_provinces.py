"""The three provinces as their notices state them, and nothing that they do not state."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from exam_server.errors import Refusal
from exam_server.profiles.fees import FeeRow, fee_row, fee_table
from exam_server.profiles.profile import load, names, open_questions
from exam_server.profiles.trades import Catalogue, Trade
from tests.builders.profiles import HEBEI_EXAMPLE, hebei, shaanxi, three_subjects

PROVINCES = {"shaanxi-2024": shaanxi, "hebei-2024": hebei, "henan-2023": three_subjects}


def trade(name: str) -> Trade:
    found = Catalogue(shaanxi().trades).find(name, "L3")
    assert found is not None
    return found.trade


def paid(name: str, level: str) -> FeeRow:
    return fee_row(shaanxi(), trade(name), level)


def test_three_provinces_come_with_the_program() -> None:
    assert names() == sorted(PROVINCES)


@pytest.mark.parametrize("name", sorted(PROVINCES))
def test_a_province_is_complete_once_its_open_questions_are_answered(name: str) -> None:
    profile = PROVINCES[name]()
    assert profile.name == name
    assert profile.departures == ()
    assert profile.source
    assert set(profile.authorities) == {"province", "city"}
    for level in profile.levels:
        assert level in profile.line_authority
        assert level in profile.publish.authority
        assert fee_row(profile, None, level).parts
    assert profile.forms


def test_hebei_asks_for_counts_time_and_fees_and_for_nothing_else() -> None:
    assert open_questions("hebei-2024") == list(HEBEI_EXAMPLE)


def test_hebei_is_sixty_in_each_and_holds_for_the_year() -> None:
    profile = hebei()
    assert dict(profile.levels) == {"L2": "技师"}
    assert [subject.name for _, _, subject in profile.ordered] == ["应知"]
    assert (profile.practical.name, profile.practical.type) == ("应会", "score")
    rule = profile.pass_rule
    assert (rule.basis, rule.mode) == ("each_subject", "fixed")
    assert rule.minimum == {"yingzhi": "60", "practical": "60"}
    assert rule.practical == "minimum"
    assert profile.publish.validity == "calendar_year"
    assert profile.publish.recommend_ratio == "1.2"
    assert profile.publish.notices["recommendation"].days == 3
    assert profile.trade_catalogue == "hebei-2024"


def test_hebei_has_thirteen_exam_areas_under_their_numbers() -> None:
    areas = hebei().areas
    assert list(areas) == [f"{number:02}" for number in range(2, 15)]
    assert [areas[number].name for number in ("02", "04", "13", "14")] == [
        "石家庄",
        "秦皇岛",
        "定州",
        "辛集",
    ]
    assert "雄安新区" in areas["07"].other_names


def test_shaanxi_divides_lines_and_publication_by_level() -> None:
    profile = shaanxi()
    drawn = profile.line_authority
    assert (drawn["L2"], drawn["L3"]) == ("province", "province")
    assert (drawn["L4"], drawn["L5"]) == ("city_then_file", "city_then_file")
    assert dict(profile.publish.authority) == {
        "L5": "city",
        "L4": "city",
        "L3": "province",
        "L2": "province",
    }
    assert (profile.publish.working_days, profile.publish.review_fee_working_days) == (15, 10)
    assert profile.publish.recheck == "none"
    assert profile.pass_rule.review_levels == ("L2",)
    assert not profile.pass_rule.minimum, "no minimum of one subject is stated"


def test_henan_takes_conditional_registrations_and_bars_for_two_years() -> None:
    registration = three_subjects().registration
    assert registration.conditional
    assert registration.false_data_ban_years == 2
    assert list(three_subjects().levels) == ["L5", "L4", "L3", "L2"]
    rule = three_subjects().pass_rule
    assert (rule.mode, rule.tie) == ("and", "include")


def test_what_a_person_pays_in_shaanxi_follows_the_class_of_the_trade() -> None:
    assert paid("公路养护工", "L5").total == 150
    assert paid("电工", "L3").total == 350
    driver = paid("汽车驾驶员", "L2")
    assert (driver.total, driver.with_review) == (Decimal(450), Decimal(560))
    assert list(driver.parts) == ["ethics", "theory", "practical", "review"]
    assert "review" not in paid("汽车驾驶员", "L3").parts


def test_where_no_class_matters_the_table_has_one_line_a_level() -> None:
    rows = fee_table(three_subjects())
    assert [(row.trade, row.level, row.total) for row in rows] == [
        (None, level, Decimal(100)) for level in ("L5", "L4", "L3", "L2")
    ]


@pytest.mark.reference
def test_the_fee_table_is_the_printed_one(reference_data: Path) -> None:
    path = reference_data / "trades" / "shaanxi_trades.csv"
    with path.open(encoding="utf-8-sig", newline="") as source:
        printed = list(csv.DictReader(source))
    columns = {
        "total_junior": ("L5", "total"),
        "total_intermediate": ("L4", "total"),
        "total_senior": ("L3", "total"),
        "total_technician_exam": ("L2", "total"),
        "total_technician_with_review": ("L2", "with_review"),
    }
    rows = {(row.trade.name, row.level): row for row in fee_table(shaanxi()) if row.trade}
    assert len(rows) == 19 * 4
    for line in printed:
        for column, (level, field) in columns.items():
            assert getattr(rows[line["trade"], level], field) == Decimal(line[column]), line


def test_the_certificates_have_exactly_the_printed_fields() -> None:
    forms = shaanxi().forms
    passed, technician = forms["passed"], forms["technician_passed"]
    assert (passed.annex, technician.annex) == ("3", "5")
    assert passed.fields[7:10] == (
        "考核成绩：职业道德",
        "考核成绩：专业理论",
        "考核成绩：操作技能",
    )
    assert passed.fields[-1] == "备注"
    assert "考核等级" in passed.fields
    assert "考核等级" not in technician.fields
    assert "备注" not in technician.fields
    assert forms["roster"].fields[0] == "序号"
    assert len(forms["roster"].fields) == 12


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("authorities", {"province": "省工考办"}, "profile_missing"),
        ("publish.authority", {"L5": "city"}, "profile_missing"),
        ("publish.authority.L9", "city", "profile_level_unknown"),
        ("publish.working_days", 0, "profile_positive"),
        ("publish.recommend_ratio", "0.5", "profile_ratio"),
        ("publish.validity", "forever", "profile_word"),
        ("fees.practical.yuan.D", {"L5": "1"}, "profile_fee_class"),
        ("fees.practical.yuan.A.L5", "free", "profile_decimal"),
        ("fees.practical.yuan.A.L9", "1", "profile_level_unknown"),
        ("fees.practical.yuan", {"A": {"L5": "1"}}, "profile_missing"),
        ("fees", {}, "profile_missing"),
        ("forms.roster.routes", ["by_air"], "profile_route"),
        ("forms.roster.fields", ["姓名", "姓名"], "profile_name_twice"),
        ("practical.type", "score", "profile_practical"),
        ("pass_rule.review_levels", ["L9"], "profile_level_unknown"),
        ("trade_catalogue", "atlantis", "trade_catalogue_unknown"),
        ("areas", {"1": {"name": "甲"}, "2": {"name": "甲"}}, "profile_name_twice"),
        ("authorities.county", "县人社局", "profile_key"),
    ],
)
def test_the_offices_part_is_checked_like_the_days(path: str, value: object, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        load("shaanxi-2024", {path: value})
    assert code in {row["code"] for row in caught.value.rows}
