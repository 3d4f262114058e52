"""What a terminal is told once: Me at the log-in, Stage before the bell
(docs/reference/terminal-api.md)."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate, Sitting
from exam_server.desk.views import photo_url_of
from exam_server.errors import Refusal
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile
from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.tables import Attempt, Terminal
from exam_server.room.views.shelves import Shelves
from exam_server.storage.listed import listed
from question_bank.assembly.permutation import permute

_PEOPLE = (
    select(
        *(Candidate.id, Candidate.name, Candidate.sex, Candidate.id_masked, Candidate.ticket),
        *(Candidate.trade, Candidate.level, Candidate.seat, Candidate.photo_cipher),
        *(Candidate.exam_id, Sitting.room, Sitting.name.label("sitting")),
        *(Terminal.terminal_id, Terminal.seat.label("moved_to"), Terminal.fence),
        Terminal.preferences,
    )
    .join(Sitting, Sitting.id == Candidate.sitting_id)
    .outerjoin(Terminal, Terminal.candidate_id == Candidate.id)
    .where(Candidate.id.in_(listed("candidates")))
)
_BLOCKS = (
    select(Attempt.id, Attempt.candidate_id, Attempt.ordinal, Attempt.subject)
    .where(Attempt.candidate_id.in_(listed("candidates")))
    .order_by(Attempt.ordinal)
)
_STAGED = (
    select(
        *(Attempt.id, Attempt.candidate_id, Attempt.ordinal, Attempt.form_id, Attempt.state),
        Sitting.exam_id,
    )
    .join(Sitting, Sitting.id == Attempt.sitting_id)
    .where(Attempt.candidate_id.in_(listed("candidates")))
    .order_by(Attempt.ordinal)
)


def everybody(
    session: Session, candidate_ids: Collection[str], fields: FieldCipher, shelves: Shelves
) -> dict[str, dict[str, Any]]:
    """The Me of each of these candidates by id; who is in no sitting is not there.

    The confirmation page shows the ID number masked, so that the neighbour cannot read it
    either: it is not sent whole (invariant 11).
    """
    wanted = {"candidates": list(candidate_ids)}
    blocks: dict[str, list[Any]] = defaultdict(list)
    for attempt in session.execute(_BLOCKS, wanted):
        blocks[attempt.candidate_id].append(attempt)
    return {
        person.id: _me(session, person, blocks[person.id], fields, shelves)
        for person in session.execute(_PEOPLE, wanted).all()
    }


def _me(
    session: Session, person: Any, block: Sequence[Any], fields: FieldCipher, shelves: Shelves
) -> dict[str, Any]:
    exam = shelves.exam(session, person.exam_id)
    return {
        **exam.told,
        "candidate_id": person.id,
        "name": person.name,
        "sex": person.sex,
        "id_number": person.id_masked,
        "ticket": person.ticket,
        "trade": person.trade,
        "level": person.level,
        "level_name": exam.rules.level_name(person.level),
        "seat": person.moved_to or person.seat,
        "room": person.room,
        "photo": photo_url_of(person, fields),
        "sitting": person.sitting,
        "block": [_subject(attempt, exam.rules) for attempt in block],
        "preferences": person.preferences,
        "carry_key": _carry_key(person, fields) if person.terminal_id is not None else None,
    }


def _subject(attempt: Any, rules: Profile) -> dict[str, Any]:
    subject = rules.subjects[attempt.subject]
    return {
        "attempt_id": attempt.id,
        "ordinal": attempt.ordinal,
        "subject": attempt.subject,
        "name": subject.name,
        "name_en": subject.name_en,
        "count": subject.count,
        "minutes": subject.minutes,
    }


def _carry_key(person: Any, fields: FieldCipher) -> str:
    """What this terminal seals its answers with when they must be carried by hand."""
    key = fields.carry_key(person.id, person.terminal_id, person.fence)
    return base64.b64encode(key).decode()


def stages(
    session: Session, candidate_ids: Collection[str], shelves: Shelves
) -> dict[str, list[dict[str, Any]] | Refusal]:
    """Everything these terminals need before the bell but the keys, by candidate id: sealed
    forms, shapes, orders. ``not_confirmed`` 409 for who has not said yet who they are.
    """
    blocks: dict[str, list[Any]] = defaultdict(list)
    for attempt in session.execute(_STAGED, {"candidates": list(candidate_ids)}).all():
        blocks[attempt.candidate_id].append(attempt)
    return {
        who: Refusal("not_confirmed", 409)
        if attempts[0].state == AttemptState.ASSIGNED
        else [_stage(session, attempt, shelves) for attempt in attempts]
        for who, attempts in blocks.items()
    }


def _stage(session: Session, attempt: Any, shelves: Shelves) -> dict[str, Any]:
    form = shelves.form(session, attempt.form_id)
    order = permute(form.shape, shelves.exam(session, attempt.exam_id).seed, attempt.candidate_id)
    return {
        **form.told,
        "attempt_id": attempt.id,
        "ordinal": attempt.ordinal,
        "order": {"items": order.items, "options": order.options},
    }
