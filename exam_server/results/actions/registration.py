"""Changing a registration after the roster came in, whatever stage the person has reached.

What a change means is read from one table (:mod:`exam_server.desk.rules.changes`); here it is
carried out and recorded. By a person for one candidate, or by a file for many: then all of it or
nothing, and only what differs is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.desk.rules import written
from exam_server.desk.rules.changes import Change, Effect, Registration, Stage, effect_of
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.needs import needs_of
from exam_server.desk.rules.photo import media_type
from exam_server.desk.rules.wishes import Stands, Step, Wish, steps
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.desk.update_file import UPDATES, UpdateRow
from exam_server.desk.views import whole_rules
from exam_server.errors import Refusal, not_found
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile
from exam_server.results.official import published
from exam_server.results.tables import MergedAttempt
from exam_server.results.turn import take_turn
from exam_server.room import journal
from exam_server.room.actions.people import candidate
from exam_server.room.rules.lifecycle import ENDED, AttemptState, advance
from exam_server.room.tables import Attempt, Terminal
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


class Applied(msgspec.Struct, frozen=True):
    """One change as it was made, and what it did."""

    candidate_id: str
    name: str
    change: Change
    stage: Stage
    effect: Effect


class UpdateReceipt(msgspec.Struct, frozen=True):
    """What a file changed: persons read, persons changed, and every change."""

    read: int
    changed: int
    applied: tuple[Applied, ...]


def change_registration(
    tx: Tx, *, candidate_id: str, wish: Wish, reason: str, actor: Staff
) -> tuple[Applied, ...]:
    """Bring one person's registration to what is wished; the changes that made, maybe none.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``reason_required``, ``id_number_in_text``,
    ``route_unknown``, ``name_empty`` 422; ``change_too_late`` 409.
    """
    require(actor, *OFFICE, action="change_registration")
    said = written.reason(reason, "registration_changed")
    person = candidate(tx, candidate_id)
    rules = whole_rules(tx.session, person.exam_id)
    if wish.route is not None and wish.route != "normal" and wish.route not in rules.routes:
        raise Refusal("route_unknown", 422, {"route": wish.route[:40]})
    if wish.name is not None and not wish.name.strip():
        raise Refusal("name_empty", 422)
    return tuple(_apply(tx, person, wish, rules, said, actor))


def replace_photo(
    tx: Tx, *, candidate_id: str, photo: bytes, fields: FieldCipher, reason: str, actor: Staff
) -> Applied:
    """Another photo, encrypted. Refusals as above; ``photo_unreadable`` 422."""
    require(actor, *OFFICE, action="change_registration")
    said = written.reason(reason, "registration_changed")
    person = candidate(tx, candidate_id)
    if media_type(photo) is None:
        raise Refusal("photo_unreadable", 422)
    sealed = fields.seal(photo, f"candidate.photo:{person.id}")
    step = Step(Change.PHOTO, {"photo_cipher": sealed}, {})
    return _carry_out(tx, person, step, said, actor)


def apply_updates(
    tx: Tx, *, exam_id: str, rows: Sequence[UpdateRow], fields: FieldCipher, actor: Staff
) -> UpdateReceipt:
    """Bring every person of the file to what it says, or nobody.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``update_problems`` 422 with every problem by
    row and column (not registered, another name, a change that comes too late).
    """
    require(actor, *OFFICE, action="change_registration")
    if tx.session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    take_turn(tx, exam_id)
    rules = whole_rules(tx.session, exam_id)
    people = _people(tx, exam_id, fields, rows)
    problems: list[dict[str, object]] = []
    applied: list[Applied] = []
    for row in rows:
        person = people.get(row.row)
        if person is None:
            problems.append(UPDATES.problem(row.row, "id_number", "update_not_registered"))
        elif row.name and person.name not in (row.name, row.wish.name):
            problems.append(UPDATES.problem(row.row, "name", "update_name_differs"))
        else:
            try:
                applied += _apply(tx, person, row.wish, rules, row.reason, actor)
            except Refusal as refusal:
                problems.append(UPDATES.problem(row.row, "name", refusal.code, **refusal.facts))
    if problems:
        raise UPDATES.refusal(problems)
    return UpdateReceipt(len(rows), len({one.candidate_id for one in applied}), tuple(applied))


def _apply(
    tx: Tx, person: Candidate, wish: Wish, rules: Profile, reason: str, actor: Staff
) -> list[Applied]:
    now = Stands(
        registration=Registration(person.registration),
        conditional=person.conditional,
        paid=person.paid,
        route=person.route,
        name=person.name,
        needs=needs_of(person.needs),
    )
    return [_carry_out(tx, person, step, reason, actor) for step in steps(wish, now, rules)]


def _carry_out(tx: Tx, person: Candidate, step: Step, reason: str, actor: Staff) -> Applied:
    stage, attempts = _stage(tx, person)
    effect = effect_of(step.change, stage)
    for field, value in step.values.items():
        setattr(person, field, value)
    if effect is Effect.UNSEATED:
        person.sitting_id = person.seat = None
    elif effect is Effect.MARKED_ABSENT:
        for attempt in attempts:
            attempt.state = advance(attempt.state, AttemptState.ABSENT)
            journal.append(
                tx, chain=attempt, kind="absent", actor=actor.actor, data={"reason": reason}
            )
    tx.session.flush()
    data: Mapping[str, Any] = {
        "candidate": person.id,
        "change": step.change.value,
        "stage": stage.value,
        "effect": effect.value,
        "reason": reason,
        **step.told,
    }
    record(tx, kind="registration_changed", actor=actor.actor, data=dict(data))
    return Applied(person.id, person.name, step.change, stage, effect)


def _stage(tx: Tx, person: Candidate) -> tuple[Stage, Sequence[Attempt]]:
    """How far the person has come, and their attempts on this machine in the block's order.

    At the authority's hub they sat elsewhere: what their centre's package brought counts as well,
    and so does what was published of them.
    """
    stage, attempts = _stage_here(tx, person)
    merged = select(MergedAttempt.id).where(MergedAttempt.candidate_id == person.id).limit(1)
    if published(tx.session, person.id):
        stage = Stage.RELEASED
    elif stage in (Stage.LISTED, Stage.SEATED) and tx.session.scalar(merged):
        stage = Stage.ENDED
    return stage, attempts


def _stage_here(tx: Tx, person: Candidate) -> tuple[Stage, Sequence[Attempt]]:
    where = None if person.sitting_id is None else tx.session.get(Sitting, person.sitting_id)
    if where is None:
        return Stage.LISTED, ()
    mine = select(Attempt).where(Attempt.candidate_id == person.id).order_by(Attempt.id)
    attempts = sorted(tx.lock(mine), key=lambda one: one.ordinal)
    if where.state == SittingState.RELEASED:
        return Stage.RELEASED, attempts
    if not attempts:
        return Stage.SEATED, ()
    if all(AttemptState(one.state) in ENDED for one in attempts):
        return Stage.ENDED, attempts
    here = tx.session.get(Terminal, person.id) is not None
    arrived = here or attempts[0].state != AttemptState.ASSIGNED
    return (Stage.PRESENT if arrived else Stage.ASSIGNED), attempts


def _people(
    tx: Tx, exam_id: str, fields: FieldCipher, rows: Sequence[UpdateRow]
) -> dict[int, Candidate]:
    """By the file's row, those who are registered."""
    wanted = {fields.lookup(row.id_number): row.row for row in rows}
    everybody = tx.session.scalars(select(Candidate).where(Candidate.exam_id == exam_id))
    return {wanted[one.id_lookup]: one for one in everybody if one.id_lookup in wanted}
