"""A list of practical results 操作技能 as it is kept: brought in here, or in a centre's package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, insert, select

from exam_server.auth.identity import Staff
from exam_server.ids import new_id
from exam_server.results.rules.practised import Practised
from exam_server.results.tables import PracticalImport, PracticalResult
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Source:
    """The document that the list was made from. ``sha256``: of its scan, "" where there is none
    (then the list's own stands for it)."""

    document: str
    on: date
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One person's result. ``row``: of the file, 0 in a package."""

    found: Practised
    row: int = 0


def keep_list(
    tx: Tx,
    *,
    exam_id: str,
    digest: str,
    source: Source,
    reason: str,
    lines: Mapping[str, Line],
    corrected: int,
    actor: Staff,
    imported_id: str | None = None,
) -> PracticalImport:
    """The list after all those that are there, so that it counts. ``lines``: by candidate id;
    ``corrected``: how many of them say something else than what stood; ``imported_id``: the
    package that brought it."""
    row = PracticalImport(
        id=new_id(),
        exam_id=exam_id,
        number=1 + _kept(tx, exam_id),
        digest=digest,
        document=source.document,
        document_date=source.on.isoformat(),
        document_sha256=source.sha256 or digest,
        reason=reason,
        imported_ms=tx.now.wall_ms,
        imported_by=actor.id,
        imported_id=imported_id,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.session.execute(
        insert(PracticalResult),
        [
            {
                "import_id": row.id,
                "candidate_id": ident,
                "result": line.found.result,
                "points": line.found.points,
                "row": line.row,
            }
            for ident, line in lines.items()
        ],
    )
    facts = {
        "import": row.id,
        "exam": exam_id,
        "digest": digest,
        "document": row.document,
        "document_sha256": row.document_sha256,
        "people": len(lines),
        "corrected": corrected,
        "reason": reason,
        "package": imported_id,
    }
    record(tx, kind="practical_imported", actor=actor.actor, data=facts)
    return row


def _kept(tx: Tx, exam_id: str) -> int:
    query = select(func.count()).select_from(PracticalImport)
    return tx.session.scalar(query.where(PracticalImport.exam_id == exam_id)) or 0
