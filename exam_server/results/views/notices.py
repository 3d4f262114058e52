"""Public notices 公示 of an exam: put up since when, ending when (DOMAIN A6, D42)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.auth.views import staff_names
from exam_server.desk.rules.changes import Registration
from exam_server.desk.tables import Candidate
from exam_server.profiles.office import NORMAL, Notice
from exam_server.profiles.working_days import Calendar
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.line_life import may_see
from exam_server.results.rules.notices import Place, labelled, may_record, places_of
from exam_server.results.tables import NoticeStart


class NoticeRun(msgspec.Struct, frozen=True):
    """A notice at one place. ``last``: its last day; ``left``: days to it as the notice counts
    them, negative once it is past: the period is over then. ``missing``: years whose holidays
    are not known. ``version``: above 1 it was corrected, for ``reason``."""

    city: str
    unit: str
    begun_on: str
    last: str
    left: int
    missing: tuple[int, ...]
    document: str
    by: str
    at_ms: int
    version: int
    reason: str


class NoticeCard(msgspec.Struct, frozen=True):
    """A notice of the profile. ``places``: where the viewer may say that it was put up, by the
    name to give; ``waiting``: those of them where somebody waits for it and nothing is recorded,
    () where the roster does not show who does; ``runs``: where it was, the last to end first."""

    id: str
    name: str
    name_en: str
    days: int
    working: bool
    posted_by: str
    places: tuple[str, ...]
    waiting: tuple[str, ...]
    runs: tuple[NoticeRun, ...]


def posted_places(session: Session, exam_id: str, notice: Notice) -> dict[str, Place]:
    """Where this notice is posted, by the name a person gives it."""
    people = session.execute(
        select(Candidate.city, Candidate.unit).where(Candidate.exam_id == exam_id).distinct()
    )
    return labelled(places_of(notice.posted_by, ((city, unit) for city, unit in people)))


def notice_list(
    session: Session, exam_id: str, *, viewer: Staff, calendar: Calendar, today: date
) -> tuple[NoticeCard, ...]:
    """Every notice of the exam's profile, with what the viewer's office may see of it: its own
    city's, and what the province posts. ``not_found`` 404."""
    _, profile = exam_and_profile(session, exam_id)
    notices = profile.publish.notices
    if not notices:
        return ()
    newest = _newest(session, exam_id)
    names = staff_names(session, (row.staff_id for row in newest))
    look = _Look(session, exam_id, viewer, names, calendar, today)
    rows = [row for row in newest if not row.city or look.may_see(row.city)]
    return tuple(
        look.card(ident, notice, [row for row in rows if row.notice == ident])
        for ident, notice in notices.items()
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at an exam's notices: whose, and on which day."""

    session: Session
    exam_id: str
    viewer: Staff
    names: Mapping[str, str]
    calendar: Calendar
    today: date

    def may_see(self, city: str) -> bool:
        """Whether the viewer's office looks after that city."""
        return may_see(self.viewer.city, city)

    def card(self, ident: str, notice: Notice, rows: Sequence[NoticeStart]) -> NoticeCard:
        """``rows``: what counts of this notice, by place."""
        places = {
            label: place
            for label, place in posted_places(self.session, self.exam_id, notice).items()
            if may_record(notice.posted_by, place, self.viewer.city)
        }
        waiting = _affected(self.session, self.exam_id, notice)
        waiting -= {Place(row.city, row.unit) for row in rows}
        runs = [self.run(row, notice) for row in rows]
        return NoticeCard(
            id=ident,
            name=notice.name,
            name_en=notice.name_en or notice.name,
            days=notice.days,
            working=notice.working_days,
            posted_by=notice.posted_by,
            places=tuple(places),
            waiting=tuple(label for label, place in places.items() if place in waiting),
            runs=tuple(sorted(runs, key=lambda run: (run.last, run.city, run.unit), reverse=True)),
        )

    def run(self, row: NoticeStart, notice: Notice) -> NoticeRun:
        """The period as it stands on the day of the look."""
        working = notice.working_days
        begun = date.fromisoformat(row.begun_on)
        due = self.calendar.period(begun, notice.days, working=working)
        return NoticeRun(
            city=row.city,
            unit=row.unit,
            begun_on=row.begun_on,
            last=due.day.isoformat(),
            left=self.calendar.left(self.today, due.day, working=working),
            missing=due.missing,
            document=row.document,
            by=self.names.get(row.staff_id, row.staff_id),
            at_ms=row.at_ms,
            version=row.version,
            reason=row.reason,
        )


def _affected(session: Session, exam_id: str, notice: Notice) -> set[Place]:
    """Where somebody waits for the notice, as far as the roster shows it."""
    if notice.about != "routes":
        return set()
    people = session.execute(
        select(Candidate.city, Candidate.unit)
        .where(
            Candidate.exam_id == exam_id,
            Candidate.route != NORMAL,
            Candidate.registration == Registration.IN_FORCE.value,
        )
        .distinct()
    )
    return places_of(notice.posted_by, ((city, unit) for city, unit in people))


def _newest(session: Session, exam_id: str) -> Sequence[NoticeStart]:
    """What counts: the last record of each notice at each place."""
    rows = session.scalars(
        select(NoticeStart).where(NoticeStart.exam_id == exam_id).order_by(NoticeStart.version)
    )
    return list({(row.notice, row.city, row.unit): row for row in rows}.values())
