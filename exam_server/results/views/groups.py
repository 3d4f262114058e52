"""Groups and their lines: the list, and one group with what a line would do (look 08)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal, forbidden
from exam_server.profiles.profile import Profile
from exam_server.results.group_state import (
    in_effect,
    lines_of,
    outcome_of,
    snapshot_digest,
    stored_params,
    under_way,
)
from exam_server.results.panels import panel_of
from exam_server.results.people import Person, alike, by_group, people
from exam_server.results.records import exam_and_profile, params_of
from exam_server.results.rules import distribution
from exam_server.results.rules.entries import Entry, Standing, compared, count
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.line_life import LineState, drawing_of, may_see
from exam_server.results.rules.lines import reaches
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore
from exam_server.results.views.group_shapes import (
    CityLine,
    GroupCard,
    GroupDetail,
    NearbyLine,
    ScoreLine,
)
from exam_server.results.views.judges import in_use, panel_cards
from exam_server.results.views.line_cards import line_cards
from exam_server.results.views.table import columns_of, full_of

_BIN = Decimal(2)  # points per bar
_TIES_SHOWN = 8


def groups(session: Session, exam_id: str, *, viewer: Staff) -> list[GroupCard]:
    """Every group of the exam that has anybody in it, by key (DOMAIN D15).

    A city's authority sees the groups of its own city.
    """
    _, profile = exam_and_profile(session, exam_id)
    lines: dict[str, list[CutScore]] = {}
    for line in lines_of(session, exam_id):
        lines.setdefault(line.group_key, []).append(line)
    found = by_group(people(session, profile, exam_id=exam_id), profile)
    return [
        _card(key, [person.entry for person in members], lines.get(key, []), profile)
        for key, members in found.items()
        if may_see(viewer.city, parts_of(key)["city"])
    ]


def group_detail(
    session: Session, exam_id: str, key: str, params: LineParams | None = None, *, viewer: Staff
) -> GroupDetail:
    """The group under ``params``; without them under its newest line, else the profile's.

    Where the profile leaves the line to the authority and none was named yet, the line
    begins at the median of the valid scores, as a place to move from and nothing more.
    Refusals: ``not_found``, ``group_unknown`` 404; ``forbidden`` 403 for another city's group;
    ``line_params`` 422.
    """
    exam, profile = exam_and_profile(session, exam_id)
    everyone = alike(session, profile, exam_id, key)
    members = by_group(everyone, profile).get(key)
    if members is None:
        raise Refusal("group_unknown", 404, {"group": key})
    parts = parts_of(key)
    if not may_see(viewer.city, parts["city"]):
        raise forbidden("see_lines")
    lines = lines_of(session, exam_id, key)
    entries = [person.entry for person in members]
    active = params or _starting_params(lines, entries, profile)
    panel = panel_of(session, exam_id, key, active)
    outcome = outcome_of(entries, active, panel)
    drawing = drawing_of(parts, profile.line_authority)
    figures = sorted(
        compared(entry, active.basis) for entry in entries if entry.standing is Standing.VALID
    )
    full = _full(profile, active)
    shape = distribution.summary(figures)
    return GroupDetail(
        key=key,
        exam=exam.name,
        city=parts["city"],
        trade=parts["trade"],
        level=parts["level"],
        level_name=profile.level_name(parts["level"]),
        columns=columns_of(profile),
        full=plain_decimal(full),
        params=active,
        counts=outcome.counts,
        line=_text(outcome.line),
        quota=outcome.quota,
        quota_line=_text(outcome.quota_line),
        base=outcome.base,
        reached=len(outcome.reached),
        at_line=outcome.at_line,
        one_below=_one_below(figures, outcome.line),
        below_minimum=len(outcome.below_minimum),
        conditional_reached=len(outcome.conditional_reached),
        notes=outcome.notes,
        practical=profile.pass_rule.practical != "none",
        drawn_by=drawing.city or "",
        office=profile.authorities.get("city" if drawing.city else "province", ""),
        steps=tuple(drawing.steps),
        may_propose=viewer.city == drawing.city,
        mean=_text(shape.mean),
        highest=_text(shape.highest),
        lowest=_text(shape.lowest),
        histogram=tuple(
            (plain_decimal(bar.low), plain_decimal(bar.high), bar.count)
            for bar in distribution.histogram(figures, full, _BIN)
        ),
        cumulative=tuple(
            (plain_decimal(step.score), step.at_least, step.ties)
            for step in distribution.cumulative(figures)
        ),
        around=_around(entries, active, outcome.line),
        ties=_ties(members, active, outcome.line, set(outcome.reached)),
        cities=_cities(
            session,
            exam_id,
            [one for one in everyone if viewer.city in (None, one.city)],
            parts,
            active,
            outcome.line,
        ),
        panels=panel_cards(session, exam_id, key),
        judges=in_use(panel, active.panel),
        lines=line_cards(
            session,
            lines,
            drawing=drawing,
            viewer=viewer,
            snapshot=snapshot_digest(entries),
        ),
    )


def _card(
    key: str, entries: Sequence[Entry], lines: Sequence[CutScore], profile: Profile
) -> GroupCard:
    parts = parts_of(key)
    counts = count(entries)
    newest = under_way(lines) or in_effect(lines)
    drawing = drawing_of(parts, profile.line_authority)
    return GroupCard(
        key=key,
        city=parts["city"],
        trade=parts["trade"],
        level=parts["level"],
        level_name=profile.level_name(parts["level"]),
        counts=counts,
        state=newest.state if newest else "none",
        line=newest.line if newest else None,
        reached=newest.counts["reached"] if newest else None,
        small=0 < counts.valid < profile.pass_rule.small_group,
        drawn_by=drawing.city or "",
        filed=drawing.filed,
    )


def _starting_params(
    lines: Sequence[CutScore], entries: Sequence[Entry], profile: Profile
) -> LineParams:
    newest = under_way(lines) or in_effect(lines)
    if newest is not None:
        return stored_params(newest)
    params = params_of(profile)
    if params.mode != "line" or params.line is not None:
        return params
    figures = sorted(
        compared(entry, params.basis) for entry in entries if entry.standing is Standing.VALID
    )
    middle = figures[len(figures) // 2] if figures else Decimal(0)
    return msgspec.structs.replace(params, line=plain_decimal(middle))


def _full(profile: Profile, params: LineParams) -> Decimal:
    if params.basis == "sum":
        return Decimal(full_of(profile))
    return min(Decimal(subject.full_mark) for _, _, subject in profile.ordered)


def _one_below(figures: Iterable[Decimal], line: Decimal | None) -> int:
    """How many miss the line by one point or less."""
    if line is None:
        return 0
    return sum(line - 1 <= figure < line for figure in figures)


def _around(
    entries: Sequence[Entry], params: LineParams, line: Decimal | None
) -> tuple[NearbyLine, ...]:
    if line is None:
        return ()
    return tuple(
        NearbyLine(plain_decimal(step.line), step.reached, step.difference, step.ties)
        for step in distribution.around(entries, params, line)
    )


def _ties(
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


def _cities(
    session: Session,
    exam_id: str,
    everyone: Iterable[Person],
    parts: Mapping[str, str],
    params: LineParams,
    line: Decimal | None,
) -> tuple[CityLine, ...]:
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
    return CityLine(city, len(entries), reached, _text(line), own is not None)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain_decimal(value)
