"""Who a terminal is, and what it is told once: Me, Stage (docs/reference/terminal-api.md)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from exam_server.auth.actions import token_hash
from exam_server.clock import Instant
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.desk.views import photo_url_of
from exam_server.errors import Refusal, not_found
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile, of_exam
from exam_server.profiles.rules_text import headings, pledge_text, rules_text
from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.tables import Attempt, Presence, Terminal
from exam_server.vault.tables import Form
from question_bank.assembly.permutation import permute
from question_bank.items.shape import Shape

ARRIVAL_MS = 30 * 60_000  # candidates take their seats this long before the planned start
_OVER = (SittingState.CLOSED, SittingState.SCORED)
_HELD = (SittingState.UNSEALED, SittingState.RUNNING)
# Asked all the time: built once, plain columns.
_LOGINS = (
    select(
        *(Terminal.candidate_id, Terminal.token_hash),
        *(Sitting.id, Sitting.state, Sitting.centre, Sitting.room, Sitting.planned_start_ms),
    )
    .join(Candidate, Candidate.id == Terminal.candidate_id)
    .join(Sitting, Sitting.id == Candidate.sitting_id)
    .where(Terminal.token_hash.in_(bindparam("tokens", expanding=True)))
)


def terminal_of(
    session: Session, token: str, now: Instant, *, delivering: bool = False
) -> tuple[str, str] | None:
    """(candidate id, sitting id) of the live terminal with this cookie token, or None.

    A login ends with its sitting: when that is released, or is over and the room's next one
    is about to begin. Whoever sits down then must not find the last person's score. What is
    still in an outbox may be handed over even so (``delivering``): late evidence is kept.
    """
    where = session.execute(_LOGINS, {"tokens": [token_hash(token)]}).first()
    if where is None:
        return None
    ended = not delivering and _has_ended(session, where.candidate_id, where, now)
    return None if ended else (where.candidate_id, where.id)


def terminals_of(
    session: Session, tokens: Sequence[str], now: Instant
) -> dict[str, tuple[str, str]]:
    """:func:`terminal_of` for many, by token; whose login has ended is not there."""
    by_hash = {token_hash(token): token for token in tokens}
    rows = session.execute(_LOGINS, {"tokens": list(by_hash)})
    return {
        by_hash[row.token_hash]: (row.candidate_id, row.id)
        for row in rows.all()
        if not _has_ended(session, row.candidate_id, row, now)
    }


def _has_ended(session: Session, candidate_id: str, where: Any, now: Instant) -> bool:
    if where.state == SittingState.RELEASED:
        return True
    if where.state not in _OVER or not _next_is_due(session, where, now):
        return False
    # a machine that was cut off before the end comes back with its outbox: let it in once
    heard_ms = session.scalar(
        select(Presence.heard_ms).where(Presence.candidate_id == candidate_id)
    )
    ended_ms = session.scalar(
        select(func.max(Attempt.submitted_ms)).where(Attempt.candidate_id == candidate_id)
    )
    return (heard_ms or now.wall_ms) >= (ended_ms or 0)


def _next_is_due(session: Session, where: Any, now: Instant) -> bool:
    """Whether people of another sitting may come into this room by now."""
    arriving = and_(
        Sitting.state == SittingState.READY.value,
        Sitting.planned_start_ms.between(where.planned_start_ms, now.wall_ms + ARRIVAL_MS),
    )
    query = select(Sitting.id).where(
        Sitting.centre == where.centre,
        Sitting.room == where.room,
        Sitting.id != where.id,
        Sitting.state.in_([state.value for state in _HELD]) | arriving,
    )
    return session.scalar(query.limit(1)) is not None


def room_for_seat(session: Session, room: str, now: Instant) -> Sitting | None:
    """The sitting a machine in this room shows: under way first, then next, then latest."""
    rank = {"running": 0, "unsealed": 1, "ready": 2, "planned": 3, "closed": 4, "scored": 5}
    sittings = session.scalars(select(Sitting).where(Sitting.room == room)).all()
    known = [one for one in sittings if one.state in rank]
    return min(
        known,
        key=lambda one: (rank[one.state], abs(one.planned_start_ms - now.wall_ms)),
        default=None,
    )


def seat_facts(session: Session, room: str, now: Instant) -> dict[str, Any]:
    """What the login page shows before anybody has logged in."""
    where = room_for_seat(session, room, now)
    if where is None:
        raise Refusal("no_sitting_in_room", 404, {"room": room})
    exam = _exam(session, where)
    rules = of_exam(exam)
    return {
        "exam": {"name": exam.name, "mode": exam.mode},
        "centre": where.centre,
        "room": where.room,
        "sitting": {
            "id": where.id,
            "name": where.name,
            "date_label": where.name,
            "planned_start_ms": where.planned_start_ms,
        },
        "ticket_digits": rules.login.ticket_digits,
        "seat_binding": rules.login.seat_binding,
        "now_ms": now.wall_ms,
        "limits_shortened": rules.limits_shortened,
    }


def me(session: Session, candidate_id: str, fields: FieldCipher) -> dict[str, Any]:
    """The candidate's own data for the confirmation page. That page shows the ID number
    masked, so that the neighbour cannot read it either: it is not sent whole (invariant 11)."""
    person = _candidate(session, candidate_id)
    where = session.get(Sitting, person.sitting_id)
    assert where is not None
    exam = _exam(session, where)
    rules = of_exam(exam)
    terminal = session.get(Terminal, candidate_id)
    return {
        "candidate_id": person.id,
        "name": person.name,
        "sex": person.sex,
        "id_number": person.id_masked,
        "ticket": person.ticket,
        "trade": person.trade,
        "level": person.level,
        "level_name": rules.level_name(person.level),
        "seat": terminal.seat if terminal and terminal.seat else person.seat,
        "room": where.room,
        "photo": photo_url_of(person, fields),
        "exam": exam.name,
        "sitting": where.name,
        "mode": exam.mode,
        "block": _block(session, candidate_id, rules),
        "rules": rules_text(rules, "zh"),
        "rules_en": rules_text(rules, "en"),
        "pledge": pledge_text("zh"),
        "pledge_en": pledge_text("en"),
        "auto_start_seconds": rules.block.auto_start_seconds,
        "warn_minutes": list(rules.room.warn_minutes),
        "limits_shortened": rules.limits_shortened,
        "preferences": terminal.preferences if terminal else None,
        "carry_key": _carry_key(terminal, fields) if terminal else None,
    }


def _carry_key(terminal: Terminal, fields: FieldCipher) -> str:
    """What this terminal seals its answers with when they must be carried by hand."""
    key = fields.carry_key(terminal.candidate_id, terminal.terminal_id, terminal.fence)
    return base64.b64encode(key).decode()


def stage(session: Session, candidate_id: str) -> list[dict[str, Any]]:
    """Everything a terminal needs before the bell but the keys: sealed forms, shapes, orders."""
    person = _candidate(session, candidate_id)
    where = session.get(Sitting, person.sitting_id)
    assert where is not None
    seed = bytes.fromhex(_exam(session, where).permutation_seed)
    attempts = _attempts(session, candidate_id)
    if attempts[0].state == AttemptState.ASSIGNED:
        raise Refusal("not_confirmed", 409)
    return [_stage_of(session, attempt, seed) for attempt in attempts]


def _stage_of(session: Session, attempt: Attempt, seed: bytes) -> dict[str, Any]:
    form = session.get(Form, attempt.form_id)
    assert form is not None
    shape = msgspec.convert(form.shape, Shape)
    order = permute(shape, seed, attempt.candidate_id)
    sections = [(part.type, len(part.items), part.points) for part in shape.sections]
    return {
        "attempt_id": attempt.id,
        "ordinal": attempt.ordinal,
        "form_id": form.id,
        "blob": form.blob_digest,
        "shape": {
            "sections": msgspec.to_builtins(shape.sections),
            "credit": msgspec.to_builtins(shape.credit),
        },
        "order": {"items": list(order.items), "options": dict(order.options)},
        "headings": headings(sections, shape.credit),
    }


def _block(session: Session, candidate_id: str, rules: Profile) -> list[dict[str, Any]]:
    return [
        {
            "attempt_id": attempt.id,
            "ordinal": attempt.ordinal,
            "subject": attempt.subject,
            "name": rules.subjects[attempt.subject].name,
            "name_en": rules.subjects[attempt.subject].name_en,
            "count": rules.subjects[attempt.subject].count,
            "minutes": rules.subjects[attempt.subject].minutes,
        }
        for attempt in _attempts(session, candidate_id)
    ]


def _attempts(session: Session, candidate_id: str) -> list[Attempt]:
    found = list(
        session.scalars(
            select(Attempt).where(Attempt.candidate_id == candidate_id).order_by(Attempt.ordinal)
        )
    )
    if not found:
        raise not_found("attempt", candidate_id)
    return found


def _candidate(session: Session, candidate_id: str) -> Candidate:
    person = session.get(Candidate, candidate_id)
    if person is None or person.sitting_id is None:
        raise not_found("candidate", candidate_id)
    return person


def _exam(session: Session, where: Sitting) -> Exam:
    exam = session.get(Exam, where.exam_id)
    assert exam is not None  # foreign key
    return exam
