"""An approved correction takes effect: a new version of every score of its forms, journalled, and
every line that rested on the old ones is to be decided again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.results.actions.golden import note_golden
from exam_server.results.actions.scoring import told
from exam_server.results.attempts import SOURCES
from exam_server.results.corrections import forms_of
from exam_server.results.rules.line_life import LineState
from exam_server.results.tables import (
    Correction,
    CutScore,
    LineStep,
    ReleasedResult,
    Score,
    TrialScore,
)
from exam_server.room import journal
from exam_server.room.actions.heads import take_heads
from exam_server.room.tables import Attempt
from exam_server.storage.acts import record
from exam_server.storage.base import Base
from exam_server.storage.tx import Tx

_INSERT = insert(Base.metadata.tables[Score.__tablename__])


def refuse_early_or_late(session: Session, form_ids: Iterable[str]) -> None:
    """A key is corrected after the scoring and before the publication (DOMAIN D11).

    Refusals 409: ``correction_unfinished``, ``correction_released``, naming a sitting;
    ``correction_published``, naming a person.
    """
    wanted = list(form_ids)
    for source in SOURCES:
        published = (
            select(Candidate.ticket)
            .join(source, source.candidate_id == Candidate.id)
            .join(ReleasedResult, ReleasedResult.candidate_id == Candidate.id)
            .where(source.form_id.in_(wanted))
            .limit(1)
        )
        for ticket in session.scalars(published):
            raise Refusal("correction_published", 409, {"ticket": ticket})
    sat = select(Attempt.sitting_id).where(Attempt.form_id.in_(wanted))
    for where in session.scalars(select(Sitting).where(Sitting.id.in_(sat)).order_by(Sitting.id)):
        facts: dict[str, object] = {"sitting": where.name, "room": where.room}
        if where.state == SittingState.RELEASED:
            raise Refusal("correction_released", 409, facts)
        if where.state != SittingState.SCORED:
            raise Refusal("correction_unfinished", 409, facts)


def rescore(tx: Tx, row: Correction, *, first: str, second: Staff) -> None:
    """Give everybody of the trial the score it found.

    ``first``: the actor of the first approval. Refusals: :func:`refuse_early_or_late`.
    """
    refuse_early_or_late(tx.session, forms_of(row))
    trial = tx.session.scalars(
        select(TrialScore).where(TrialScore.correction_id == row.id).order_by(TrialScore.attempt_id)
    ).all()
    concerned = Attempt.id.in_(
        select(TrialScore.attempt_id).where(
            TrialScore.correction_id == row.id, TrialScore.imported_id == ""
        )
    )
    halls = tx.lock(
        select(Sitting)
        .where(Sitting.id.in_(select(Attempt.sitting_id).where(concerned)))
        .order_by(Sitting.id)
    )
    found = tx.lock(select(Attempt).where(concerned).order_by(Attempt.id))
    attempts = {one.id: one for one in found}
    for hall in halls:
        mine = [
            one
            for one in trial
            if one.attempt_id in attempts and attempts[one.attempt_id].sitting_id == hall.id
        ]
        _note_keys(tx, row, hall, sorted({one.form_id for one in mine}), first, second)
    _give(tx, row, trial, attempts)
    for hall in halls:
        take_heads(tx, hall)
    _reopen_lines(tx, row, second)


def _note_keys(
    tx: Tx, row: Correction, hall: Sitting, forms: Sequence[str], first: str, second: Staff
) -> None:
    """In each hall's own record: which key took the place of which, by whom, and why."""
    for form in forms:
        key: dict[str, Any] = row.keys[form]
        data = {
            "form": form,
            "from": key["from"],
            "to": key["to"],
            "version": key["version"],
            "correction": row.id,
            "first": first,
            "second": second.actor,
            "reason": row.reason,
        }
        journal.append(tx, chain=hall, kind="key_corrected", actor=second.actor, data=data)
        note_golden(tx, where=hall, form_id=form, scoring_digest=key["to"], points=key["golden"])


def _give(
    tx: Tx, row: Correction, trial: Sequence[TrialScore], attempts: dict[str, Attempt]
) -> None:
    rows = [
        {
            "id": new_id(),
            "attempt_id": one.attempt_id,
            "version": one.version + 1,
            "points": one.after,
            "sections": one.sections,
            "attempt_head": one.head,
            "scoring_digest": row.keys[one.form_id]["to"],
            "scored_ms": tx.now.wall_ms,
            "reason": f"rescoring {row.id}: {row.reason}",
        }
        for one in trial
    ]
    tx.session.flush()
    tx.session.connection().execute(_INSERT, rows)
    turns = [
        journal.Turn(attempts[str(new["attempt_id"])], told(new))
        for new in rows
        if new["attempt_id"] in attempts  # a centre's journal stays with the centre
    ]
    journal.append_to_each(tx, kind="scored", actor="system", turns=turns)


def _reopen_lines(tx: Tx, row: Correction, actor: Staff) -> None:
    """A line in effect rests on scores that are no longer: it decides nothing until the office
    whose line it is has decided again, on the new ones."""
    moved = {
        group["key"]: group
        for group in row.effects["groups"]
        if group["raised"] or group["lowered"]
    }
    lines = tx.lock(
        select(CutScore)
        .where(
            CutScore.exam_id == row.exam_id,
            CutScore.state == LineState.EFFECTIVE.value,
            CutScore.group_key.in_(list(moved)),
        )
        .order_by(CutScore.id)
    )
    for line in lines:
        line.state = LineState.REOPENED.value
        tx.session.add(
            LineStep(
                id=new_id(),
                cut_score_id=line.id,
                step=line.state,
                staff_id=actor.id,
                at_ms=tx.now.wall_ms,
                reason=row.reason,
                document="",
            )
        )
        facts = {
            "line": line.id,
            "exam": line.exam_id,
            "group": line.group_key,
            "version": line.version,
            "correction": row.id,
        }
        record(tx, kind="line_reopened", actor=actor.actor, data=facts)
