"""The authority announces what it sent to a centre, and therefore expects back."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.results.tables import Announcement
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx
from question_bank.sealing.package import SealedPackage

_KEY_BYTES = 32


def announce(
    tx: Tx,
    *,
    exam_id: str,
    package: SealedPackage,
    centre: str,
    centre_key: bytes,
    golden: Mapping[str, str],
    builds: Sequence[str],
    seats: Mapping[str, str] | None,
    actor: Staff,
) -> str:
    """Register what was sent to ``centre``; its id. Announcing again replaces builds and roster.

    ``exam_id``: the exam of this machine whose candidates' results they will be.
    ``centre_key``: the raw Ed25519 key that will sign the results. ``golden``: form id → points.
    ``seats``: ticket → room; None: as this machine's own plan seats people at the centre.
    Refusals: ``forbidden`` 403, ``not_found`` 404, ``centre_key_malformed`` 422,
    ``announced_nobody`` 422: nobody's results would be missing, whatever comes.
    """
    require(actor, Role.AUTHORITY, action="announce_results")
    if tx.session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    if len(centre_key) != _KEY_BYTES:
        raise Refusal("centre_key_malformed", 422)
    expected = _planned(tx, exam_id, centre) if seats is None else dict(seats)
    if not expected:
        raise Refusal("announced_nobody", 422, {"centre": centre})
    key = base64.b64encode(centre_key).decode()
    row = tx.session.scalars(
        select(Announcement).where(
            Announcement.package_id == package.id, Announcement.centre_key == key
        )
    ).first()
    if row is None:
        row = Announcement(id=new_id(), package_id=package.id, centre_key=key)
        tx.session.add(row)
    row.exam_id, row.centre, row.exam_name = exam_id, centre, package.manifest.exam
    row.forms = {
        form: {"scoring_digest": package.form(form).scoring_digest, "golden": golden.get(form)}
        for form in sorted(package.shapes)
    }
    row.builds = sorted(builds)
    row.seats = expected
    row.announced_ms, row.announced_by = tx.now.wall_ms, actor.id
    tx.session.flush()
    facts = {
        "announcement": row.id,
        "exam": exam_id,
        "package": package.id,
        "centre": centre,
        "key": key,
        "builds": row.builds,
        "candidates": len(row.seats),
    }
    record(tx, kind="results_announced", actor=actor.actor, data=facts)
    return row.id


def _planned(tx: Tx, exam_id: str, centre: str) -> dict[str, str]:
    rows = tx.session.execute(
        select(Candidate.ticket, Sitting.room)
        .join(Sitting, Sitting.id == Candidate.sitting_id)
        .where(Candidate.exam_id == exam_id, Sitting.centre == centre)
        .where(Candidate.ticket.is_not(None))
    )
    return {str(ticket): room for ticket, room in rows}
