"""A group's lines, and the digest of the scores that went into them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.results.rules.entries import Entry
from exam_server.results.rules.judges import Panel
from exam_server.results.rules.line_life import OPEN, LineState
from exam_server.results.rules.lines import Outcome, draw_line
from exam_server.results.rules.params import ImpossibleParams, LineParams
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.tables import CutScore, LineStep
from question_bank.canonical import canonical


def lines_of(session: Session, exam_id: str, key: str | None = None) -> list[CutScore]:
    """The exam's (or one group's) lines, oldest first."""
    query = select(CutScore).where(CutScore.exam_id == exam_id)
    if key is not None:
        query = query.where(CutScore.group_key == key)
    return list(session.scalars(query.order_by(CutScore.group_key, CutScore.version)))


def steps_of(session: Session, lines: Iterable[CutScore]) -> dict[str, list[LineStep]]:
    """The steps of each line by its id, in the order they were taken."""
    found: dict[str, list[LineStep]] = {line.id: [] for line in lines}
    order = list(LineState)
    steps = session.scalars(select(LineStep).where(LineStep.cut_score_id.in_(found)))
    # a life without ways back: its order is that of the states, whatever a clock said
    for step in sorted(steps, key=lambda one: order.index(LineState(one.step))):
        found[step.cut_score_id].append(step)
    return found


def in_effect(lines: Iterable[CutScore]) -> CutScore | None:
    """The group's line, None without one; there is at most one."""
    return next((line for line in lines if line.state == LineState.EFFECTIVE), None)


def under_way(lines: Iterable[CutScore]) -> CutScore | None:
    """The line that is on its way, None without one; there is at most one per group."""
    return next((line for line in lines if line.state in OPEN), None)


def reopened(lines: Sequence[CutScore]) -> CutScore | None:
    """The group's newest line, where a correction has taken it out of effect and none followed."""
    newest = lines[-1] if lines else None
    return newest if newest is not None and newest.state == LineState.REOPENED else None


def outcome_of(entries: Sequence[Entry], params: LineParams, panel: Panel | None = None) -> Outcome:
    """:func:`draw_line` with its refusal: ``line_params`` 422 naming the field."""
    try:
        return draw_line(entries, params, panel)
    except ImpossibleParams as problem:
        raise Refusal("line_params", 422, {"field": str(problem)}) from None


def snapshot_digest(entries: Iterable[Entry]) -> str:
    """SHA-256 (hex) of the canonical standings and scores, by candidate id."""
    rows = sorted(
        [
            entry.candidate_id,
            entry.standing.value,
            {subject: plain_decimal(points) for subject, points in entry.subjects.items()},
        ]
        for entry in entries
    )
    return hashlib.sha256(canonical(rows)).hexdigest()


def counts_of(outcome: Outcome) -> dict[str, Any]:
    """What is stored beside a line: integers only."""
    counts: dict[str, Any] = msgspec.to_builtins(outcome.counts)
    return counts | {
        "base": outcome.base,
        "quota": outcome.quota,
        "reached": len(outcome.reached),
        "at_line": outcome.at_line,
        "below_minimum": len(outcome.below_minimum),
        "conditional_reached": len(outcome.conditional_reached),
    }


def stored_params(line: CutScore) -> LineParams:
    """The parameters a stored line was drawn with."""
    return msgspec.convert(line.params, LineParams)
