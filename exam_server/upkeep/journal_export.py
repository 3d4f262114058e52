"""The journal of a sitting as a file that a stranger can verify (docs/reference/journal.md)."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from io import BytesIO
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.tables import Exam, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import of_exam
from exam_server.results.tables import Score
from exam_server.room.journal import replay_index
from exam_server.room.tables import Attempt, JournalEntry, Response
from exam_server.storage.acts import acts_as_lines
from exam_server.vault.tables import Form
from question_bank.canonical import canonical

FORMAT = "kaochang/journal/1"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same journal gives the same bytes


def journal_file(
    session: Session, *, sitting_id: str, signing: Ed25519PrivateKey, now: Instant
) -> bytes:
    """``journal-<sitting>.zip``: entries, the state they lead to, the centre's acts, and
    the signed head."""
    where = session.get(Sitting, sitting_id)
    if where is None:
        raise not_found("sitting", sitting_id)
    rows = _rows(session, where)
    lines = b"".join(canonical(_entry(row)) + b"\n" for row in rows)
    stated = {**_statement(session, where, now), "index_differs": _index_differs(rows)}
    statement = canonical(stated)
    acts = acts_as_lines(session)
    head = canonical(
        {
            "sitting": where.id,
            "seq": where.head_seq,
            "digest": where.head,
            "at": now.wall_ms,
            "files": {
                "journal.jsonl": hashlib.sha256(lines).hexdigest(),
                "sitting.json": hashlib.sha256(statement).hexdigest(),
                "acts.jsonl": hashlib.sha256(acts).hexdigest(),
            },
        }
    )
    members = {
        "journal.jsonl": lines,
        "sitting.json": statement,
        "acts.jsonl": acts,
        "head.json": head,
        "head.sig": base64.b64encode(signing.sign(head)),
        "centre.pub": base64.b64encode(signing.public_key().public_bytes_raw()),
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _rows(session: Session, where: Sitting) -> list[JournalEntry]:
    rows = session.scalars(select(JournalEntry).where(JournalEntry.sitting_id == where.id)).all()
    return sorted(rows, key=lambda row: (row.chain != where.id, row.chain, row.seq))


def _index_differs(rows: list[JournalEntry]) -> list[list[Any]]:
    """The replay index stands in columns of its own, which no digest covers: where it does not
    say what the entry says, a repeated answer would be taken for a new one."""
    return [
        [row.chain, row.seq]
        for row in rows
        if (row.fence, row.counter) != replay_index(row.kind, row.data)
    ]


def _entry(row: JournalEntry) -> dict[str, Any]:
    return {
        "sitting": row.sitting_id,
        "chain": row.chain,
        "seq": row.seq,
        "kind": row.kind,
        "actor": row.actor,
        "at": row.at_ms,
        "clock": row.boot_ms,
        "boot": row.boot,
        "data": row.data,
        "prev": row.prev,
        "digest": row.digest,
    }


def _statement(session: Session, where: Sitting, now: Instant) -> dict[str, Any]:
    exam = session.get(Exam, where.exam_id)
    assert exam is not None  # foreign key
    attempts = session.scalars(
        select(Attempt).where(Attempt.sitting_id == where.id).order_by(Attempt.id)
    ).all()
    ids = select(Attempt.id).where(Attempt.sitting_id == where.id)
    responses: dict[str, dict[str, list[Any]]] = {attempt.id: {} for attempt in attempts}
    for row in session.scalars(select(Response).where(Response.attempt_id.in_(ids))):
        responses[row.attempt_id][row.item_id] = [
            row.options,
            row.marked,
            row.fence,
            row.counter,
            row.seq,
            row.digest,
        ]
    forms = session.scalars(
        select(Form).where(Form.id.in_({attempt.form_id for attempt in attempts}))
    )
    return {
        "format": FORMAT,
        "centre": where.centre,
        "exam": exam.name,
        "sitting": where.id,
        "mode": exam.mode,
        "limits": msgspec.to_builtins(of_exam(exam).room),
        "attempts": [_attempt(attempt, now) for attempt in attempts],
        "responses": responses,
        "scores": _scores(session, ids),
        "shapes": {form.id: form.shape for form in forms},
    }


def _attempt(attempt: Attempt, now: Instant) -> dict[str, Any]:
    timing = attempt.timing
    return {
        "id": attempt.id,
        "candidate": attempt.candidate_id,
        "subject": attempt.subject,
        "ordinal": attempt.ordinal,
        "form": attempt.form_id,
        "state": attempt.state,
        "cause": attempt.cause,
        "limit_ms": attempt.limit_ms,
        "granted_ms": attempt.granted_ms,
        "spent_ms": timing.spent(now),
        "left_ms": max(0, timing.left(now)),
        "answered": attempt.answered,
        "head_seq": attempt.head_seq,
        "head": attempt.head,
        "fence": attempt.fence,
    }


def _scores(session: Session, attempts: Any) -> list[dict[str, Any]]:
    newest = (
        select(Score.attempt_id, func.max(Score.version).label("version"))
        .where(Score.attempt_id.in_(attempts))
        .group_by(Score.attempt_id)
        .subquery()
    )
    rows = session.scalars(
        select(Score)
        .join(
            newest,
            (newest.c.attempt_id == Score.attempt_id) & (newest.c.version == Score.version),
        )
        .order_by(Score.attempt_id)
    )
    return [
        {
            "attempt": row.attempt_id,
            "points": row.points,
            "version": row.version,
            "scoring_digest": row.scoring_digest,
            "head": row.attempt_head,
        }
        for row in rows
    ]
