"""What a line would do, and to whom: around it, on it, by city and by unit; last year's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Exam
from exam_server.profiles.profile import of_exam
from exam_server.results.group_state import lines_of, stored_params
from exam_server.results.people import Person
from exam_server.results.rules import distribution
from exam_server.results.rules.entries import Entry, Standing, compared
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.line_life import LineState
from exam_server.results.rules.lines import reaches
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore
from exam_server.results.views.group_shapes import (
    CityLine,
    EarlierLine,
    NearbyLine,
    ScoreLine,
    UnitLine,
)
from exam_server.results.views.table import full_of

_TIES_SHOWN = 8
_UNITS_SHOWN = 300


def one_below(figures: Iterable[Decimal], line: Decimal | None) -> int:
    """How many miss the line by one point or less."""
    if line is None:
        return 0
    return sum(line - 1 <= figure < line for figure in figures)


def around(
    entries: Sequence[Entry], params: LineParams, line: Decimal | None
) -> tuple[NearbyLine, ...]:
    """The ±5 table."""
    if line is None:
        return ()
    return tuple(
        NearbyLine(plain_decimal(step.line), step.reached, step.difference, step.ties)
        for step in distribution.around(entries, params, line)
    )


def ties(
    members: Sequence[Person], params: LineParams, line: Decimal | None, reached: set[str]
) -> tuple[ScoreLine, ...]:
    """The first of those who stand exactly on the line, by name: no order is implied."""
    on_it = [
        person
        for person in members
        if person.entry.standing is Standing.VALID and compared(person.entry, params.basis) == line
    ]
    return tuple(
        ScoreLine(
            candidate_id=person.entry.candidate_id,
            name=person.name,
            ticket=person.ticket,
            city=person.city,
            unit=person.unit,
            subjects={key: plain_decimal(value) for key, value in person.entry.subjects.items()},
            compared=plain_decimal(compared(person.entry, params.basis)),
            reached=person.entry.candidate_id in reached,
        )
        for person in sorted(on_it, key=lambda one: one.name)[:_TIES_SHOWN]
    )


def units(members: Iterable[Person], reached: set[str]) -> tuple[UnitLine, ...]:
    """Valid people of the group by unit, the largest units first."""
    found: dict[str, list[bool]] = {}
    for person in members:
        if person.entry.standing is Standing.VALID:
            found.setdefault(person.unit, []).append(person.entry.candidate_id in reached)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(UnitLine(unit, len(them), sum(them)) for unit, them in ordered[:_UNITS_SHOWN])


def cities(
    session: Session,
    exam_id: str,
    everyone: Iterable[Person],
    parts: Mapping[str, str],
    params: LineParams,
    line: Decimal | None,
) -> tuple[CityLine, ...]:
    """The same trade and level in each city, under its own line where it has one in effect."""
    by_city: dict[str, list[Entry]] = {}
    for person in everyone:
        if person.entry.standing is Standing.VALID:
            by_city.setdefault(person.city, []).append(person.entry)
    own_lines = {
        parts_of(stored.group_key)["city"]: stored
        for stored in lines_of(session, exam_id)
        if stored.state == LineState.EFFECTIVE
        and stored.group_key.split("|")[1:] == [parts["trade"], parts["level"]]
    }
    return tuple(
        _city(city, entries, own_lines.get(city) if city != parts["city"] else None, params, line)
        for city, entries in sorted(by_city.items())
    )


def earlier_line(session: Session, exam: Exam, key: str, params: LineParams) -> EarlierLine | None:
    """The line in effect for the same group in the last exam of an earlier year, if any."""
    rows = session.execute(
        select(CutScore, Exam)
        .join(Exam, Exam.id == CutScore.exam_id)
        .where(
            Exam.year < exam.year,
            Exam.mode == exam.mode,
            CutScore.group_key == key,
            CutScore.state == LineState.EFFECTIVE.value,
            CutScore.line.is_not(None),
        )
        .order_by(Exam.year.desc(), CutScore.version.desc())
    ).all()
    for stored, then in rows:
        if _province(then) == _province(exam):
            full = full_of(of_exam(then))
            alike = full == full_of(of_exam(exam)) and stored_params(stored).basis == params.basis
            return EarlierLine(
                year=then.year,
                exam=then.name,
                line=stored.line or "",
                reached=stored.counts["reached"],
                valid=stored.counts["valid"],
                comparable=alike,
            )
    return None


def _province(exam: Exam) -> str:
    """Profiles are named by province and year."""
    return exam.profile.rpartition("-")[0] or exam.profile


def _city(
    city: str,
    entries: Sequence[Entry],
    own: CutScore | None,
    params: LineParams,
    line: Decimal | None,
) -> CityLine:
    if own is not None:
        params = stored_params(own)
        line = None if own.line is None else Decimal(own.line)
    reached = sum(line is not None and reaches(entry, line, params) for entry in entries)
    shown = None if line is None else plain_decimal(line)
    return CityLine(city, len(entries), reached, shown, own is not None)
