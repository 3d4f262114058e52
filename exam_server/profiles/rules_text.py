"""The rules a candidate reads, written from the profile: what is shown is what is applied.

Every line comes from a value of the profile, so that the page cannot say one thing and
the program do another (DOMAIN D2: the active rule is shown on the notice page and in the
section headings). Languages: ``zh`` (the binding text) and ``en``.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypedDict

from exam_server.profiles.model import Profile, Section, Subject
from exam_server.words import Language
from question_bank.items.shape import CreditRule, ItemType

_TYPE_ZH = {
    ItemType.SINGLE: "单项选择题",
    ItemType.MULTIPLE: "多项选择题",
    ItemType.TRUE_FALSE: "判断题",
}
_TYPE_EN = {
    ItemType.SINGLE: "single choice",
    ItemType.MULTIPLE: "multiple choice",
    ItemType.TRUE_FALSE: "true or false",
}
_ORDINAL_ZH = "一二三四五六七八九十"


class Heading(TypedDict):
    """The heading of one section on the terminal (docs/reference/terminal-api.md, Stage)."""

    type: str
    title: str
    rule: str
    title_en: str
    rule_en: str


def rules_text(profile: Profile, language: Language = "zh") -> list[str]:
    """The numbered lines of the rules page, most important first."""
    return _rules_zh(profile) if language == "zh" else _rules_en(profile)


def pledge_text(language: Language = "zh") -> str:
    """The honesty pledge the candidate confirms before the bell (DOMAIN C2)."""
    if language == "en":
        return (
            "I have read the rules. I sit this examination myself, I follow the rules and the "
            "proctor's directions, I neither copy nor pass on any question, and I accept the "
            "consequences if I break the rules."
        )
    return (
        "我已阅读考场规则。我本人参加考试，遵守考场规则，服从监考员安排，"
        "不抄袭，不传播试题内容；如有违反，愿意接受相应处理。"
    )


def credit_rule_text(item_type: ItemType, credit: CreditRule, language: Language = "zh") -> str:
    """How an item of this type earns points, in one sentence (DOMAIN C9, D2, D3)."""
    texts = {
        ItemType.SINGLE: _single,
        ItemType.TRUE_FALSE: _true_false,
        ItemType.MULTIPLE: _multiple,
    }
    zh, en = texts[item_type](credit)
    return zh if language == "zh" else en


def headings(sections: Iterable[tuple[ItemType, int, str]], credit: CreditRule) -> list[Heading]:
    """Headings for sections given as (type, number of items, points per item)."""
    return [
        Heading(
            type=item_type.value,
            title=f"{_ORDINAL_ZH[number]}、{_TYPE_ZH[item_type]}"
            f"（共 {count} 题，每题 {points} 分）",
            rule=credit_rule_text(item_type, credit),
            title_en=f"{number + 1}. {_TYPE_EN[item_type].capitalize()}"
            f" ({count} items, {points} each)",
            rule_en=credit_rule_text(item_type, credit, "en"),
        )
        for number, (item_type, count, points) in enumerate(sections)
    ]


def _rules_zh(profile: Profile) -> list[str]:
    subjects = [subject for _, _, subject in profile.ordered]
    names = "、".join(subject.name for subject in subjects)
    joined = "连续进行，中间不离开座位" if len(subjects) > 1 else "一次完成"
    return [
        *_departed(profile, "本次为缩短时间的演练，限时与正式考试不同。"),
        f"本场考试共 {len(subjects)} 科：{names}，{joined}。",
        *(_subject_zh(subject) for subject in subjects),
        *(
            f"{_TYPE_ZH[item_type]}：{credit_rule_text(item_type, profile.credit)}"
            for item_type in _types(subjects)
        ),
        "交卷以前，随时可以回到任何一题修改答案。",
        "每科交卷后不能再进入该科；剩余时间不带到下一科。"
        if len(subjects) > 1
        else "交卷后不能再进入考试。",
        "时间以考试系统为准。时间到，系统自动交卷，已保存的答案全部有效。",
        *_earliest_zh(profile),
        "不要关机、重启，不要操作其他程序。",
        "机器或网络有问题，请坐在原位举手，或点“举手”；已保存的答案不会丢失，耽误的时间由监考员处理。",
        *_score_zh(profile),
    ]


def _rules_en(profile: Profile) -> list[str]:
    subjects = [subject for _, _, subject in profile.ordered]
    names = ", ".join(subject.name_en for subject in subjects)
    several = len(subjects) > 1
    return [
        *_departed(profile, "This is a rehearsal with shortened time limits."),
        f"This sitting has {len(subjects)} subjects, one after the other without a break: {names}."
        if several
        else f"This sitting has one subject: {names}.",
        *(_subject_en(subject) for subject in subjects),
        *(
            f"{_TYPE_EN[item_type].capitalize()}: "
            f"{credit_rule_text(item_type, profile.credit, 'en')}"
            for item_type in _types(subjects)
        ),
        "Until you hand in, you can return to any item and change your answer.",
        "A subject that is handed in cannot be entered again; time left over is not carried on."
        if several
        else "After handing in you cannot enter the paper again.",
        "The system's clock decides. When the time is up the system hands in by itself, and every "
        "saved answer counts.",
        *_earliest_en(profile),
        "Do not switch off or restart the machine, and do not use other programs.",
        "If the machine or network fails, stay seated and raise your hand or press Raise hand; "
        "saved answers are kept and the proctor deals with the time you lost.",
        *_score_en(profile),
    ]


def _departed(profile: Profile, text: str) -> list[str]:
    return [text] if profile.limits_shortened else []


def _types(subjects: list[Subject]) -> list[ItemType]:
    used = {section.type for subject in subjects for section in subject.sections}
    return [item_type for item_type in ItemType if item_type in used]


def _subject_zh(subject: Subject) -> str:
    parts = "，".join(
        f"{_TYPE_ZH[section.type]} {section.count} 题、每题 {section.points} 分"
        for section in subject.sections
    )
    return (
        f"{subject.name}：{subject.count} 题，{subject.minutes} 分钟，"
        f"满分 {subject.full_mark} 分（{parts}）。"
    )


def _subject_en(subject: Subject) -> str:
    parts = "; ".join(_section_en(section) for section in subject.sections)
    return (
        f"{subject.name_en}: {subject.count} items, {subject.minutes} minutes, "
        f"{subject.full_mark} points in all ({parts})."
    )


def _section_en(section: Section) -> str:
    return f"{section.count} {_TYPE_EN[section.type]}, {section.points} each"


def _earliest_zh(profile: Profile) -> list[str]:
    minutes = profile.room.earliest_submit_minutes
    return [f"开考 {minutes} 分钟后才可以交卷。"] if minutes else []


def _earliest_en(profile: Profile) -> list[str]:
    minutes = profile.room.earliest_submit_minutes
    return [f"You can hand in only after {minutes} minutes."] if minutes else []


def _score_zh(profile: Profile) -> list[str]:
    if profile.score.display == "hidden":
        return ["成绩由主管机构公布。"]
    when = {
        "after_subject": "每科交卷后",
        "after_block": "全部科目交卷后",
        "after_room_end": "本场考试结束后",
    }[profile.score.display]
    return [f"{when}显示现场成绩，不显示是否合格；以正式公布的成绩为准。"]


def _score_en(profile: Profile) -> list[str]:
    if profile.score.display == "hidden":
        return ["The scores are published by the authority."]
    when = {
        "after_subject": "After each subject",
        "after_block": "After the last subject",
        "after_room_end": "When the sitting has ended",
    }[profile.score.display]
    return [f"{when} your provisional score is shown, without a verdict; the published one counts."]


def _single(_credit: CreditRule) -> tuple[str, str]:
    return (
        "只有一个正确答案，选对得分；选错、不选不得分，也不扣分。",
        "one answer is right; a wrong or missing answer earns nothing and costs nothing.",
    )


def _true_false(credit: CreditRule) -> tuple[str, str]:
    penalty = credit.true_false_penalty
    if Decimal(penalty) == 0:
        return (
            "判断正确得分；判断错误、不答不得分，也不扣分。",
            "a wrong or missing answer earns nothing and costs nothing.",
        )
    floor_zh, floor_en = _floor(credit)
    return (
        f"判断正确得分；判断错误每题扣 {penalty} 分，不答不扣分{floor_zh}。",
        f"a wrong answer costs {penalty}, a missing one nothing{floor_en}.",
    )


def _multiple(credit: CreditRule) -> tuple[str, str]:
    if credit.multiple == "exact" and credit.wrong_option == "zero":
        return (
            "有两个或两个以上正确答案，全部选对才得分；少选、多选、错选、不选都不得分，也不扣分。",
            "two or more answers are right; exactly these earn the points, anything else earns"
            " nothing and costs nothing.",
        )
    few_zh, few_en = {
        "exact": ("少选不得分", "a choice that is incomplete earns nothing"),
        "partial_per_option": (
            f"少选但没有错选的，每个选对的选项得 {credit.partial_value} 分",
            f"an incomplete choice without a wrong option earns {credit.partial_value}"
            " for each right option",
        ),
        "partial_fixed": (
            f"少选但没有错选的，得 {credit.partial_value} 分",
            f"an incomplete choice without a wrong option earns {credit.partial_value}",
        ),
        "proportional": (
            "少选但没有错选的，按选对的比例得分",
            "an incomplete choice without a wrong option earns its share",
        ),
    }[credit.multiple]
    if credit.wrong_option == "minus":
        floor_zh, floor_en = _floor(credit)
        wrong_zh = f"每错选一个选项扣 {credit.minus_value} 分{floor_zh}"
        wrong_en = f"each wrong option costs {credit.minus_value}{floor_en}"
    else:
        wrong_zh, wrong_en = "有错选不得分，也不扣分", "any wrong option: nothing, no deduction"
    return (
        f"有两个或两个以上正确答案，全部选对才得满分；{few_zh}；{wrong_zh}；不选不得分。",
        f"two or more answers are right, full points for exactly these; {few_en}; {wrong_en};"
        " a blank earns nothing.",
    )


def _floor(credit: CreditRule) -> tuple[str, str]:
    if credit.floor is None:
        return "", ""
    return f"（本大题最低 {credit.floor} 分）", f" (the section never below {credit.floor})"
