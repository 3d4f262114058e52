"""Taking in a judges' sheet 评委评定表; nobody's result changes by it (DOMAIN C10.6, C10.7)."""

from __future__ import annotations

from exam_server.auth.identity import Role, Staff, require
from exam_server.errors import forbidden
from exam_server.ids import new_id
from exam_server.results.judges_sheet import read_judges
from exam_server.results.panels import content_of, panel_rows
from exam_server.results.people import group_people
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.line_life import may_see
from exam_server.results.tables import JudgesPanel
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def import_judges(tx: Tx, *, exam_id: str, group: str, data: bytes, actor: Staff) -> str:
    """Take in a sheet for the group's trade and level; the panel's digest.

    The same sheet again is the same panel. Refusals: ``forbidden`` 403; ``not_found``,
    ``group_unknown`` 404; those of :func:`exam_server.results.judges_sheet.read_judges`.
    """
    require(actor, Role.AUTHORITY, action="import_judges", of_city=True)
    _, profile = exam_and_profile(tx.session, exam_id)
    group_people(tx.session, profile, exam_id, group)
    parts = parts_of(group)
    if not may_see(actor.city, parts["city"]):
        raise forbidden("import_judges")
    panel = read_judges(data, profile)
    content, digest = content_of(panel)
    if any(row.digest == digest for row in panel_rows(tx.session, exam_id, group)):
        return digest
    tx.session.add(
        JudgesPanel(
            id=new_id(),
            exam_id=exam_id,
            trade=parts["trade"],
            level=parts["level"],
            kind=content["kind"],
            digest=digest,
            content=content,
            imported_by=actor.id,
            imported_ms=tx.now.wall_ms,
        )
    )
    tx.session.flush()
    facts = {
        "panel": digest,
        "exam": exam_id,
        "trade": parts["trade"],
        "level": parts["level"],
        "method": content["kind"],
        "judges": len(panel.judges),
    }
    record(tx, kind="judges_imported", actor=actor.actor, data=facts)
    return digest
