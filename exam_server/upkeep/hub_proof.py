"""What counts at the hub, as a file that a stranger can verify (docs/reference/proof.md)."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.tables import Candidate, Exam
from exam_server.errors import Refusal, not_found
from exam_server.results.attempts import scores_by_attempt
from exam_server.results.correction_effects import tried_rows
from exam_server.results.rules.correction_life import CorrectionState
from exam_server.results.tables import (
    Announcement,
    Correction,
    ImportedResults,
    MergedAttempt,
    ReleasedResult,
    ResultsRelease,
    Score,
)
from exam_server.storage.acts import Act, acts_as_lines, last_act, record
from exam_server.storage.tx import Tx
from question_bank.canonical import canonical

FORMAT = "kaochang/proof/1"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same results give the same bytes


def announce_proof(tx: Tx, *, exam_id: str, actor: str) -> None:
    """Before it leaves the office: who took it is recorded."""
    record(tx, kind="proof_exported", actor=actor, data={"exam": exam_id})


def write_proof(
    session: Session, file: IO[bytes], *, exam_id: str, signing: Ed25519PrivateKey, now: Instant
) -> None:
    """``proof-<exam>.zip`` into ``file``: packages, decisions, scores, and the signed head.

    Refusals: ``not_found`` 404; ``proof_nothing`` 409 where no package was taken in;
    ``proof_package_gone`` 409 naming the centres whose packages were taken in before their files
    were kept.
    """
    exam = session.get(Exam, exam_id)
    if exam is None:
        raise not_found("exam", exam_id)
    packages = session.execute(
        select(ImportedResults, Announcement)
        .join(Announcement, Announcement.id == ImportedResults.announcement_id)
        .where(Announcement.exam_id == exam_id)
        .order_by(ImportedResults.digest)
    ).all()
    if not packages:
        raise Refusal("proof_nothing", 409, {"exam": exam.name})
    statement = canonical(
        {
            "format": FORMAT,
            "exam": exam.id,
            "exam_name": exam.name,
            "packages": [_package(row, where) for row, where in packages],
            "corrections": _corrections(session, exam_id),
            "results": _results(session, exam_id),
            "released": _released(session, exam_id),
        }
    )
    acts, last = acts_as_lines(session), last_act(session)
    files: dict[str, str] = {}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in [("scores.json", statement), ("acts.jsonl", acts)]:
            files[name] = _put(archive, name, content)
        for name, content in _files(session, [row.id for row, _ in packages]):
            files[name] = _put(archive, name, content)
        head = canonical(
            {
                "exam": exam.id,
                "seq": last[0] if last else 0,
                "digest": last[1] if last else "",
                "at": now.wall_ms,
                "files": files,
            }
        )
        _put(archive, "head.json", head)
        _put(archive, "head.sig", base64.b64encode(signing.sign(head)))
        _put(archive, "office.pub", base64.b64encode(signing.public_key().public_bytes_raw()))


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> str:
    """A member; its digest. What is packed already is stored as it is."""
    packed = zipfile.ZIP_STORED if name.endswith(".zip") else zipfile.ZIP_DEFLATED
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, packed)
    return hashlib.sha256(content).hexdigest()


def _files(session: Session, ids: list[str]) -> Iterator[tuple[str, bytes]]:
    """One after the other: a province's are two hundred."""
    gone = session.scalars(
        select(Announcement.centre)
        .join(ImportedResults, ImportedResults.announcement_id == Announcement.id)
        .where(ImportedResults.id.in_(ids), ImportedResults.file.is_(None))
        .order_by(Announcement.centre)
    ).all()
    if gone:
        raise Refusal("proof_package_gone", 409, {"centres": "、".join(dict.fromkeys(gone))})
    for ident in ids:
        digest, content = session.execute(
            select(ImportedResults.digest, ImportedResults.file).where(ImportedResults.id == ident)
        ).one()
        yield f"packages/{digest}.zip", content or b""


def _package(row: ImportedResults, where: Announcement) -> dict[str, Any]:
    return {
        "id": row.id,
        "digest": row.digest,
        "centre": where.centre,
        "key": where.centre_key,
        "state": row.state,
        "forms": {form: facts["scoring_digest"] for form, facts in where.forms.items()},
    }


def _corrections(session: Session, exam_id: str) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Correction).where(
            Correction.exam_id == exam_id, Correction.state == CorrectionState.APPLIED.value
        )
    )
    applied = session.scalars(select(Act).where(Act.kind == "correction_applied"))
    order = {act.data["correction"]: act.seq for act in applied}  # no clock tells it
    return [
        {
            "id": row.id,
            "items": [list(one) for one in row.items],
            "keys": row.keys,
            "trial": [
                [one.attempt_id, one.head, one.version, one.before, one.after]
                for one in tried_rows(session, row.id)
            ],
            "effects": row.effects,
            "digest": row.digest,
        }
        for row in sorted(rows, key=lambda row: order[row.id])
    ]


def _results(session: Session, exam_id: str) -> list[dict[str, Any]]:
    scores = scores_by_attempt(session, [Candidate.exam_id == exam_id])
    rows = session.execute(
        select(
            *(MergedAttempt.id, MergedAttempt.candidate_id, Candidate.ticket),
            *(MergedAttempt.subject, MergedAttempt.form_id, MergedAttempt.state),
            ImportedResults.digest,
        )
        .join(Candidate, Candidate.id == MergedAttempt.candidate_id)
        .join(ImportedResults, ImportedResults.id == MergedAttempt.imported_id)
        .where(Candidate.exam_id == exam_id)
        .order_by(Candidate.ticket, MergedAttempt.ordinal)
    )
    return [
        {
            "candidate": row.candidate_id,
            "ticket": row.ticket,
            "subject": row.subject,
            "attempt": row.id,
            "form": row.form_id,
            "state": row.state,
            "package": row.digest,
            "scores": [_score(one) for one in scores.get(row.id, ())],
        }
        for row in rows
    ]


def _score(one: Score) -> dict[str, Any]:
    return {
        "version": one.version,
        "points": one.points,
        "scoring_digest": one.scoring_digest,
        "head": one.attempt_head,
        "reason": one.reason,
    }


def _released(session: Session, exam_id: str) -> list[dict[str, Any]]:
    newest = (
        select(ResultsRelease.group_key, func.max(ResultsRelease.version).label("version"))
        .where(ResultsRelease.exam_id == exam_id)
        .group_by(ResultsRelease.group_key)
        .subquery()
    )
    releases = session.scalars(
        select(ResultsRelease)
        .join(
            newest,
            (newest.c.group_key == ResultsRelease.group_key)
            & (newest.c.version == ResultsRelease.version),
        )
        .where(ResultsRelease.exam_id == exam_id)
        .order_by(ResultsRelease.group_key)
    )
    return [
        {
            "group": release.group_key,
            "version": release.version,
            "results": {
                ident: {"sum": official["sum"], "subjects": official["subjects"]}
                for ident, official in session.execute(
                    select(ReleasedResult.candidate_id, ReleasedResult.official).where(
                        ReleasedResult.release_id == release.id
                    )
                )
            },
        }
        for release in releases
    ]
