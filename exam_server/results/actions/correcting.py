"""A correction of scoring keys from its proposal to its effect (DOMAIN D11).

Only the authority starts one; a candidate's complaint does not. Two persons of the authority
approve the consequences that the trial has shown; with the second approval they take effect, all at
once. What is rejected or withdrawn stays on record with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules import written
from exam_server.desk.tables import Exam
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.keys import CentreKeys
from exam_server.results.actions.rescoring import rescore
from exam_server.results.correction_effects import (
    Effects,
    approved_digest,
    effects_of,
    tried_rows,
)
from exam_server.results.corrections import (
    Change,
    exams_of,
    forms_of,
    found_correction,
    seal_letters,
    sitters,
    steps_of,
)
from exam_server.results.rules.correction_life import CorrectionState, may_go
from exam_server.results.tables import Correction, CorrectionStep
from exam_server.results.turn import take_turn
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx
from exam_server.vault.tables import Form
from question_bank.items.shape import Shape, well_formed

WITH_LETTERS = ("key", "accept")
CHANGES = ("full", "drop", "scale", *WITH_LETTERS, "restore")


def propose_correction(
    tx: Tx,
    *,
    exam_id: str,
    changes: Sequence[Change],
    reason: str,
    keys: CentreKeys,
    actor: Staff,
) -> str:
    """提出: name the items and what should be done to them; its id. Nobody's score changes.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``reason_required``, ``id_number_in_text``,
    ``correction_empty``, ``correction_item_twice``, ``correction_item``, ``correction_letters``
    422; ``correction_not_sat`` 409 where nobody of the exam sat one of the forms.
    """
    require(actor, Role.AUTHORITY, action="propose_correction")
    said = written.reason(reason, "correction_proposed")
    if tx.session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    if not changes:
        raise Refusal("correction_empty", 422)
    for at, one in enumerate(changes):
        if any((one.form, one.item) == (other.form, other.item) for other in changes[:at]):
            raise Refusal("correction_item_twice", 422, {"item": one.item})
        _refuse_unfit(tx, exam_id, one)
    ident = new_id()
    row = Correction(
        id=ident,
        exam_id=exam_id,
        items=[[one.form, one.item, one.change] for one in changes],
        sealed=seal_letters(keys, ident, [one.letters for one in changes]),
        reason=said,
        state=CorrectionState.PROPOSED.value,
        keys={},
        effects={},
        digest=None,
        applied_ms=None,
    )
    tx.session.add(row)
    tx.session.flush()
    note_step(tx, row, CorrectionState.PROPOSED, actor, reason=said)
    return ident


def approve_correction(tx: Tx, *, correction_id: str, actor: Staff, reason: str = "") -> bool:
    """批准; whether it has taken effect, by the approval of a second person.

    Refusals: ``forbidden`` 403, ``not_found`` 404; ``correction_step``, ``correction_same_person``
    409; ``correction_stale`` 409 when scores or lines are no longer those of the trial;
    ``correction_unfinished``, ``correction_released`` 409 as in :func:`rescore`.
    """
    require(actor, Role.AUTHORITY, action="approve_correction")
    said = written.words(reason, "correction_approved")
    take_turn(tx, found_correction(tx.session, correction_id).exam_id)
    row = locked(tx, correction_id)
    first = row.state == CorrectionState.TRIED.value
    to = CorrectionState.APPROVED if first else CorrectionState.APPLIED
    refuse_step(row, to)
    approver = None if first else _approver(tx, row)
    if approver == actor.id:
        raise Refusal("correction_same_person", 409)
    _refuse_stale(tx, row)
    if approver is not None:
        rescore(tx, row, first=f"staff:{approver}", second=actor)
        row.applied_ms = tx.now.wall_ms
    note_step(tx, row, to, actor, reason=said)
    return approver is not None


def reject_correction(tx: Tx, *, correction_id: str, reason: str, actor: Staff) -> None:
    """否决, by anybody of the authority, with the reason. Refusals as in :func:`_end`."""
    _end(tx, correction_id, CorrectionState.REJECTED, actor, reason)


def withdraw_correction(tx: Tx, *, correction_id: str, reason: str, actor: Staff) -> None:
    """撤回, by the person who proposed it, with the reason.

    Refusals as in :func:`_end`, and ``correction_not_yours`` 403.
    """
    proposer = steps_of(tx.session, [correction_id])[correction_id]
    if proposer and proposer[0].staff_id != actor.id:
        raise Refusal("correction_not_yours", 403)
    _end(tx, correction_id, CorrectionState.WITHDRAWN, actor, reason)


def _end(tx: Tx, correction_id: str, to: CorrectionState, actor: Staff, reason: str) -> None:
    """Refusals: ``forbidden`` 403, ``not_found`` 404, ``reason_required`` 422,
    ``correction_step`` 409."""
    require(actor, Role.AUTHORITY, action=f"{to}_correction")
    said = written.reason(reason, f"correction_{to}")
    row = locked(tx, correction_id)
    refuse_step(row, to)
    note_step(tx, row, to, actor, reason=said)


def locked(tx: Tx, correction_id: str) -> Correction:
    """The correction, for this command alone; ``not_found`` 404."""
    found_correction(tx.session, correction_id)
    return tx.lock(select(Correction).where(Correction.id == correction_id))[0]


def refuse_step(row: Correction, to: CorrectionState) -> None:
    """Refusal ``correction_step`` 409 unless this step is the next one."""
    if not may_go(CorrectionState(row.state), to):
        raise Refusal("correction_step", 409, {"state": row.state, "wanted": to.value})


def note_step(
    tx: Tx,
    row: Correction,
    to: CorrectionState,
    actor: Staff,
    *,
    second: Staff | None = None,
    reason: str = "",
) -> None:
    """Take the step; beside the correction and in the office's own record."""
    row.state = to.value
    taken = steps_of(tx.session, [row.id])[row.id]
    step = CorrectionStep(
        id=new_id(),
        correction_id=row.id,
        number=len(taken) + 1,
        step=to.value,
        staff_id=actor.id,
        second_id=second.id if second else None,
        at_ms=tx.now.wall_ms,
        reason=reason,
    )
    tx.session.add(step)
    facts: dict[str, Any] = {
        "correction": row.id,
        "exam": row.exam_id,
        "items": [list(one) for one in row.items],
        "keys": row.keys,
        "digest": row.digest,
    }
    facts |= {"second": second.actor} if second else {}
    facts |= {"reason": reason} if reason else {}
    record(tx, kind=f"correction_{to}", actor=actor.actor, data=facts)


