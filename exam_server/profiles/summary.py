"""What a profile says, in sentences a person of the office can compare with the notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exam_server.profiles.draft import Draft
from exam_server.profiles.fees import fee_table
from exam_server.profiles.model import Profile

OPEN = ("（须填）", "(asked for)")
_TO_COUNT = ("题型题数（须填）", "sections (asked for)")
_TO_TIME = ("限时（须填）", "minutes (asked for)")


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence in both languages."""

    zh: str
    en: str


_BASIS = {"sum": ("各科合计", "the sum of the subjects"), "each_subject": ("分科", "each subject")}
_MODE = {
    "line": ("由主管机构划线", "a line drawn by the authority"),
    "fixed": ("以通知规定的最低分为准", "the minimums of the notice"),
    "rate": ("按合格率", "a rate"),
    "and": ("合格率与合格线相结合", "a rate and a line together"),
    "or": ("合格率与合格线取低者", "the lower of a rate's line and a line"),
    "floor_then_rate": ("先过合格线，再按合格率", "a rate among those above a floor"),
    "bounds": ("按合格率，限于上下限之间", "a rate, its line between two bounds"),
    "fail_cap": ("合格线，不合格比例有上限", "a line, with a cap on how many fail"),
    "angoff": ("安戈夫法，由评委评定", "Angoff's method, by judges"),
    "hofstee": ("霍夫斯蒂法，由评委评定", "Hofstee's method, by judges"),
}
_PRACTICAL = {
    "none": ("无", "none"),
    "pass_fail": ("合格、不合格", "pass or fail"),
    "score": ("计分", "by points"),
}
_DRAWS = {
    "province": ("省划线", "drawn by the province"),
    "city": ("市划线", "drawn by the city"),
    "city_then_file": ("市划线，报省备案后生效", "drawn by the city, effective once filed"),
}
_PUBLISHES = {"province": ("省公布", "by the province"), "city": ("市公布", "by the city")}


def summary(found: Draft) -> list[Line]:
    """The profile in sentences; what is still open is marked and never filled in."""
    profile, is_open = found.profile, set(found.open).__contains__
    return [
        Line(f"{profile.title}（{profile.source}）", f"{profile.title_en} ({profile.source})"),
        *_subjects(profile, is_open),
        _practical(profile),
        _pass_rule(profile, is_open),
        *_levels(profile, is_open),
        *_publish(profile),
        *_fees(profile, is_open),
        Line(
            f"表册：{'、'.join(form.name for form in profile.forms.values()) or '无'}。",
            f"Forms: {len(profile.forms)}.",
        ),
        Line(
            f"特殊情形：{'、'.join(route.name for route in profile.routes.values()) or '无'}。",
            f"Special routes: {', '.join(profile.routes) or 'none'}.",
        ),
        *_places(profile),
    ]


def _subjects(profile: Profile, is_open: Callable[[str], bool]) -> Iterator[Line]:
    for _, name, subject in profile.ordered:
        place = f"subjects.{name}"
        counted = (f"{subject.count} 题", f"{subject.count} items")
        timed = (f"{subject.minutes} 分钟", f"{subject.minutes} minutes")
        items = _TO_COUNT if is_open(f"{place}.sections") else counted
        minutes = _TO_TIME if is_open(f"{place}.minutes") else timed
        yield Line(
            f"{subject.name}：{items[0]}，{minutes[0]}，满分 {subject.full_mark} 分。",
            f"{subject.name_en}: {items[1]}, {minutes[1]}, {subject.full_mark} points.",
        )


def _practical(profile: Profile) -> Line:
    kind = profile.practical.type
    zh, en = _PRACTICAL[kind]
    if kind == "none":
        return Line("没有机考以外的科目。", "No subject beside those at the machine.")
    return Line(
        f"{profile.practical.name}：不在机上考，{zh}。",
        f"{profile.practical.name_en}: not at the machine, {en}.",
    )


def _pass_rule(profile: Profile, is_open: Callable[[str], bool]) -> Line:
    rule = profile.pass_rule
    basis = OPEN if is_open("pass_rule.basis") else _BASIS[rule.basis]
    mode = OPEN if is_open("pass_rule.mode") else _MODE[rule.mode]
    names = {name: (s.name, s.name_en) for name, s in profile.subjects.items()}
    names["practical"] = (profile.practical.name, profile.practical.name_en)
    least = [(*names[name], value) for name, value in rule.minimum.items()]
    zh = "，".join(f"{name} 不低于 {value} 分" for name, _, value in least)
    en = ", ".join(f"{name} at least {value}" for _, name, value in least)
    return Line(
        f"合格规则：{basis[0]}，{mode[0]}{'；' + zh if zh else ''}。",
        f"Pass rule: {basis[1]}, {mode[1]}{'; ' + en if en else ''}.",
    )


def _levels(profile: Profile, is_open: Callable[[str], bool]) -> Iterator[Line]:
    for level in profile.levels:
        draws = (
            OPEN if is_open(f"line_authority.{level}") else _DRAWS[profile.line_authority[level]]
        )
        told = (
            OPEN
            if is_open(f"publish.authority.{level}")
            else _PUBLISHES[profile.publish.authority[level]]
        )
        review = level in profile.pass_rule.review_levels
        yield Line(
            f"{profile.level_name(level)}：{draws[0]}，{told[0]}成绩"
            f"{'，合格后还须评审' if review else ''}。",
            f"{profile.level_name(level, 'en')}: line {draws[1]}, scores published {told[1]}"
            f"{', a review follows' if review else ''}.",
        )


def _publish(profile: Profile) -> Iterator[Line]:
    publish = profile.publish
    if publish.working_days is not None:
        yield Line(
            f"正式成绩在考试结束后 {publish.working_days} 个工作日内公布。",
            f"Official scores within {publish.working_days} working days.",
        )
    if publish.review_fee_working_days is not None:
        yield Line(
            f"评审费在成绩公布后 {publish.review_fee_working_days} 个工作日内缴纳。",
            f"The review fee within {publish.review_fee_working_days} working days.",
        )
    if publish.recommend_ratio is not None:
        yield Line(
            f"按核定指标 1 : {publish.recommend_ratio} 推荐。",
            f"Units recommend 1 : {publish.recommend_ratio} of their quota.",
        )
    if publish.validity == "calendar_year":
        yield Line("成绩当年有效。", "Scores hold for the calendar year.")


def _fees(profile: Profile, is_open: Callable[[str], bool]) -> Iterator[Line]:
    if any(
        is_open(f"fees.{part}.yuan.{group}.{level}")
        for part, fee in profile.fees.items()
        for group, amounts in fee.yuan.items()
        for level in amounts
    ):
        yield Line(f"收费：{OPEN[0]}。", f"Fees: {OPEN[1]}.")
        return
    totals = sorted({row.total for row in fee_table(profile)})
    if totals:
        yield Line(
            f"报考费：每人 {totals[0]} 至 {totals[-1]} 元。",
            f"Fees: {totals[0]} to {totals[-1]} yuan a person.",
        )


def _places(profile: Profile) -> Iterator[Line]:
    if profile.areas:
        yield Line(
            f"考区 {len(profile.areas)} 个：{'、'.join(a.name for a in profile.areas.values())}。",
            f"{len(profile.areas)} exam areas.",
        )
    active = sum(trade.active for trade in profile.trades)
    if profile.trades:
        yield Line(f"工种目录：{active} 个工种。", f"Trade catalogue: {active} trades.")
    else:
        yield Line("没有工种目录，按名册所写。", "No trade catalogue: as the roster writes them.")
