"""The conditions of the notices, held against a roster: the clause is told, nobody is refused."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO

import pytest

from exam_server.desk.roster import Roster, read_roster
from exam_server.desk.rules.eligibility import level_of
from exam_server.desk.rules.id_number import synthetic
from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile, load
from tests.builders.profiles import hebei, shaanxi, three_subjects

YEAR, TODAY = 2024, date(2024, 4, 10)
PLAIN = {
    "姓名": "王建国", "报考工种": "电工", "报考等级": "高级工", "所在市": "商洛市",
    "工作单位": "商洛市水务局", "考场": "01", "参加工作时间": "1990-09",
    "已考取岗位证书工种": "电工", "现技术等级": "中级工", "取证时间": "2010-06", "考核结果": "合格",
}  # fmt: skip
HEBEI = {
    "报考工种": "农艺工", "报考等级": "技师", "所在市": "保定", "现技术等级": "高级工",
    "学历": "中专",
}  # fmt: skip


def read(profile: Profile, *changes: dict[str, str], year: int = YEAR) -> Roster:
    text = StringIO(newline="")
    lines = [
        PLAIN
        | {"身份证号码": synthetic("611002", date(1970, 1, 1 + number), 991)}
        | {"准考证号": f"20240601{number:04}", "机位": str(number + 1)}
        | change
        for number, change in enumerate(changes)
    ]
    heads = list(dict.fromkeys(head for line in lines for head in line))
    writer = csv.DictWriter(text, heads, restval="")
    writer.writeheader()
    writer.writerows(lines)
    return read_roster(text.getvalue().encode(), profile=profile, today=TODAY, year=year)


def told(profile: Profile, change: dict[str, str], year: int = YEAR) -> list[tuple[str, str]]:
    """(code, clause or columns) of each remark about one line."""
    roster = read(profile, change, year=year)
    assert len(roster.rows) == 1, "a remark keeps nobody out"
    found = []
    for remark in roster.remarks:
        facts = remark["facts"]
        assert isinstance(facts, dict)
        said = facts.get("clause") or facts.get("columns") or ""
        found.append((str(remark["code"]), str(said)))
    return found


def test_who_meets_the_conditions_is_not_talked_about() -> None:
    assert told(shaanxi(), {}) == []


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        # neither 20 years of service nor the certificate for 5 years
        ({"参加工作时间": "2006-03", "取证时间": "2020-05"}, "高级工：工作满20年"),
        ({"现技术等级": "初级工"}, "高级工：工作满20年"),
        ({"报考等级": "技师", "现技术等级": "中级工"}, "技师：工作满25年"),
        ({"报考等级": "中级工", "现技术等级": "无证", "参加工作时间": "2022-01"}, None),
        ({"考核结果": "不合格"}, "上年度考核结果"),
    ],
)
def test_a_condition_that_is_not_met_is_told_with_its_clause(
    change: dict[str, str], clause: str | None
) -> None:
    remarks = told(shaanxi(), change)
    if clause is None:
        assert [code for code, _ in remarks] == ["eligibility_unknown"]
        return
    ((code, said),) = remarks
    assert code == "eligibility_unmet"
    assert said.startswith(clause)


@pytest.mark.parametrize(
    ("since", "met"),
    [("2004-12-31", True), ("2005-01-01", False), ("2004年12月", True), ("200412", True)],
)
def test_years_are_full_years_up_to_the_day_of_the_notice(since: str, met: bool) -> None:
    """20 years of service by 31 December 2024, the certificate being too young by itself."""
    assert (told(shaanxi(), {"参加工作时间": since, "取证时间": "2022-01"}) == []) == met


def test_the_years_of_a_later_exam_are_counted_to_its_own_end() -> None:
    change = {"参加工作时间": "2005-06", "取证时间": "2022-01"}
    assert told(shaanxi(), change, year=2024)
    assert told(shaanxi(), change, year=2025) == []


def test_what_cannot_be_told_is_counted_once_and_not_held_against_anybody() -> None:
    silent = {"现技术等级": "", "取证时间": "", "考核结果": ""}
    roster = read(shaanxi(), silent, silent, silent)
    facts = [remark["facts"] for remark in roster.remarks]
    assert {remark["code"] for remark in roster.remarks} == {"eligibility_unknown"}
    assert facts == [
        {"count": 3, "columns": "已考取岗位证书现技术等级"},
        {"count": 3, "columns": "考核结果"},
    ]
    assert all("doubts" not in row.details for row in roster.rows)


def test_the_doubt_stays_with_the_person_after_the_import() -> None:
    good, doubtful = read(shaanxi(), {}, {"考核结果": "基本合格"}).rows
    assert "doubts" not in good.details
    assert doubtful.details["doubts"].startswith("上年度考核结果")


def test_near_retirement_is_by_birth_date_and_sex() -> None:
    route = {"特殊情形": "临近退休", "准考证号": "", "考场": "", "机位": ""}
    for born, sequence, fits in (
        (date(1964, 10, 1), 991, True),
        (date(1967, 7, 1), 991, False),
        (date(1977, 6, 30), 992, True),
        (date(1974, 9, 30), 992, False),
    ):
        number = synthetic("611002", born, sequence)
        remarks = told(shaanxi(), route | {"身份证号码": number})
        assert (remarks == []) == fits, born


def test_hebei_asks_for_both_and_for_less_where_there_is_an_achievement() -> None:
    assert told(hebei(), HEBEI) == []
    young = HEBEI | {"参加工作时间": "2007-01"}
    ((code, clause),) = told(hebei(), young)
    assert (code, clause) == ("eligibility_unmet", "正常申报：取得高级工满5年，工作满20年")
    assert told(hebei(), young | {"特殊情形": "破格申报"}) == []
    ((_, clause),) = told(hebei(), HEBEI | {"学历": "初中"})
    assert "技工学校" in clause


def test_hebei_counts_to_the_end_of_july() -> None:
    for since, met in (("2004-07", True), ("2004-08-01", False)):
        assert (told(hebei(), HEBEI | {"参加工作时间": since}) == []) == met


def test_henan_wants_the_same_trade_or_long_service() -> None:
    other = {"报考等级": "三级", "现技术等级": "四级", "已考取岗位证书工种": "钳工"}
    assert told(three_subjects(), other) == []
    ((_, clause),) = told(three_subjects(), other | {"参加工作时间": "2010-01"})
    assert clause.startswith("三级：取得四级后在同工种")
    assert told(three_subjects(), other | {"参加工作时间": "2010-01",
                "已考取岗位证书工种": "电工"}) == []  # fmt: skip
    ((_, clause),) = told(three_subjects(), {"报考等级": "五级", "现技术等级": ""})
    assert clause.startswith("五级")


def test_henan_relaxes_the_schooling_by_age_and_sex() -> None:
    asked = {"报考等级": "二级", "现技术等级": "三级", "学历": "初中"}
    assert told(three_subjects(), asked) == [], "a man of 54"
    young = asked | {"身份证号码": synthetic("611002", date(1976, 1, 1), 991)}
    ((code, _),) = told(three_subjects(), young)
    assert code == "eligibility_unmet"
    woman = asked | {"身份证号码": synthetic("611002", date(1976, 1, 1), 992)}
    assert told(three_subjects(), woman) == []


def test_conditional_acceptance_is_henans_and_told_elsewhere() -> None:
    assert told(three_subjects(), {"报考等级": "四级", "容缺后补": "是"}) == []
    ((code, _),) = told(shaanxi(), {"容缺后补": "是"})
    assert code == "roster_conditional_unstated"


def test_who_has_not_paid_is_on_the_list_and_has_no_seat() -> None:
    unpaid = {"缴费": "未缴费", "准考证号": "", "考场": "", "机位": ""}
    paid, without = read(shaanxi(), {"缴费": "已缴费"}, unpaid).rows
    assert (paid.paid, paid.seat) == (True, 1)
    assert (without.paid, without.ticket, without.room, without.seat) == (False, None, None, None)
    with pytest.raises(Refusal) as caught:
        read(shaanxi(), {"缴费": "未缴费"})
    assert {row["code"] for row in caught.value.rows} == {"roster_not_seated"}
    with pytest.raises(Refusal) as caught:
        read(shaanxi(), {"缴费": "下周"})
    assert [row["code"] for row in caught.value.rows] == ["roster_paid"]


def test_a_certificate_names_its_level_in_any_provinces_words() -> None:
    words = (
        "初级工",
        "四级（中级工）",
        "高级工",
        "技师",
        "高级技师",
        "二级",
        "L3",
        "一级/高级技师",
    )
    assert [level_of(word) for word in words] == ["L5", "L4", "L3", "L2", "L1", "L2", "L3", "L1"]
    assert level_of("") is None
    assert level_of("驾驶证") is None


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("eligibility.counted_to", "13-01", "profile_day"),
        ("eligibility.counted_to", "31 December", "profile_day"),
        ("eligibility.conditions", [{"clause_en": " "}], "profile_missing"),
        ("eligibility.conditions", [{"any_of": [{"certificate_years": 5}]}], "profile_missing"),
        ("eligibility.conditions", [{"any_of": [{}]}], "profile_missing"),
        ("eligibility.conditions", [{"levels": ["L1"]}], "profile_level_unknown"),
        ("eligibility.conditions", [{"routes": ["by_air"]}], "profile_route"),
        ("eligibility.conditions", [{"any_of": [{"service_years": 0}]}], "profile_positive"),
        ("eligibility.conditions", [{"any_of": [{"certificate": "L9"}]}], "profile_level_unknown"),
        ("eligibility.conditions", [{"any_of": [{"born": {"M": ["1970-01-01"]}}]}], "profile_span"),
        ("eligibility.conditions", [{"any_of": [{"born": {"X": []}}]}], "profile_key"),
        ("eligibility.conditions", [{"any_of": [{"height": 180}]}], "profile_key"),
    ],
)
def test_conditions_are_checked_like_the_rest_of_the_file(
    path: str, value: object, code: str
) -> None:
    sound = {"levels": ["L3"], "clause": "某条", "clause_en": "a clause",
             "any_of": [{"appraisal": True}]}  # fmt: skip
    values = [sound | one for one in value] if isinstance(value, list) else value
    with pytest.raises(Refusal) as caught:
        load("shaanxi-2024", {path: values})
    assert code in {row["code"] for row in caught.value.rows}
