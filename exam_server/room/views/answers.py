"""The answers of one attempt, for its own terminal after a reload or a move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Exam, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import of_exam
from exam_server.room.rules.recovery_life import UNDECIDED
from exam_server.room.tables import Attempt, RecoveryCase, Response
from exam_server.storage.listed import listed
from exam_server.vault.tables import Form, HeldSecret
from question_bank.items.shape import Shape

_FORM_AND_EXAM = (
    select(Attempt.id, Attempt.form_id, Sitting.exam_id)
    .join(Sitting, Sitting.id == Attempt.sitting_id)
    .where(Attempt.id.in_(listed("attempts")))
)


@dataclass(frozen=True, slots=True)
class FormRules:
    """What checking a response needs. ``grace_ms``: how long after zero it still counts."""

    shape: Shape
    grace_ms: int


class FormRulesShelf:
    """Shapes never change once sealed, so each attempt's is read once."""

    def __init__(self) -> None:
        self._by_attempt: dict[str, FormRules] = {}
        self._by_form: dict[tuple[str, str], FormRules] = {}  # form and exam

    def of_attempts(self, session: Session, ids: Sequence[str]) -> dict[str, FormRules]:
        """The shape and grace of each attempt that there is, by its id."""
        unread = [ident for ident in ids if ident not in self._by_attempt]
        if unread:
            self._read(session, unread)
        return {ident: self._by_attempt[ident] for ident in ids if ident in self._by_attempt}

    def _read(self, session: Session, ids: Sequence[str]) -> None:
        for attempt_id, form_id, exam_id in session.execute(_FORM_AND_EXAM, {"attempts": ids}):
            key = (form_id, exam_id)
            if key not in self._by_form:
                form, exam = session.get_one(Form, form_id), session.get_one(Exam, exam_id)
                shape = msgspec.convert(form.shape, Shape)
                grace_ms = of_exam(exam).room.accept_grace_seconds * 1000
                self._by_form[key] = FormRules(shape, grace_ms)
            self._by_attempt[attempt_id] = self._by_form[key]


def answers_of(session: Session, attempt_id: str, candidate_id: str) -> dict[str, Any]:
    """``{"responses": [...], "current_item": n}`` of the candidate's own attempt."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None or attempt.candidate_id != candidate_id:
        raise not_found("attempt", attempt_id)
    rows = session.scalars(select(Response).where(Response.attempt_id == attempt_id))
    return {
        "responses": [
            {
                "item": row.item_id,
                "options": row.options,
                "marked": row.marked,
                "revision": [row.fence, row.counter],
                "seq": row.seq,
                "digest": row.digest,
            }
            for row in rows
        ],
        "current_item": attempt.current_item,
    }


def forms_done(session: Session) -> set[str]:
    """Forms whose secrets are stored though nothing needs them any more.

    Needed: by a sitting between unsealing and the end of scoring, or by late evidence that
    two persons have not decided on yet.
    """
    return set(session.scalars(_unneeded(select(HeldSecret.form_id), HeldSecret.form_id)))


def forms_over(session: Session, held: set[str]) -> set[str]:
    """Those of the forms held in memory whose sittings have ended and need nothing any more."""
    ended = select(Attempt.form_id).join(Sitting, Sitting.id == Attempt.sitting_id)
    ended = ended.where(
        Attempt.form_id.in_(held), Sitting.state.in_((SittingState.SCORED, SittingState.RELEASED))
    )
    return set(session.scalars(_unneeded(ended, Attempt.form_id)))


def _unneeded(forms: Select[str], form_id: InstrumentedAttribute[str]) -> Select[str]:
    in_use = select(Attempt.form_id).join(Sitting, Sitting.id == Attempt.sitting_id)
    in_use = in_use.where(
        Sitting.state.in_((SittingState.UNSEALED, SittingState.RUNNING, SittingState.CLOSED))
    )
    undecided = select(Attempt.form_id).join(RecoveryCase, RecoveryCase.attempt_id == Attempt.id)
    undecided = undecided.where(RecoveryCase.state.in_(UNDECIDED))
    elsewhere = (in_use.correlate(None), undecided.correlate(None))
    return forms.where(*(form_id.not_in(others) for others in elsewhere))
