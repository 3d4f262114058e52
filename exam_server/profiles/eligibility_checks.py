"""What the conditions of a profile must satisfy beyond their types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from exam_server.profiles.eligibility import Condition, Requirement
from exam_server.profiles.model import Profile
from exam_server.profiles.office import LEVELS, NORMAL
from exam_server.profiles.structure import Finding, finding

_ANY_LEAP_YEAR = 2024


def eligibility_findings(profile: Profile) -> Iterator[Finding]:
    """Everything wrong with ``eligibility``, in file order."""
    counted = profile.eligibility.counted_to
    if len(counted) != len("12-31") or _day(f"{_ANY_LEAP_YEAR}-{counted}") is None:
        yield finding("eligibility.counted_to", "profile_day", value=counted)
    for number, condition in enumerate(profile.eligibility.conditions):
        yield from _condition(f"eligibility.conditions[{number}]", condition, profile)


def _condition(place: str, condition: Condition, profile: Profile) -> Iterator[Finding]:
    for level in condition.levels:
        if level not in profile.levels:
            yield finding(f"{place}.levels", "profile_level_unknown", level=level)
    for route in condition.routes:
        if route != NORMAL and route not in profile.routes:
            known = " ".join((NORMAL, *profile.routes))
            yield finding(f"{place}.routes", "profile_route", value=route, known=known)
    for field in ("levels", "routes", "any_of"):
        if not getattr(condition, field):
            yield finding(f"{place}.{field}", "profile_missing")
    for field in ("clause", "clause_en"):
        if not getattr(condition, field).strip():
            yield finding(f"{place}.{field}", "profile_missing")
    for number, one in enumerate(condition.any_of):
        yield from _requirement(f"{place}.any_of[{number}]", one)


def _requirement(place: str, one: Requirement) -> Iterator[Finding]:
    if one == Requirement():
        yield finding(place, "profile_missing")
    for field in ("service_years", "service_years_below", "certificate_years"):
        value = getattr(one, field)
        if value is not None and value < 1:
            yield finding(f"{place}.{field}", "profile_positive")
    if one.certificate is not None and one.certificate not in LEVELS:
        yield finding(f"{place}.certificate", "profile_level_unknown", level=one.certificate)
    if one.certificate is None and (one.certificate_years is not None or one.same_trade):
        yield finding(f"{place}.certificate", "profile_missing")
    for sex, years in one.age.items():
        if years < 1:
            yield finding(f"{place}.age.{sex}", "profile_positive")
    for sex, days in one.born.items():
        if not _is_span(days):
            said = " ".join(days)
            yield finding(f"{place}.born.{sex}", "profile_span", value=said)


def _is_span(days: Sequence[str]) -> bool:
    found = [day for text in days if (day := _day(text)) is not None]
    return len(found) == len(days) == 2 and found[0] <= found[1]


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None