def _refuse_unfit(tx: Tx, exam_id: str, one: Change) -> None:
    """What the form's shape can tell; the rest the scorer says at the trial."""
    form = tx.session.get(Form, one.form)
    shape = msgspec.convert(form.shape, Shape) if form is not None else None
    place = shape.find(one.item) if shape is not None else None
    if place is None or one.change not in CHANGES:
        raise Refusal("correction_item", 422, {"form": one.form, "item": one.item})
    fits = well_formed(*place, one.letters) and bool(one.letters) == (one.change in WITH_LETTERS)
    if not fits:
        raise Refusal("correction_letters", 422, {"item": one.item})
    if exam_id not in exams_of(tx.session, [one.form]):
        raise Refusal("correction_not_sat", 409, {"form": one.form})


def _approver(tx: Tx, row: Correction) -> str:
    """Who approved first, since the last trial."""
    steps = steps_of(tx.session, [row.id])[row.id]
    return next(step for step in reversed(steps) if step.step == CorrectionState.APPROVED).staff_id


def _refuse_stale(tx: Tx, row: Correction) -> None:
    """Everything that was shown is still so: who sat, their scores, the lines they meet."""
    tried = tried_rows(tx.session, row.id)
    now = {
        (one.attempt_id, one.head, one.version, one.points)
        for one in sitters(tx.session, forms_of(row))
    }
    same = now == {(one.attempt_id, one.head, one.version, one.before) for one in tried}
    effects = msgspec.convert(row.effects, Effects)
    if not same or effects_of(tx.session, row.exam_id, tried) != effects:
        raise Refusal("correction_stale", 409)
    if approved_digest(row.keys, tried, effects) != row.digest:
        raise Refusal("correction_stale", 409)
