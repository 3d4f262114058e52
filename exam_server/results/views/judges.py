"""What the page shows of the judges: the sheets there are, and how far those in use agree."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from exam_server.auth.tables import Staff
from exam_server.results.judges_sheet import empty_sheet, filled_sheet
from exam_server.results.panels import panel_named, panel_rows
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.agreement import Agreement, agreement
from exam_server.results.rules.judges import AngoffPanel, Panel

MOST_JUDGES = 30  # of an empty sheet


class PanelCard(msgspec.Struct, frozen=True):
    """A sheet that was taken in. ``digest`` names it; ``method``: angoff or hofstee."""

    digest: str
    method: str
    judges: int
    imported_by: str
    imported_ms: int


class PanelInUse(msgspec.Struct, frozen=True):
    """The sheet by which the line is drawn. ``yes_no``: its judges only said yes or no."""

    digest: str
    yes_no: bool
    agreement: Agreement


def panel_cards(session: Session, exam_id: str, group: str) -> tuple[PanelCard, ...]:
    """The sheets for the group's trade and level, newest first."""
    return tuple(
        PanelCard(
            digest=row.digest,
            method=row.kind,
            judges=len(row.content["judges"]),
            imported_by=getattr(session.get(Staff, row.imported_by), "name", row.imported_by),
            imported_ms=row.imported_ms,
        )
        for row in panel_rows(session, exam_id, group)
    )


def in_use(panel: Panel | None, digest: str | None) -> PanelInUse | None:
    """The judges behind the line, None when it is not theirs."""
    if panel is None or digest is None:
        return None
    yes_no = isinstance(panel, AngoffPanel) and panel.yes_no
    return PanelInUse(digest, yes_no, agreement(panel))


def sheet_to_fill(session: Session, exam_id: str, *, method: str, judges: int) -> bytes:
    """An empty sheet for so many judges (1 to 30); ``not_found`` 404."""
    _, profile = exam_and_profile(session, exam_id)
    return empty_sheet(profile, method, max(1, min(judges, MOST_JUDGES)))


def sheet_as_taken_in(session: Session, exam_id: str, digest: str) -> bytes:
    """A sheet as it was filled in; ``not_found`` 404."""
    _, profile = exam_and_profile(session, exam_id)
    return filled_sheet(profile, panel_named(session, exam_id, digest))
