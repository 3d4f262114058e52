"""Groups and their lines: the list, and one group with what a line would do (look 08)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.desk.rules.lifecycle import ENDED
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import Refusal, forbidden
from exam_server.profiles.profile import Profile
from exam_server.results.group_state import (
    in_effect,
    lines_of,
    outcome_of,
    reopened,
    snapshot_digest,
    stored_params,
    under_way,
)
from exam_server.results.missing import missing_centres
from exam_server.results.panels import panel_of
from exam_server.results.people import alike, by_group, people
from exam_server.results.records import exam_and_profile, params_of
from exam_server.results.rules import distribution
from exam_server.results.rules.entries import Entry, Standing, count
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.line_life import drawing_of, may_see
from exam_server.results.rules.lines import figures_of
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore
from exam_server.results.views import line_effects
from exam_server.results.views.group_shapes import (
    GroupCard,
    GroupDetail,
)
from exam_server.results.views.judges import PanelCard, in_use, panel_cards
from exam_server.results.views.line_cards import line_cards
from exam_server.results.views.table import columns_of, full_of

_BIN = Decimal(2)  # points per bar


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


def exams_with_people(session: Session) -> dict[str, str]:
    """Exam names by id: those that have ended somewhere first, then the newest."""
    ended = (
        select(Sitting.exam_id)
        .where(Sitting.state.in_([state.value for state in ENDED]))
        .distinct()
    )
    rows = session.execute(
        select(Exam.id, Exam.name)
        .where(Exam.id.in_(select(Candidate.exam_id).distinct()))
        .order_by(Exam.id.in_(ended).desc(), Exam.year.desc(), Exam.name)
    )
    return {row.id: row.name for row in rows}


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
    panels = panel_cards(session, exam_id, key)
    active = params or _starting_params(lines, entries, profile, panels)
    panel = panel_of(session, exam_id, key, active)
    outcome = outcome_of(entries, active, panel)
    drawing = drawing_of(parts, profile.line_authority)
    reached = set(outcome.reached)
    figures = _figures(entries, active)
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
        one_below=line_effects.one_below(figures, outcome.line),
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
        around=line_effects.around(entries, active, outcome.line),
        ties=line_effects.ties(members, active, outcome.line, reached),
        units=line_effects.units(members, reached),
        missing=missing_centres(session, exam_id, members),
        cities=line_effects.cities(
            session,
            exam_id,
            [one for one in everyone if viewer.city in (None, one.city)],
            parts,
            active,
            outcome.line,
        ),
        earlier=line_effects.earlier_line(session, exam, key, active),
        panels=panels,
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
    newest = under_way(lines) or in_effect(lines) or reopened(lines)
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
    lines: Sequence[CutScore],
    entries: Sequence[Entry],
    profile: Profile,
    panels: Sequence[PanelCard],
) -> LineParams:
    newest = under_way(lines) or in_effect(lines) or reopened(lines)
    if newest is not None:
        return stored_params(newest)
    params = params_of(profile)
    if params.mode in ("angoff", "hofstee"):
        sheet = next((one.digest for one in panels if one.method == params.mode), None)
        mode = params.mode if sheet is not None else "line"  # until the judges' sheet is there
        params = msgspec.structs.replace(params, mode=mode, panel=sheet)
    if params.mode != "line" or params.line is not None:
        return params
    figures = _figures(entries, params)
    middle = figures[len(figures) // 2] if figures else Decimal(0)
    return msgspec.structs.replace(params, line=plain_decimal(middle))


def _figures(entries: Sequence[Entry], params: LineParams) -> list[Decimal]:
    """What is held against the line, the lowest first."""
    return sorted(figure for _, figure in figures_of(entries, params, Standing.VALID))


def _full(profile: Profile, params: LineParams) -> Decimal:
    if params.basis == "sum":
        return Decimal(full_of(profile))
    return min(Decimal(subject.full_mark) for _, _, subject in profile.ordered)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain_decimal(value)
