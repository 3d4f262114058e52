"""A province is a file: what it states is used, what it leaves open is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from exam_server.errors import Refusal
from exam_server.profiles.eligibility import Eligibility
from exam_server.profiles.profile import (
    builtins_of,
    load,
    names,
    of_exam,
    office_of,
    open_questions,
    whole,
)
from exam_server.profiles.rules_text import headings, pledge_text, rules_text
from question_bank.canonical import canonical
from question_bank.items.shape import CreditRule, ItemType
from tests.builders.profiles import THREE_SUBJECTS_EXAMPLE, shaanxi, three_subjects


def refused(values: dict[str, object], name: str | Path = "shaanxi-2024") -> Refusal:
    with pytest.raises(Refusal) as caught:
        load(name, values)
    return caught.value


def test_shaanxi_is_two_subjects_of_a_hundred_items_in_sixty_minutes() -> None:
    profile = shaanxi()
    assert [(at, name, subject.count) for at, name, subject in profile.ordered] == [
        (1, "ethics", 100),
        (2, "theory", 100),
    ]
    assert profile.limit_ms("ethics") == 3_600_000
    assert profile.level_name("L3") == "高级工"
    assert not profile.departures
    assert not profile.limits_shortened


def test_henan_does_not_guess_what_its_notice_leaves_open() -> None:
    questions = open_questions("henan-2023")
    assert "subjects.ability.minutes" in questions
    assert "pass_rule.rate" in questions
    refusal = refused({}, "henan-2023")
    assert refusal.code == "profile_incomplete"
    assert [row["column"] for row in refusal.rows] == questions


def test_a_method_asks_for_its_own_numbers() -> None:
    missing = {row["column"] for row in refused({"pass_rule.mode": "bounds"}).rows}
    assert missing == {"pass_rule.rate", "pass_rule.low", "pass_rule.high"}
    crossed = {"mode": "bounds", "rate": "0.6", "low": "130", "high": "110"}
    crossed_rows = refused({f"pass_rule.{name}": value for name, value in crossed.items()}).rows
    assert [row["code"] for row in crossed_rows] == ["profile_bounds"]
    judged = refused({"pass_rule.mode": "angoff", "pass_rule.basis": "each_subject"})
    assert [row["code"] for row in judged.rows] == ["profile_angoff_basis"]
    assert load("shaanxi-2024", {"pass_rule.mode": "hofstee"}).pass_rule.mode == "hofstee"


def test_answering_the_open_questions_is_no_departure_from_the_notice() -> None:
    profile = three_subjects()
    assert profile.departures == ()
    assert [subject.name for _, _, subject in profile.ordered] == [
        "职业道德",
        "职业能力",
        "岗位技能",
    ]
    assert set(open_questions("henan-2023")) == set(THREE_SUBJECTS_EXAMPLE)


def test_a_rehearsal_with_a_shorter_time_says_so_in_its_own_rules() -> None:
    profile = load("shaanxi-2024", {"subjects.theory.minutes": 2})
    assert profile.departures == ("subjects.theory.minutes",)
    assert profile.limits_shortened
    assert "缩短时间" in rules_text(profile)[0]
    assert "shortened" in rules_text(profile, "en")[0]


def test_a_profile_survives_being_frozen_into_an_exam() -> None:
    for profile in (shaanxi(), three_subjects()):
        rules, office = (
            json.loads(canonical(part)) for part in (builtins_of(profile), office_of(profile))
        )
        assert whole(rules, office) == profile
        lean = of_exam(SimpleNamespace(rules=rules))
        nothing = Eligibility()
        assert lean == replace(profile, trades=(), forms={}, fees={}, areas={}, eligibility=nothing)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("subjects.ethics.minutes", "sixty", "profile_whole_number"),
        ("subjects.ethics.minutes", 0, "profile_positive"),
        ("subjects.theory.full_mark", "101", "profile_points"),
        ("credit.multiple", "generous", "profile_word"),
        ("pass_rule.rate", "1.5", "profile_rate"),
        ("pass_rule.low", "many", "profile_decimal"),
        ("pass_rule.fail_rate", "-0.1", "profile_rate"),
        ("pass_rule.grid", "0", "profile_decimal"),
        ("line_authority.L9", "province", "profile_level_unknown"),
        ("pass_rule.minimum.poetry", "60", "profile_subject_unknown"),
        ("login.ticket_digits", 2, "profile_ticket_digits"),
        ("levels_en.L3", {}, "profile_text"),
    ],
)
def test_every_mistake_is_told_with_its_place(path: str, value: object, code: str) -> None:
    refusal = refused({path: value})
    assert refusal.code == "profile_invalid"
    (place,) = (str(row["column"]) for row in refusal.rows if row["code"] == code)
    assert place.rsplit(".", 1)[-1] == path.rsplit(".", 1)[-1]


def test_a_mistake_inside_a_list_is_located_to_the_entry() -> None:
    sections = [{"type": "essay", "count": 1, "points": "100"}]
    refusal = refused({"subjects.ethics.sections": sections})
    assert refusal.rows[0]["column"] == "subjects.ethics.sections[0].type"


def test_a_field_nobody_knows_is_refused_and_not_ignored() -> None:
    (row,) = refused({"room.late_limit_minuets": 5}).rows
    assert (row["column"], row["code"]) == ("room.late_limit_minuets", "profile_key")
    assert row["facts"] == {"key": "late_limit_minuets", "known": "late_limit_minutes"}


def test_a_profile_nobody_has_names_those_there_are() -> None:
    refusal = refused({}, "atlantis-1")
    assert refusal.status == 404
    assert refusal.facts["known"] == ", ".join(names())


def test_a_broken_file_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("name = ", encoding="utf-8")
    refusal = refused({}, path)
    assert refusal.code == "profile_invalid"
    assert refusal.facts["profile"] == "broken.toml"
    assert [row["code"] for row in refusal.rows] == ["profile_syntax_end"]
    assert refusal.rows[0]["row"] == 0
    other = tmp_path / "other.toml"
    other.write_text('name = "x"\ntitle = x\n', encoding="utf-8")
    assert [(row["row"], row["code"]) for row in refused({}, other).rows] == [(2, "profile_syntax")]
    other.with_name("gbk.toml").write_bytes('title = "河南"'.encode("gb18030"))
    assert refused({}, other.with_name("gbk.toml")).rows[0]["code"] == "profile_not_utf8"


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    refusal = refused(
        {"subjects.ethics.minutes": "60", "room.idle_minutes": True, "score.display": "sometimes"}
    )
    assert {(row["column"], row["code"]) for row in refusal.rows} == {
        ("subjects.ethics.minutes", "profile_whole_number"),
        ("room.idle_minutes", "profile_whole_number"),
        ("score.display", "profile_word"),
    }


def test_what_the_program_notes_itself_is_not_taken_from_a_file() -> None:
    assert refused({"departures": ["room"]}).rows[0]["code"] == "profile_own"


def test_the_rules_page_states_counts_minutes_and_the_scoring_rule() -> None:
    text = "\n".join(rules_text(shaanxi()))
    for said in ("职业道德：100 题，60 分钟", "全部选对才得分", "自动交卷", "举手", "不要关机"):
        assert said in text
    english = "\n".join(rules_text(shaanxi(), "en"))
    for said in ("100 items, 60 minutes", "exactly these", "hands in by itself", "raise your hand"):
        assert said in english
    assert "本人" in pledge_text()
    assert "sit this examination myself" in pledge_text("en")


@pytest.mark.parametrize(
    ("credit", "said"),
    [
        (CreditRule(multiple="partial_per_option", partial_value="0.5"), "每个选对的选项得 0.5 分"),
        (CreditRule(multiple="partial_fixed", partial_value="1"), "得 1 分"),
        (CreditRule(multiple="proportional"), "按选对的比例得分"),
        (CreditRule(wrong_option="minus", minus_value="0.5"), "每错选一个选项扣 0.5 分"),
    ],
)
def test_the_heading_of_a_multiple_section_follows_the_rule(credit: CreditRule, said: str) -> None:
    (heading,) = headings([(ItemType.MULTIPLE, 20, "2")], credit)
    assert heading["title"] == "一、多项选择题（共 20 题，每题 2 分）"
    assert said in heading["rule"]


def test_a_true_false_penalty_is_told_only_where_there_is_one() -> None:
    plain, strict = CreditRule(), CreditRule(true_false_penalty="0.5")
    assert "不扣分" in headings([(ItemType.TRUE_FALSE, 1, "1")], plain)[0]["rule"]
    assert "扣 0.5 分" in headings([(ItemType.TRUE_FALSE, 1, "1")], strict)[0]["rule"]
