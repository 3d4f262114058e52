"""One person's results put together from the tables: what every view here starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.rules.changes import kept_from_seat
from exam_server.desk.rules.lifecycle import ENDED
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile, of_exam
from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.group import key_of
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.standing import Sat, counting, standing_of, sum_of
from exam_server.results.tables import Score
from exam_server.room.tables import Attempt


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """One attempt with its newest score, if it has one."""

    attempt: Attempt
    score: Score | None

    @property
    def points(self) -> Decimal | None:
        """The points that count, if any."""
        counted = counting(self.attempt.state, self.score)
        return None if counted is None else Decimal(counted.points)

    @property
    def sections(self) -> list[Any]:
        """The sections of the newest score, [] without one."""
        return self.score.sections if self.score is not None else []


@dataclass(frozen=True, slots=True)
class Record:
    """A candidate with attempts in the block's order. ``sits``: False by special route,
    for want of the fee, or where the registration does not hold."""

    candidate: Candidate
    sitting: Sitting | None
    subjects: tuple[SubjectRecord, ...]
    sits: bool
    standing: Standing
    sum: Decimal | None

    @property
    def entry(self) -> Entry:
        """The person as the line rules take them."""
        points = {
            found.attempt.subject: found.points
            for found in self.subjects
            if found.points is not None
        }
        return Entry(self.candidate.id, self.standing, points)

    def group_of(self, profile: Profile) -> str:
        """The key of the group whose line is this person's, if they sit."""
        person = self.candidate
        return key_of(person.city, person.trade, person.level, profile.line_group_by)


def exam_and_profile(session: Session, exam_id: str) -> tuple[Exam, Profile]:
    """The exam and its frozen rules; ``not_found`` 404."""
    exam = session.get(Exam, exam_id)
    if exam is None:
        raise not_found("exam", exam_id)
    return exam, of_exam(exam)


def records(
    session: Session,
    profile: Profile,
    *,
    exam_id: str,
    sitting_id: str | None = None,
    candidate_id: str | None = None,
) -> list[Record]:
    """Records of an exam, narrowed to a sitting or a candidate; by sitting and seat."""
    chosen = [Candidate.exam_id == exam_id]
    if sitting_id is not None:
        chosen.append(Candidate.sitting_id == sitting_id)
    if candidate_id is not None:
        chosen.append(Candidate.id == candidate_id)
    people = session.execute(
        select(Candidate, Sitting)
        .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
        .where(*chosen)
        .order_by(Sitting.planned_start_ms, Sitting.room, Candidate.seat, Candidate.name)
    ).all()
    attempts = session.scalars(
        select(Attempt)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(*chosen)
        .order_by(Attempt.ordinal)
    ).all()
    scores = session.scalars(
        select(Score)
        .join(Attempt, Attempt.id == Score.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(*chosen)
        .order_by(Score.version)
    )
    newest = {score.attempt_id: score for score in scores}  # the last version wins
    by_person: dict[str, list[SubjectRecord]] = {}
    for attempt in attempts:
        found = SubjectRecord(attempt, newest.get(attempt.id))
        by_person.setdefault(attempt.candidate_id, []).append(found)
    return [
        _record(person, sitting, by_person.get(person.id, []), profile)
        for person, sitting in people
    ]


def params_of(profile: Profile) -> LineParams:
    """The profile's pass rule as line parameters.

    A minimum of the practical subject is no matter of this line (DOMAIN D10, D27).
    """
    rule = profile.pass_rule
    return LineParams(
        basis=rule.basis,
        mode=rule.mode,
        line=rule.line,
        rate=rule.rate,
        rounding=rule.rounding,
        tie=rule.tie,
        rate_base=rule.rate_base,
        minimum={
            subject: least for subject, least in rule.minimum.items() if subject in profile.subjects
        },
        small_group=rule.small_group,
    )


def _record(
    person: Candidate, sitting: Sitting | None, found: Sequence[SubjectRecord], profile: Profile
) -> Record:
    sat = [Sat(item.attempt.subject, item.attempt.state, item.points) for item in found]
    ended = sitting is not None and sitting.state in ENDED
    return Record(
        candidate=person,
        sitting=sitting,
        subjects=tuple(found),
        sits=kept_from_seat(
            profile, route=person.route, paid=person.paid, registration=person.registration
        )
        is None,
        standing=standing_of(sat, conditional=person.conditional, sitting_ended=ended),
        sum=sum_of(sat),
    )
