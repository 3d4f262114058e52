"""The judges' sheets of an exam as they are kept: by trade and level, named by their digest."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.errors import Refusal, not_found
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.judges import AngoffPanel, HofsteePanel, Panel
from exam_server.results.rules.params import LineParams
from exam_server.results.tables import JudgesPanel
from question_bank.canonical import canonical

_DIGEST = re.compile(r"[0-9a-f]{64}")


def panel_rows(session: Session, exam_id: str, group: str) -> list[JudgesPanel]:
    """The sheets that a group's line may be drawn by, newest first."""
    parts = parts_of(group)
    query = select(JudgesPanel).where(
        JudgesPanel.exam_id == exam_id,
        JudgesPanel.trade == parts["trade"],
        JudgesPanel.level == parts["level"],
    )
    return list(
        session.scalars(query.order_by(JudgesPanel.imported_ms.desc(), JudgesPanel.id.desc()))
    )


def panel_of(session: Session, exam_id: str, group: str, params: LineParams) -> Panel | None:
    """The sheet that ``params`` name, None when they name none.

    Refusal ``line_params`` 422 (panel) when the group has no such sheet.
    """
    if params.panel is None:
        return None
    for row in panel_rows(session, exam_id, group):
        if row.digest == params.panel:
            return panel_in(row)
    raise Refusal("line_params", 422, {"field": "panel"})


def panel_named(session: Session, exam_id: str, digest: str) -> Panel:
    """The sheet of the exam with this digest; ``not_found`` 404."""
    query = select(JudgesPanel).where(JudgesPanel.exam_id == exam_id, JudgesPanel.digest == digest)
    row = session.scalars(query.limit(1)).first() if _DIGEST.fullmatch(digest) else None
    if row is None:
        raise not_found("judges_panel", digest[:16])
    return panel_in(row)


def panel_in(row: JudgesPanel) -> Panel:
    """The sheet of a row."""
    found: Panel = msgspec.convert(row.content, AngoffPanel | HofsteePanel)
    return found


def content_of(panel: Panel) -> tuple[dict[str, Any], str]:
    """What is kept of a sheet, and its digest: SHA-256 (hex) of the canonical content."""
    content: dict[str, Any] = msgspec.to_builtins(panel)
    return content, hashlib.sha256(canonical(content)).hexdigest()
