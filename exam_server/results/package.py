"""The signed result package 成绩包: how results leave a centre (docs/reference/result-package.md).

A zip of ``results.json`` (canonical JSON: rows, lines, journal heads), ``manifest.json``
(canonical: format, exam, digest of the results, heads, time), ``manifest.sig`` (base64
Ed25519 by the centre over the bytes of the manifest) and ``centre.pub`` (base64, raw).
ID numbers are masked in it; a person is found again by ticket number.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zipfile
from io import BytesIO
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import Refusal
from exam_server.results.group_state import lines_of
from exam_server.results.tables import Score
from exam_server.results.views.table import ResultsTable, results_table
from exam_server.room.tables import Attempt
from question_bank.canonical import canonical

FORMAT = "kaochang/results/1"
_RESULTS, _MANIFEST, _SIGNATURE, _CENTRE = (
    "results.json",
    "manifest.json",
    "manifest.sig",
    "centre.pub",
)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same results give the same bytes


def result_package(
    session: Session,
    *,
    exam_id: str,
    signing: Ed25519PrivateKey,
    now: Instant,
    sitting_id: str | None = None,
) -> bytes:
    """The package of an exam at this centre, or of one sitting. ``not_found`` 404."""
    table = results_table(session, exam_id=exam_id, sitting_id=sitting_id)
    results = canonical(_results(session, table, sitting_id))
    heads = _heads(session, table.exam_id, sitting_id)
    manifest = canonical(
        {
            "format": FORMAT,
            "exam": table.exam_id,
            "exam_name": table.exam,
            "mode": table.mode,
            "results_sha256": hashlib.sha256(results).hexdigest(),
            "rows": len(table.rows),
            "heads": heads,
            "created_ms": now.wall_ms,
        }
    )
    public = signing.public_key().public_bytes_raw()
    return _zip(
        {
            _RESULTS: results,
            _MANIFEST: manifest,
            _SIGNATURE: base64.b64encode(signing.sign(manifest)),
            _CENTRE: base64.b64encode(public),
        }
    )


def read_result_package(data: bytes, *, trusted: bytes | None = None) -> dict[str, Any]:
    """The checked results. ``trusted``: the centre's raw public key as known from elsewhere;
    without it the key in the package is taken, which proves no more than wholeness.

    Refusals 422: ``result_package_unreadable``, ``result_package_altered``,
    ``result_package_signer``.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = {
                name: archive.read(name) for name in (_RESULTS, _MANIFEST, _SIGNATURE, _CENTRE)
            }
        public = base64.b64decode(parts[_CENTRE], validate=True)
        signature = base64.b64decode(parts[_SIGNATURE], validate=True)
        key = Ed25519PublicKey.from_public_bytes(public)
    except (zipfile.BadZipFile, KeyError, binascii.Error, ValueError):
        raise Refusal("result_package_unreadable", 422) from None
    if trusted is not None and trusted != public:
        raise Refusal("result_package_signer", 422)
    try:
        key.verify(signature, parts[_MANIFEST])
    except InvalidSignature:
        raise Refusal("result_package_altered", 422) from None
    manifest = json.loads(parts[_MANIFEST])
    digest = hashlib.sha256(parts[_RESULTS]).hexdigest()
    if manifest["format"] != FORMAT or manifest["results_sha256"] != digest:
        raise Refusal("result_package_altered", 422)
    results: dict[str, Any] = json.loads(parts[_RESULTS])
    return results


def _results(session: Session, table: ResultsTable, sitting_id: str | None) -> dict[str, Any]:
    exam = session.get(Exam, table.exam_id)
    assert exam is not None  # the table was made from it
    return {
        "format": FORMAT,
        "rules": exam.rules,
        "table": msgspec.to_builtins(table),
        "scores": _scores(session, table.exam_id, sitting_id),
        "lines": [
            {
                "group": line.group_key,
                "version": line.version,
                "state": line.state,
                "params": line.params,
                "line": line.line,
                "counts": line.counts,
                "snapshot_digest": line.snapshot_digest,
                "reason": line.reason,
                "proposed_by": line.proposed_by,
                "proposed_ms": line.proposed_ms,
                "confirmed_by": line.confirmed_by,
                "confirmed_ms": line.confirmed_ms,
            }
            for line in lines_of(session, table.exam_id)
        ],
    }


def _scores(session: Session, exam_id: str, sitting_id: str | None) -> list[dict[str, Any]]:
    """Every version of every score, so that a rescore shows."""
    query = (
        select(Score)
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
            "version": score.version,
            "points": score.points,
            "sections": score.sections,
            "head": score.attempt_head,
            "scoring_digest": score.scoring_digest,
            "scored_ms": score.scored_ms,
            "reason": score.reason,
        }
        for score in session.scalars(query)
    ]


def _heads(session: Session, exam_id: str, sitting_id: str | None) -> dict[str, list[Any]]:
    """Chain → [seq, digest] of every sitting and attempt in the package."""
    sittings = session.scalars(select(Sitting).where(Sitting.exam_id == exam_id)).all()
    chosen = [one for one in sittings if sitting_id in (None, one.id)]
    attempts = session.scalars(
        select(Attempt).where(Attempt.sitting_id.in_([sitting.id for sitting in chosen]))
    )
    return {row.id: [row.head_seq, row.head] for row in (*chosen, *attempts)}


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
