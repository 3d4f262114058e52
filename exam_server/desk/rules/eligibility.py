"""Holding a roster's line against the conditions of the notice (DOMAIN A9). Warns, never refuses.

An answer has three values: met, not met, and cannot be told because a column is empty or not
understood. A condition is not met only when each of its alternatives is known not to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from exam_server.desk.rules import id_number
from exam_server.desk.rules.roster_columns import label_of
from exam_server.desk.rules.roster_row import RosterRow, row_problem
from exam_server.desk.rules.roster_text import plain
from exam_server.profiles.eligibility import Condition, Requirement, Sex
from exam_server.profiles.model import Profile
from exam_server.profiles.trades import Catalogue

Remark = dict[str, object]
Answer = bool | frozenset[str]  # holds, does not, or which columns would have to be known

_DATE = re.compile(r"(?P<year>\d{4})[年./\-]?(?P<month>\d{1,2})?[月./\-]?(?P<day>\d{1,2})?")
# what certificates call a level, whatever the province at hand calls it (DOMAIN A1)
_LEVEL_WORDS = {
    "高级技师": "L1", "一级": "L1", "技师": "L2", "二级": "L2", "高级": "L3", "三级": "L3",
    "中级": "L4", "四级": "L4", "初级": "L5", "五级": "L5",
}  # fmt: skip
_PASSED = ("优秀", "合格", "称职", "是")
_FAILED = ("不合格", "不称职", "基本合格", "基本称职", "不定等次", "否", "未")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A condition that is not met, or, with ``missing`` columns, cannot be told."""

    condition: Condition
    missing: tuple[str, ...]


def counted_to(profile: Profile, year: int) -> date:
    """The day up to which years count in the exam of ``year``."""
    return date.fromisoformat(f"{year}-{profile.eligibility.counted_to}")


def doubts(row: RosterRow, profile: Profile, trades: Catalogue | None, on: date) -> Iterator[Doubt]:
    """Every condition of the row's level and route that is not known to be met on ``on``."""
    for condition in profile.eligibility.conditions:
        if row.level not in condition.levels or row.route not in condition.routes:
            continue
        answers = [_holds(one, row, trades, on) for one in condition.any_of]
        if not any(answer is True for answer in answers):
            fields = {
                field for answer in answers if isinstance(answer, frozenset) for field in answer
            }
            yield Doubt(condition, tuple(sorted(fields)))


def remarks(rows: Sequence[RosterRow], profile: Profile, year: int) -> list[Remark]:
    """What to tell about a whole roster: each condition not met by row, the rest counted."""
    on = counted_to(profile, year)
    trades = Catalogue(profile.trades) if profile.trades else None
    told: list[Remark] = []
    unknown: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        for doubt in doubts(row, profile, trades, on):
            if doubt.missing:
                unknown.setdefault(doubt.missing, []).append(row.row)
            else:
                clauses = {"clause": doubt.condition.clause, "clause_en": doubt.condition.clause_en}
                told.append(row_problem(row.row, "level", "eligibility_unmet", **clauses))
        if row.conditional and not profile.registration.conditional:
            told.append(row_problem(row.row, "conditional", "roster_conditional_unstated"))
    for missing, where in unknown.items():
        columns = "、".join(label_of(field) for field in missing)
        facts = {"count": len(set(where)), "columns": columns}
        told.append(row_problem(where[0], missing[0], "eligibility_unknown", **facts))
    return told


def with_doubts(rows: Sequence[RosterRow], told: Sequence[Remark]) -> list[RosterRow]:
    """The rows, each carrying the clauses it does not meet, so that they outlive the import."""
    clauses: dict[object, list[str]] = {}
    for remark in told:
        facts = remark["facts"]
        if remark["code"] == "eligibility_unmet" and isinstance(facts, dict):
            clauses.setdefault(remark["row"], []).append(str(facts["clause"]))
    return [
        msgspec.structs.replace(row, details=row.details | {"doubts": "；".join(clauses[row.row])})
        if row.row in clauses
        else row
        for row in rows
    ]


def _holds(one: Requirement, row: RosterRow, trades: Catalogue | None, on: date) -> Answer:
    answers = (
        _service(one, row, on),
        _certificate(one, row, on),
        _same_trade(one, row, trades),
        _education(one, row),
        _appraisal(one, row),
        _age(one, row, on),
    )
    if any(answer is False for answer in answers):
        return False
    missing = {field for answer in answers if isinstance(answer, frozenset) for field in answer}
    return frozenset(missing) or True


def _service(one: Requirement, row: RosterRow, on: date) -> Answer:
    if one.service_years is None and one.service_years_below is None:
        return True
    years = _years(row.details.get("work_since", ""), on)
    if years is None:
        return frozenset({"work_since"})
    return (one.service_years is None or years >= one.service_years) and (
        one.service_years_below is None or years < one.service_years_below
    )


def _certificate(one: Requirement, row: RosterRow, on: date) -> Answer:
    if one.certificate is None:
        return True
    held = level_of(row.details.get("certificate_level", ""))
    if held is None:
        return frozenset({"certificate_level"})
    if held > one.certificate:  # a lower number is a higher level
        return False
    if one.certificate_years is None:
        return True
    years = _years(row.details.get("certificate_date", ""), on)
    return frozenset({"certificate_date"}) if years is None else years >= one.certificate_years


def _same_trade(one: Requirement, row: RosterRow, trades: Catalogue | None) -> Answer:
    if not one.same_trade:
        return True
    written = plain(row.details.get("certificate_trade", ""))
    if not written:
        return frozenset({"certificate_trade"})
    found = trades.find(written, row.level) if trades else None
    return (found.trade.name if found else written) == row.trade


def _education(one: Requirement, row: RosterRow) -> Answer:
    if not one.education:
        return True
    written = plain(row.details.get("education", ""))
    if not written:
        return frozenset({"education"})
    return any(word in written for word in one.education)


def _appraisal(one: Requirement, row: RosterRow) -> Answer:
    if not one.appraisal:
        return True
    written = plain(row.details.get("appraisal", ""))
    if any(word in written for word in _FAILED):
        return False
    return any(word in written for word in _PASSED) or frozenset({"appraisal"})


def _age(one: Requirement, row: RosterRow, on: date) -> Answer:
    """Always known: the ID number holds sex and birth date."""
    born = id_number.birth_date(row.id_number)
    sex: Sex = "M" if row.sex == "M" else "F"
    if sex in one.age and _full_years(born, on) < one.age[sex]:
        return False
    if sex not in one.born:
        return True
    first, last = one.born[sex]
    return first <= born.isoformat() <= last


def level_of(text: str) -> str | None:
    """The level a certificate names, in whatever words; None when none is understood."""
    written = plain(text)
    found = re.fullmatch(r"[Ll]([1-5])", written)
    if found:
        return f"L{found[1]}"
    return next((level for word, level in _LEVEL_WORDS.items() if word in written), None)


def _years(text: str, on: date) -> int | None:
    """Full years from a date as rosters write it (1990-09, 1990年9月, 199009 …) to ``on``."""
    found = _DATE.match(plain(text))
    if found is None:
        return None
    try:
        since = date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return None
    return _full_years(since, on)


def _full_years(since: date, on: date) -> int:
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))
