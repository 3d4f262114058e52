"""Today's sittings as cards."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_server.clock import Instant
from exam_server.desk.rules.lifecycle import ENDED
from exam_server.desk.tables import Candidate, Exam, Sitting


class SittingCard(msgspec.Struct, frozen=True):
    """One sitting on the console's first page."""

    id: str
    name: str
    exam: str
    exam_id: str
    mode: str
    centre: str
    room: str
    state: str
    planned_start_ms: int
    bell_ms: int | None
    paused: bool
    candidates: int

    @property
    def ended(self) -> bool:
        """Whether there are results to look at."""
        return self.state in ENDED


def sittings_today(session: Session, now: Instant) -> list[SittingCard]:
    """Every sitting, the nearest to now first, those that are over last."""
    seated = session.execute(
        select(Candidate.sitting_id, func.count())
        .where(Candidate.sitting_id.is_not(None))
        .group_by(Candidate.sitting_id)
    )
    counts = {row[0]: row[1] for row in seated}
    rows = session.execute(select(Sitting, Exam).join(Exam, Exam.id == Sitting.exam_id)).all()
    rows = sorted(
        rows,
        key=lambda row: (row[0].state in ENDED, abs(row[0].planned_start_ms - now.wall_ms)),
    )
    return [
        SittingCard(
            sitting.id,
            sitting.name,
            exam.name,
            exam.id,
            exam.mode,
            sitting.centre,
            sitting.room,
            sitting.state,
            sitting.planned_start_ms,
            sitting.bell_ms,
            sitting.paused_boot_ms is not None,
            counts.get(sitting.id, 0),
        )
        for sitting, exam in rows
    ]
