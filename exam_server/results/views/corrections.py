"""Corrections for those who decide: what is proposed, what it would do, whose turn it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff
from exam_server.auth.views import staff_names
from exam_server.desk.tables import Candidate
from exam_server.keys import CentreKeys
from exam_server.profiles.profile import Profile
from exam_server.results.attempts import SOURCES
from exam_server.results.correction_effects import Effects, GroupEffect, pairs, tried_rows
from exam_server.results.corrections import changes_of, found_correction, steps_of
from exam_server.results.records import exam_and_profile
from exam_server.results.rules import distribution
from exam_server.results.rules.correction_life import OPEN, CorrectionState, may_go
from exam_server.results.rules.crossing import COMPARED
from exam_server.results.rules.entries import compared
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import Correction, CorrectionStep
from exam_server.vault.tables import Form
from question_bank.items.shape import Shape

_BIN = Decimal(2)  # points per bar
_CROSSING_SHOWN = 500
NOBODY = Staff("", "", "", Role.AUTHORITY)  # who only reads


class ItemPlace(msgspec.Struct, frozen=True):
    """An item of a form as a person finds it. ``number``: its place in the sealed order."""

    id: str
    number: int
    type: str
    options: int
    points: str


class FormPlace(msgspec.Struct, frozen=True):
    """A form that was sat. ``people``: who handed it in."""

    id: str
    package: str
    subject: str
    subject_en: str
    trade: str
    level: str
    people: int
    items: tuple[ItemPlace, ...]


class StepCard(msgspec.Struct, frozen=True):
    """A step that was taken. ``second``: who opened the scoring key with them, else empty."""

    step: str
    by: str
    second: str
    at_ms: int
    reason: str


class ChangeCard(msgspec.Struct, frozen=True):
    """One item, and what is done to it; ``letters``: canonical, empty where there are none.
    Subjects by their names, as in every card here."""

    form: str
    subject: str
    subject_en: str
    item: str
    number: int
    type: str
    change: str
    letters: str


class CorrectionCard(msgspec.Struct, frozen=True):
    """A correction in the list. ``acts``: the steps that the viewer may take now."""

    id: str
    state: str
    reason: str
    changes: tuple[ChangeCard, ...]
    steps: tuple[StepCard, ...]
    acts: tuple[str, ...]
    effects: Effects | None
    digest: str | None


class GroupLine(msgspec.Struct, frozen=True):
    """One group's effect, with its name in parts."""

    city: str
    trade: str
    level: str
    level_name: str
    effect: GroupEffect


class CrossingLine(msgspec.Struct, frozen=True):
    """One person on the other side of the line. ``up``: reaches it now."""

    name: str
    ticket: str | None
    city: str
    unit: str
    trade: str
    level: str
    level_name: str
    up: bool
    before: str
    after: str


class CorrectionDetail(msgspec.Struct, frozen=True):
    """``bars``: (from, to, people before, people after), the figure that is held against the line
    of everybody concerned. ``keys``: form → (scoring digest before, after). ``hidden``: crossing
    people who are not listed."""

    card: CorrectionCard
    exam_id: str
    exam: str
    keys: dict[str, tuple[str, str]]
    bars: tuple[tuple[str, str, int, int], ...]
    groups: tuple[GroupLine, ...]
    crossing: tuple[CrossingLine, ...]
    hidden: int


def correction_cards(
    session: Session, exam_id: str, *, keys: CentreKeys, viewer: Staff
) -> list[CorrectionCard]:
    """Every correction of the exam, those under way first, then the newest; none is ever gone."""
    _, profile = exam_and_profile(session, exam_id)
    rows = list(session.scalars(select(Correction).where(Correction.exam_id == exam_id)))
    steps = steps_of(session, [row.id for row in rows])
    cards = [_card(session, row, steps[row.id], _changes(session, row, keys, profile), viewer)
             for row in rows]  # fmt: skip
    return sorted(cards, key=lambda card: (card.state not in OPEN, -card.steps[0].at_ms, card.id))


def correction_detail(
    session: Session, correction_id: str, *, keys: CentreKeys, viewer: Staff
) -> CorrectionDetail:
    """One correction with its table before/after; ``not_found`` 404."""
    row = found_correction(session, correction_id)
    exam, profile = exam_and_profile(session, row.exam_id)
    changes = _changes(session, row, keys, profile)
    card = _card(session, row, steps_of(session, [row.id])[row.id], changes, viewer)
    effects = card.effects
    crossing = effects.crossing if effects else ()
    return CorrectionDetail(
        card=card,
        exam_id=exam.id,
        exam=exam.name,
        keys={form: (key["from"], key["to"]) for form, key in row.keys.items()},
        bars=_bars(session, row, profile) if effects else (),
        groups=tuple(_group(one, profile) for one in effects.groups) if effects else (),
        crossing=_crossing(session, profile, crossing[:_CROSSING_SHOWN]),
        hidden=max(0, len(crossing) - _CROSSING_SHOWN),
    )


