"""What a profile must satisfy beyond its types; every finding names its place."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from string import Formatter

from exam_server.profiles.eligibility_checks import eligibility_findings
from exam_server.profiles.model import PassRule, Profile, Section
from exam_server.profiles.numbers import decimal_or_none
from exam_server.profiles.office import LEVELS
from exam_server.profiles.office_checks import office_findings
from exam_server.profiles.structure import Finding, finding
from question_bank.items.shape import CreditRule

_CREDIT_WORDS = {
    "multiple": ("exact", "partial_per_option", "partial_fixed", "proportional"),
    "wrong_option": ("zero", "minus"),
}
_NEEDED = {
    "rate": ("rate",),
    "and": ("line", "rate"),
    "or": ("line", "rate"),
    "floor_then_rate": ("line", "rate"),
    "bounds": ("rate", "low", "high"),
    "fail_cap": ("line", "fail_rate"),
}
_FITTING = {"none": "none", "pass_fail": "must_pass", "score": "minimum"}
_CREDIT_NUMBERS = ("partial_value", "minus_value", "true_false_penalty", "floor")


def findings(profile: Profile) -> list[Finding]:
    """Everything wrong with ``profile``, in file order; empty when it can be used."""
    return [
        *_levels(profile),
        *_block(profile),
        *_subjects(profile),
        *_credit(profile.credit),
        *_room(profile),
        *_practical(profile),
        *_pass_rule(profile),
        *office_findings(profile),
        *eligibility_findings(profile),
    ]


def _levels(profile: Profile) -> Iterator[Finding]:
    for level in profile.levels:
        if level not in LEVELS:
            yield finding(f"levels.{level}", "profile_level_unknown", level=level)
        if level not in profile.line_authority:
            yield finding(f"line_authority.{level}", "profile_missing")
        if level not in profile.levels_en:
            yield finding(f"levels_en.{level}", "profile_missing")
    for level in profile.line_authority:
        if level not in profile.levels:
            yield finding(f"line_authority.{level}", "profile_level_unknown", level=level)


def _block(profile: Profile) -> Iterator[Finding]:
    order = profile.block.order
    if not order or len(set(order)) != len(order):
        yield finding("block.order", "profile_order")
    for subject_id in order:
        if subject_id not in profile.subjects:
            yield finding("block.order", "profile_subject_unknown", subject=subject_id)
    for subject_id in profile.subjects:
        if subject_id not in order:
            yield finding(f"subjects.{subject_id}", "profile_subject_unused", subject=subject_id)


def _subjects(profile: Profile) -> Iterator[Finding]:
    for subject_id, subject in profile.subjects.items():
        place = f"subjects.{subject_id}"
        if subject.minutes < 1:
            yield finding(f"{place}.minutes", "profile_positive")
        if not subject.sections:
            yield finding(f"{place}.sections", "profile_missing")
        total = Decimal(0)
        for number, section in enumerate(subject.sections):
            yield from _section(f"{place}.sections[{number}]", section)
            total += section.count * (decimal_or_none(section.points) or 0)
        full = decimal_or_none(subject.full_mark)
        if full is None:
            yield finding(f"{place}.full_mark", "profile_decimal", value=subject.full_mark)
        elif total != full:
            # DOMAIN D1: a paper whose points do not add up is refused.
            yield finding(f"{place}.full_mark", "profile_points", full=str(full), sum=str(total))


def _section(place: str, section: Section) -> Iterator[Finding]:
    points = decimal_or_none(section.points)
    if points is None or points <= 0:
        yield finding(f"{place}.points", "profile_decimal", value=section.points)
    if section.count < 1:
        yield finding(f"{place}.count", "profile_positive")


def _credit(credit: CreditRule) -> Iterator[Finding]:
    for field, words in _CREDIT_WORDS.items():
        value = getattr(credit, field)
        if value not in words:
            yield finding(f"credit.{field}", "profile_word", value=value, words=" ".join(words))
    for field in _CREDIT_NUMBERS:
        value = getattr(credit, field)
        if value is not None and decimal_or_none(value) is None:
            yield finding(f"credit.{field}", "profile_decimal", value=value)


def _room(profile: Profile) -> Iterator[Finding]:
    for field in profile.room.__struct_fields__:
        value = getattr(profile.room, field)
        if isinstance(value, int) and value < 0:
            yield finding(f"room.{field}", "profile_positive")
    if not 4 <= profile.login.ticket_digits <= 20:
        yield finding("login.ticket_digits", "profile_ticket_digits")
    pattern = profile.login.ticket_pattern
    if pattern and not _makes_tickets(pattern, profile.login.ticket_digits):
        yield finding(
            "login.ticket_pattern", "profile_ticket_pattern", digits=profile.login.ticket_digits
        )


def _makes_tickets(pattern: str, digits: int) -> bool:
    """Whether the pattern gives so many digits, and each person another one."""
    sample = {"year": 2026, "level": 3, "batch": 1, "room": 1, "seat": 1, "serial": 1}
    try:
        names = {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
        number = pattern.format(**sample)
    except (ValueError, KeyError, IndexError, AttributeError):
        return False
    return "serial" in names and len(number) == digits and number.isascii() and number.isdigit()


def _pass_rule(profile: Profile) -> Iterator[Finding]:
    rule = profile.pass_rule
    if not profile.line_group_by:
        yield finding("line_group_by", "profile_missing")
    for subject_id, value in rule.minimum.items():
        place = f"pass_rule.minimum.{subject_id}"
        if subject_id != "practical" and subject_id not in profile.subjects:
            yield finding(place, "profile_subject_unknown", subject=subject_id)
        if decimal_or_none(value) is None:
            yield finding(place, "profile_decimal", value=value)
    if rule.mode == "fixed" and rule.line is None and not rule.minimum:
        yield finding("pass_rule.minimum", "profile_missing")
    yield from _method(rule)
    yield from _beside_the_line(profile)


def _method(rule: PassRule) -> Iterator[Finding]:
    """What the method of the line needs is there, and every number is one."""
    for field in _NEEDED.get(rule.mode, ()):
        if getattr(rule, field) is None:
            yield finding(f"pass_rule.{field}", "profile_missing")
    yield from _numbers(rule)
    if rule.mode == "angoff" and rule.basis != "sum":
        yield finding("pass_rule.basis", "profile_angoff_basis")


def _numbers(rule: PassRule) -> Iterator[Finding]:
    for field in ("line", "low", "high", "grid"):
        value = getattr(rule, field)
        if value is not None and decimal_or_none(value) is None:
            yield finding(f"pass_rule.{field}", "profile_decimal", value=value)
    for field in ("rate", "fail_rate"):
        value = getattr(rule, field)
        if value is None:
            continue
        rate = decimal_or_none(value)
        if rate is None or not 0 <= rate <= 1:
            yield finding(f"pass_rule.{field}", "profile_rate", value=value)
    low, high = (decimal_or_none(text or "") for text in (rule.low, rule.high))
    if low is not None and high is not None and low > high:
        yield finding("pass_rule.high", "profile_bounds", low=rule.low, high=rule.high)
    grid = decimal_or_none(rule.grid)
    if grid is not None and grid <= 0:
        yield finding("pass_rule.grid", "profile_decimal", value=rule.grid)


def _beside_the_line(profile: Profile) -> Iterator[Finding]:
    """The practical subject's part in the decision, and the levels with a review."""
    rule = profile.pass_rule
    if rule.practical == "minimum" and "practical" not in rule.minimum:
        yield finding("pass_rule.minimum.practical", "profile_missing")
    if rule.practical != _FITTING[profile.practical.type]:
        yield finding("pass_rule.practical", "profile_practical", type=profile.practical.type)
    for level in rule.review_levels:
        if level not in profile.levels:
            yield finding("pass_rule.review_levels", "profile_level_unknown", level=level)


def _practical(profile: Profile) -> Iterator[Finding]:
    practical = profile.practical
    if practical.type != "none":
        for field in ("name", "name_en"):
            if not getattr(practical, field).strip():
                yield finding(f"practical.{field}", "profile_missing")
    full = practical.full_mark
    if practical.type == "score" and full is None:
        yield finding("practical.full_mark", "profile_missing")
    if full is not None and (decimal_or_none(full) or 0) <= 0:
        yield finding("practical.full_mark", "profile_decimal", value=full)
