"""The signed result package 成绩包: how results leave a centre (docs/reference/result-package.md).

A zip of ``results.json`` (canonical JSON: rows, lines, journal heads), ``manifest.json``
(canonical: format, exam, digest of the results, heads, time), ``manifest.sig`` (base64
Ed25519 by the centre over the bytes of the manifest) and ``centre.pub`` (base64, raw).
ID numbers are masked in it; a person is found again by ticket number.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from exam_server.build import build_id
from exam_server.clock import Instant
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.results.beside import ruled_of
from exam_server.results.group_state import lines_of, steps_of
from exam_server.results.package_file import CENTRE, FORMAT, MANIFEST, RESULTS, SIGNATURE
from exam_server.results.packed_answers import packed_answers
from exam_server.results.packed_practical import packed_practical
from exam_server.results.rules.ruling import effect_of
from exam_server.results.tables import Ruling, Score
from exam_server.results.views.table import ResultsTable, results_table
from exam_server.room.tables import Attempt, Incident, JournalEntry
from exam_server.storage.acts import last_act
from exam_server.storage.listed import listed
from exam_server.vault.tables import Form
from question_bank.canonical import canonical

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same results give the same bytes


def result_package(
    session: Session,
    *,
    exam_id: str,
    signing: Ed25519PrivateKey,
    now: Instant,
    sitting_id: str | None = None,
) -> bytes:
    """The package of an exam at this centre, or of one sitting.

    ``not_found`` 404. Whether a golden candidate was scored under each key, it says; to refuse
    is for who takes it in. It tells what was sat: to rule on it is for who takes it in as well.
    """
    table = results_table(session, exam_id=exam_id, sitting_id=sitting_id, ruled=False)
    scores = _scores(session, table.exam_id, sitting_id)
    sittings = _sittings(session, table.exam_id, sitting_id)
    acts = last_act(session)
    manifest = {
        "format": FORMAT,
        "exam": table.exam_id,
        "exam_name": table.exam,
        "mode": table.mode,
        "rows": len(table.rows),
        "build": build_id(),
        **_paper(session, sittings),
        "golden": _golden(session, sittings),
        "sittings": [_sitting(where) for where in sittings],
        "heads": _heads(session, sittings),
        "acts": None if acts is None else list(acts),
        "created_ms": now.wall_ms,
    }
    return signed_package(manifest, _results(session, table, scores), signing)


def signed_package(
    manifest: dict[str, Any], results: dict[str, Any], signing: Ed25519PrivateKey
) -> bytes:
    """The two parts as a signed file; ``manifest`` without the digest of the results."""
    content = canonical(results)
    signed = canonical({**manifest, "results_sha256": hashlib.sha256(content).hexdigest()})
    public = signing.public_key().public_bytes_raw()
    return _zip(
        {
            RESULTS: content,
            MANIFEST: signed,
            SIGNATURE: base64.b64encode(signing.sign(signed)),
            CENTRE: base64.b64encode(public),
        }
    )


def _results(session: Session, table: ResultsTable, scores: list[dict[str, Any]]) -> dict[str, Any]:
    exam = session.get(Exam, table.exam_id)
    assert exam is not None  # the table was made from it
    tickets = {row.candidate_id: row.ticket for row in table.rows if row.ticket}
    return {
        "format": FORMAT,
        "rules": exam.rules,
        "table": msgspec.to_builtins(table),
        "scores": scores,
        "lines": _lines(session, table.exam_id),
        "violations": _violations(session, tickets) + _ruled(session, tickets),
        "answers": packed_answers(session, scores),
        "practical": msgspec.to_builtins(packed_practical(session, tickets)),
    }


def _lines(session: Session, exam_id: str) -> list[dict[str, Any]]:
    """Every version of every line, with who took it how far."""
    lines = lines_of(session, exam_id)
    steps = steps_of(session, lines)
    return [
        {
            "group": line.group_key,
            "version": line.version,
            "state": line.state,
            "params": line.params,
            "line": line.line,
            "counts": line.counts,
            "snapshot_digest": line.snapshot_digest,
            "steps": [
                {
                    "step": step.step,
                    "by": step.staff_id,
                    "at_ms": step.at_ms,
                    "reason": step.reason,
                    "document": step.document,
                }
                for step in steps[line.id]
            ],
        }
        for line in lines
    ]


def _violations(session: Session, tickets: Mapping[str, str]) -> list[dict[str, Any]]:
    """What proctors recorded; the authority rules on it."""
    rows = session.scalars(
        select(Incident).where(Incident.kind == "violation").order_by(Incident.at_ms, Incident.id)
    )
    return [
        {"id": row.id, "ticket": tickets[row.candidate_id], "at_ms": row.at_ms, "text": row.text}
        for row in rows
        if row.candidate_id is not None and row.candidate_id in tickets
    ]


def _ruled(session: Session, tickets: Mapping[str, str]) -> list[dict[str, Any]]:
    """The newest ruling of whoever is held or void here, where this machine is an authority's
    too: told to the authority above, whose own ruling it cannot be."""
    found: dict[str, list[Ruling]] = defaultdict(list)
    for row in session.scalars(
        select(Ruling).where(Ruling.candidate_id.in_(listed("candidates"))).order_by(Ruling.number),
        {"candidates": list(tickets)},
    ):
        found[row.candidate_id].append(row)
    return [
        {
            "id": newest.id,
            "ticket": tickets[ident],
            "at_ms": newest.at_ms,
            "text": f"{newest.document} {newest.reason}".strip(),
        }
        for ident, rulings in sorted(found.items())
        for effect in (effect_of(0, [ruled_of(row) for row in rulings]),)
        if effect.keeps_back
        for newest in (next(row for row in reversed(rulings) if row.decision != "none"),)
    ]


def _scores(session: Session, exam_id: str, sitting_id: str | None) -> list[dict[str, Any]]:
    """Every version of every score, so that a rescore shows."""
    query = (
        select(Score, Attempt.form_id)
        .join(Attempt, Attempt.id == Score.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.exam_id == exam_id)
        .order_by(Score.attempt_id, Score.version)
    )
    if sitting_id is not None:
        query = query.where(Attempt.sitting_id == sitting_id)
    return [
        {
            "attempt": score.attempt_id,
            "form": form_id,
            "version": score.version,
            "points": score.points,
            "sections": score.sections,
            "head": score.attempt_head,
            "scoring_digest": score.scoring_digest,
            "scored_ms": score.scored_ms,
            "reason": score.reason,
        }
        for score, form_id in session.execute(query)
    ]


def _sittings(session: Session, exam_id: str, sitting_id: str | None) -> list[Sitting]:
    query = select(Sitting).where(Sitting.exam_id == exam_id).order_by(Sitting.id)
    return [one for one in session.scalars(query) if sitting_id in (None, one.id)]


def _sitting(where: Sitting) -> dict[str, Any]:
    return {
        "id": where.id,
        "name": where.name,
        "centre": where.centre,
        "room": where.room,
        "planned_start_ms": where.planned_start_ms,
        "state": where.state,
    }


def _paper(session: Session, sittings: list[Sitting]) -> dict[str, Any]:
    """Which sealed packages and forms were used, and the digests of their scoring keys."""
    rows = session.execute(
        select(Form.package_id, Form.id, Form.scoring_digest)
        .where(Form.id.in_(select(Attempt.form_id).where(_among(sittings))))
        .order_by(Form.id)
    ).all()
    return {
        "packages": sorted({package for package, _, _ in rows}),
        "forms": {form: digest for _, form, digest in rows},
    }


def _golden(session: Session, sittings: list[Sitting]) -> list[dict[str, Any]]:
    """The golden candidates of the journal: form, scoring key, points."""
    entries = session.scalars(
        select(JournalEntry.data)
        .where(
            JournalEntry.sitting_id.in_([where.id for where in sittings]),
            JournalEntry.kind == "golden",
        )
        .order_by(JournalEntry.sitting_id, JournalEntry.seq)
    ).all()
    return list(entries)


def _heads(session: Session, sittings: list[Sitting]) -> dict[str, list[Any]]:
    """Chain → [seq, digest] of every sitting and attempt in the package."""
    attempts = session.scalars(select(Attempt).where(_among(sittings)))
    return {row.id: [row.head_seq, row.head] for row in (*sittings, *attempts)}


def _among(sittings: list[Sitting]) -> ColumnElement[bool]:
    return Attempt.sitting_id.in_([where.id for where in sittings])


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