def forms_to_correct(session: Session, exam_id: str) -> list[FormPlace]:
    """The forms that somebody of the exam handed in, with their items. ``not_found`` 404."""
    _, profile = exam_and_profile(session, exam_id)
    handed_in = Counter(
        form
        for source in SOURCES
        for form in session.scalars(
            select(source.form_id)
            .join(Candidate, Candidate.id == source.candidate_id)
            .where(Candidate.exam_id == exam_id, source.state == "submitted")
        )
    )
    forms = session.scalars(select(Form).order_by(Form.subject, Form.trade, Form.level, Form.id))
    return [
        FormPlace(
            id=form.id,
            package=form.package_id,
            subject=_subject(profile, form.subject)[0],
            subject_en=_subject(profile, form.subject)[1],
            trade=form.trade,
            level=form.level,
            people=handed_in[form.id],
            items=tuple(_items(form)),
        )
        for form in forms
        if form.id in handed_in
    ]


def _items(form: Form | None) -> list[ItemPlace]:
    if form is None:
        return []
    shape = msgspec.convert(form.shape, Shape)
    places = [(section, item) for section in shape.sections for item in section.items]
    return [
        ItemPlace(item.id, number, section.type.value, item.options, section.points)
        for number, (section, item) in enumerate(places, start=1)
    ]


def _card(
    session: Session,
    row: Correction,
    steps: Sequence[CorrectionStep],
    changes: tuple[ChangeCard, ...],
    viewer: Staff,
) -> CorrectionCard:
    names = staff_names(
        session, (ident for step in steps for ident in (step.staff_id, step.second_id))
    )
    return CorrectionCard(
        id=row.id,
        state=row.state,
        reason=row.reason,
        changes=changes,
        steps=tuple(
            StepCard(
                step.step,
                names.get(step.staff_id, step.staff_id),
                names.get(step.second_id or "", step.second_id or ""),
                step.at_ms,
                step.reason,
            )
            for step in steps
        ),
        acts=_acts(CorrectionState(row.state), steps, viewer),
        effects=msgspec.convert(row.effects, Effects) if row.effects else None,
        digest=row.digest,
    )


def _changes(
    session: Session, row: Correction, keys: CentreKeys, profile: Profile
) -> tuple[ChangeCard, ...]:
    found = []
    for one in changes_of(row, keys):
        form = session.get(Form, one.form)
        place = next(place for place in _items(form) if place.id == one.item)
        names = _subject(profile, form.subject if form else "")
        found.append(
            ChangeCard(
                one.form, *names, one.item, place.number, place.type, one.change, one.letters
            )
        )
    return tuple(found)


def _subject(profile: Profile, subject: str) -> tuple[str, str]:
    """Its names in both languages."""
    found = profile.subjects.get(subject)
    return (found.name, found.name_en) if found else (subject, subject)


def _acts(
    state: CorrectionState, steps: Sequence[CorrectionStep], viewer: Staff
) -> tuple[str, ...]:
    """What this person may do: no one approves twice, and only the proposer withdraws."""
    mine = steps[0].staff_id == viewer.id
    next_approval = (
        CorrectionState.APPLIED if state is CorrectionState.APPROVED else CorrectionState.APPROVED
    )
    approved = state is CorrectionState.APPROVED and steps[-1].staff_id == viewer.id
    possible = {
        "try": may_go(state, CorrectionState.TRIED),
        "approve": may_go(state, next_approval) and not approved,
        "reject": may_go(state, CorrectionState.REJECTED),
        "withdraw": may_go(state, CorrectionState.WITHDRAWN) and mine,
    }
    return tuple(name for name, there in possible.items() if there)


def _bars(
    session: Session, row: Correction, profile: Profile
) -> tuple[tuple[str, str, int, int], ...]:
    found = pairs(session, profile, row.exam_id, tried_rows(session, row.id)).values()
    before, after = (
        [
            compared(entry, profile.pass_rule.basis)
            for pair in found
            for entry in getattr(pair, side)
            if entry.standing in COMPARED
        ]
        for side in ("before", "after")
    )
    marks = [Decimal(subject.full_mark) for _, _, subject in profile.ordered]
    full = sum(marks, Decimal(0)) if profile.pass_rule.basis == "sum" else min(marks)
    both = zip(
        distribution.histogram(before, full, _BIN),
        distribution.histogram(after, full, _BIN),
        strict=True,
    )
    return tuple(
        (plain_decimal(old.low), plain_decimal(old.high), old.count, new.count) for old, new in both
    )


def _group(effect: GroupEffect, profile: Profile) -> GroupLine:
    parts = parts_of(effect.key)
    name = profile.level_name(parts["level"])
    return GroupLine(parts["city"], parts["trade"], parts["level"], name, effect)


def _crossing(
    session: Session, profile: Profile, shown: Iterable[tuple[str, str, bool, str, str]]
) -> tuple[CrossingLine, ...]:
    listed = list(shown)
    people = {
        one.id: one
        for one in session.scalars(
            select(Candidate).where(Candidate.id.in_([ident for ident, *_ in listed]))
        )
    }
    return tuple(
        CrossingLine(
            person.name,
            person.ticket,
            person.city,
            person.unit,
            person.trade,
            person.level,
            profile.level_name(person.level),
            up,
            before,
            after,
        )
        for ident, _, up, before, after in listed
        for person in [people[ident]]
    )
