"""The people of a whole exam as the line rules take them: plain queries, no objects.

A province has 71,000 candidates in 300 groups; their lines are to be seen at once. Where a
person's whole record is wanted, :mod:`exam_server.results.records` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from exam_server.desk.rules.changes import Registration
from exam_server.desk.rules.lifecycle import ENDED
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import Refusal
from exam_server.profiles.office import NORMAL
from exam_server.profiles.profile import Profile
from exam_server.results.attempts import sat_rows
from exam_server.results.beside import effects
from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.group import key_of, line_city, parts_of
from exam_server.results.rules.ruling import Effect, state_under
from exam_server.results.rules.standing import Sat, counting, standing_of


class Person(NamedTuple):
    """Somebody who sits. ``city``: the one whose line is theirs (``line_city``)."""

    entry: Entry
    name: str
    ticket: str | None
    city: str
    unit: str
    trade: str
    level: str


def people(
    session: Session,
    profile: Profile,
    *,
    exam_id: str,
    trade: str | None = None,
    level: str | None = None,
) -> list[Person]:
    """Who sits in the exam, of one trade and level if named; who has not paid, whose registration
    does not hold and special routes are not (D30, D31)."""
    chosen: list[ColumnElement[bool]] = [Candidate.exam_id == exam_id]
    if trade is not None:
        chosen.append(Candidate.trade == trade)
    if level is not None:
        chosen.append(Candidate.level == level)
    sat = _sat(session, chosen, effects(session, chosen))
    sits = {route: profile.sits(route) for route in (NORMAL, *profile.routes)}
    rows = session.execute(
        select(
            Candidate.id, Candidate.name, Candidate.ticket, Candidate.city, Candidate.unit,
            Candidate.trade, Candidate.level, Candidate.route, Candidate.conditional, Sitting.state,
        )
        .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
        .where(*chosen, Candidate.paid, Candidate.registration == Registration.IN_FORCE.value)
    )  # fmt: skip
    return [
        Person(_entry(ident, sat.get(ident, {}), conditional, state in ENDED),
               name, ticket, line_city(city), unit, of_trade, of_level)
        for ident, name, ticket, city, unit, of_trade, of_level, route, conditional, state in rows
        if sits[route]
    ]  # fmt: skip


def by_group(found: Iterable[Person], profile: Profile) -> dict[str, list[Person]]:
    """People by group key, keys in order."""
    groups: dict[str, list[Person]] = {}
    for person in found:
        groups.setdefault(_key(person, profile), []).append(person)
    return dict(sorted(groups.items()))


def group_people(session: Session, profile: Profile, exam_id: str, key: str) -> list[Person]:
    """The group's people; Refusal ``group_unknown`` 404 when nobody is in it."""
    found = [
        person for person in alike(session, profile, exam_id, key) if _key(person, profile) == key
    ]
    if not found:
        raise Refusal("group_unknown", 404, {"group": key})
    return found


def alike(session: Session, profile: Profile, exam_id: str, key: str) -> list[Person]:
    """Everybody of the group's trade and level, in whichever city."""
    try:
        parts = parts_of(key)
    except ValueError:
        raise Refusal("group_unknown", 404, {"group": key}) from None
    # a name that the key could not hold as it is (group_key) is looked for among all
    named = {field: parts[field] for field in ("trade", "level") if field in profile.line_group_by}
    plain = {field: value for field, value in named.items() if "／" not in value}
    return people(session, profile, exam_id=exam_id, **plain)


def _key(person: Person, profile: Profile) -> str:
    return key_of(person.city, person.trade, person.level, profile.line_group_by)


def _sat(
    session: Session, chosen: list[ColumnElement[bool]], beside: Mapping[str, Effect]
) -> dict[str, dict[str, Any]]:
    """By candidate and subject: (version, state, points as stored or None), the newest."""
    found: dict[str, dict[str, Any]] = {}
    for candidate_id, subject, state, version, points in sat_rows(session, chosen):
        subjects = found.setdefault(candidate_id, {})
        if subject not in subjects or (version or 0) > subjects[subject][0]:
            subjects[subject] = (version or 0, state, points)
    for candidate_id in beside.keys() & found.keys():
        for subject, (version, state, points) in found[candidate_id].items():
            ruled = state_under(beside[candidate_id].voids(subject), state)
            found[candidate_id][subject] = (version, ruled, points)
    return found


def _entry(ident: str, subjects: dict[str, Any], conditional: bool, ended: bool) -> Entry:
    points = {
        subject: _decimal(counted)
        for subject, (_, state, stored) in subjects.items()
        if (counted := counting(state, stored)) is not None
    }
    sat = tuple((state, subject in points) for subject, (_, state, _) in subjects.items())
    return Entry(ident, _standing(sat, conditional, ended), points)


@lru_cache(maxsize=4096)
def _standing(sat: tuple[tuple[str, bool], ...], conditional: bool, ended: bool) -> Standing:
    """By each subject's state and whether it has points: there are a few dozen different ones."""
    facts = [Sat("", state, Decimal(0) if has_points else None) for state, has_points in sat]
    return standing_of(facts, conditional=conditional, sitting_ended=ended)


@lru_cache(maxsize=4096)
def _decimal(text: str) -> Decimal:
    """Points repeat: there are a few hundred different ones among a hundred thousand."""
    return Decimal(text)
