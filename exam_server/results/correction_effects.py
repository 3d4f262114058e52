"""What a correction would do to every group: from trial scores to who crosses which line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.profiles.profile import Profile
from exam_server.results.group_state import (
    in_effect,
    lines_of,
    outcome_of,
    stored_params,
    under_way,
)
from exam_server.results.panels import panel_of
from exam_server.results.people import Person, by_group, people
from exam_server.results.records import exam_and_profile, params_of
from exam_server.results.rules.crossing import COMPARED, crossings, moved, with_points
from exam_server.results.rules.entries import Entry
from exam_server.results.rules.lines import floor_of
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore, TrialScore
from question_bank.canonical import canonical


class Tried(NamedTuple):
    """One attempt's score as it is and as it would be; ``head``: the chain head scored."""

    attempt_id: str
    candidate_id: str
    subject: str
    form_id: str
    head: str
    version: int
    before: str
    after: str


def tried_rows(session: Session, correction_id: str) -> list[Tried]:
    """The trial of a correction, by attempt id."""
    rows = session.execute(
        select(
            *(TrialScore.attempt_id, TrialScore.candidate_id, TrialScore.subject),
            *(TrialScore.form_id, TrialScore.head, TrialScore.version),
            *(TrialScore.before, TrialScore.after),
        )
        .where(TrialScore.correction_id == correction_id)
        .order_by(TrialScore.attempt_id)
    )
    return [Tried(*row) for row in rows]


class GroupEffect(msgspec.Struct, frozen=True):
    """One group. ``line``: the one it is held against, None without one; ``line_from``: the
    state of that line, ``profile`` where the rules name it, ``none``. ``redrawn``: what the same
    method draws from the new scores. ``up``, ``down``: how many cross."""

    key: str
    people: int
    raised: int
    lowered: int
    same: int
    line_id: str | None
    line_from: str
    line: str | None
    redrawn: str | None
    up: int
    down: int


class Effects(msgspec.Struct, frozen=True):
    """``attempts``: all that are scored anew, and how many of them have more, less or the same.
    ``crossing``: [candidate id, group, reaches the line now, before, after]."""

    attempts: int
    raised: int
    lowered: int
    same: int
    groups: tuple[GroupEffect, ...]
    crossing: tuple[tuple[str, str, bool, str, str], ...]


class Pair(NamedTuple):
    """The people of a group with their entries before and after."""

    members: list[Person]
    before: list[Entry]
    after: list[Entry]


def pairs(
    session: Session, profile: Profile, exam_id: str, tried: Iterable[Tried]
) -> dict[str, Pair]:
    """The groups in which somebody is scored anew, whole, by key."""
    before: dict[str, dict[str, Decimal]] = {}
    after: dict[str, dict[str, Decimal]] = {}
    for one in tried:
        before.setdefault(one.candidate_id, {})[one.subject] = Decimal(one.before)
        after.setdefault(one.candidate_id, {})[one.subject] = Decimal(one.after)
    found: dict[str, Pair] = {}
    for key, members in by_group(people(session, profile, exam_id=exam_id), profile).items():
        if any(person.entry.candidate_id in after for person in members):
            entries = [person.entry for person in members]
            found[key] = Pair(members, with_points(entries, before), with_points(entries, after))
    return found


def effects_of(session: Session, exam_id: str, tried: Sequence[Tried]) -> Effects:
    """Everything that would follow, with the lines as they stand now."""
    _, profile = exam_and_profile(session, exam_id)
    lines: dict[str, list[CutScore]] = {}
    for line in lines_of(session, exam_id):
        lines.setdefault(line.group_key, []).append(line)
    steps = [Decimal(one.after) - Decimal(one.before) for one in tried]
    raised, lowered = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    groups: list[GroupEffect] = []
    crossing: list[tuple[str, str, bool, str, str]] = []
    for key, pair in pairs(session, profile, exam_id, tried).items():
        group, crossed = _group(session, exam_id, key, pair, lines.get(key, []), profile)
        groups.append(group)
        crossing += crossed
    return Effects(
        attempts=len(tried),
        raised=raised,
        lowered=lowered,
        same=len(steps) - raised - lowered,
        groups=tuple(groups),
        crossing=tuple(crossing),
    )


def approved_digest(keys: Mapping[str, Any], tried: Iterable[Tried], effects: Effects) -> str:
    """SHA-256 (hex) of all that an approval is given for: keys, scores, consequences."""
    whole = {
        "keys": dict(keys),
        "scores": sorted([one.attempt_id, one.head, one.version, one.before, one.after]
                         for one in tried),
        "effects": msgspec.to_builtins(effects),
    }  # fmt: skip
    return hashlib.sha256(canonical(whole)).hexdigest()


def _group(
    session: Session,
    exam_id: str,
    key: str,
    pair: Pair,
    lines: Sequence[CutScore],
    profile: Profile,
) -> tuple[GroupEffect, list[tuple[str, str, bool, str, str]]]:
    stored = in_effect(lines) or under_way(lines)
    params = stored_params(stored) if stored else params_of(profile)
    line = _line(stored, params, pair)
    crossed = crossings(pair.before, pair.after, line, params)
    change = moved(pair.before, pair.after, params.basis)
    effect = GroupEffect(
        key=key,
        people=sum(entry.standing in COMPARED for entry in pair.before),
        raised=change.raised,
        lowered=change.lowered,
        same=change.same,
        line_id=stored.id if stored else None,
        line_from=stored.state if stored else "none" if line is None else "profile",
        line=None if line is None else plain_decimal(line),
        redrawn=_redrawn(session, exam_id, key, pair.after, params) if stored else None,
        up=sum(one.up for one in crossed),
        down=sum(not one.up for one in crossed),
    )
    return effect, [
        (one.candidate_id, key, one.up, plain_decimal(one.before), plain_decimal(one.after))
        for one in crossed
    ]


def _line(stored: CutScore | None, params: LineParams, pair: Pair) -> Decimal | None:
    """The line that is there; what the rules of the province name where none was drawn yet."""
    if stored is not None:
        return None if stored.line is None else Decimal(stored.line)
    if params.line is not None and params.mode in ("fixed", "line"):
        return Decimal(params.line)
    return floor_of(pair.before, params) if params.mode == "fixed" else None


def _redrawn(
    session: Session, exam_id: str, key: str, after: Sequence[Entry], params: LineParams
) -> str | None:
    try:
        outcome = outcome_of(after, params, panel_of(session, exam_id, key, params))
    except Refusal:  # the judges' sheet does not fit any more: the line has to be drawn by hand
        return None
    return None if outcome.line is None else plain_decimal(outcome.line)
