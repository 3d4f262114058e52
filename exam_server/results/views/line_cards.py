"""A group's lines with the people behind each step, and what the viewer may do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.auth.views import staff_names
from exam_server.results.group_state import steps_of
from exam_server.results.rules.line_life import (
    ACTS,
    Drawing,
    LineState,
    is_next,
    may_act,
)
from exam_server.results.tables import CutScore, LineStep


class StepCard(msgspec.Struct, frozen=True):
    """One step that was taken. ``document``: the filing's number, else empty."""

    step: str
    by: str
    at_ms: int
    reason: str
    document: str


class LineCard(msgspec.Struct, frozen=True):
    """A stored line. ``stale``: the group's scores are no longer those it was drawn on.

    ``acts``: the steps that the viewer may take now; ``own``: the viewer proposed it, so that
    somebody else has to approve it; ``without``: the centres whose packages were missing when it
    was proposed, and why it went ahead.
    """

    id: str
    version: int
    state: str
    line: str | None
    params: dict[str, Any]
    counts: dict[str, Any]
    snapshot: str
    stale: bool
    steps: tuple[StepCard, ...]
    acts: tuple[str, ...]
    own: bool
    without: dict[str, Any] | None


def line_cards(
    session: Session, lines: Sequence[CutScore], *, drawing: Drawing, viewer: Staff, snapshot: str
) -> tuple[LineCard, ...]:
    """Newest first; ``snapshot``: digest of the group's present scores."""
    taken = steps_of(session, lines)
    names = staff_names(session, (step.staff_id for steps in taken.values() for step in steps))
    return tuple(
        _card(line, taken[line.id], names, drawing, viewer, snapshot) for line in reversed(lines)
    )


def _card(
    line: CutScore,
    steps: Sequence[LineStep],
    names: dict[str, str],
    drawing: Drawing,
    viewer: Staff,
    snapshot: str,
) -> LineCard:
    state = LineState(line.state)
    own = any(
        step.step == LineState.PROPOSED.value and step.staff_id == viewer.id for step in steps
    )
    return LineCard(
        id=line.id,
        version=line.version,
        state=line.state,
        line=line.line,
        params=line.params,
        counts=line.counts,
        snapshot=line.snapshot_digest,
        stale=line.snapshot_digest != snapshot,
        steps=tuple(
            StepCard(
                step.step,
                names.get(step.staff_id, step.staff_id),
                step.at_ms,
                step.reason,
                step.document,
            )
            for step in steps
        ),
        acts=tuple(
            act.value
            for act in ACTS
            if is_next(state, act, drawing)
            and may_act(act, state, drawing, viewer.city)
            and not (own and act is LineState.APPROVED)
        ),
        own=own,
        without=line.without,
    )
