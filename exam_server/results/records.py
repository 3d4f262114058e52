"""One person's results put together from the tables: what every view here starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from exam_server.desk.rules.changes import Registration, kept_from_seat
from exam_server.desk.rules.lifecycle import ENDED
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import not_found
from exam_server.profiles.profile import Profile, of_exam
from exam_server.results.attempts import attempt_rows, scores_by_attempt
from exam_server.results.beside import Practical, effects, practicals
from exam_server.results.corrected_keys import replaced_keys
from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.group import key_of
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.ruling import NOTHING, Effect, Ruled, state_under, unruled
from exam_server.results.rules.standing import Sat, counting, standing_of, sum_of
from exam_server.results.tables import Score


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """One attempt with every version of its score, the oldest first.

    ``state``: the attempt's, but ``voided`` where the authority has voided it, by ``void``.
    ``late``: scored by a key that was corrected since, so that it has no points yet.
    ``imported_id``, ``corrected``: as in :class:`exam_server.results.attempts.AttemptRow`.
    """

    attempt_id: str
    subject: str
    ordinal: int
    form_id: str
    state: str
    cause: str | None
    answered: int
    started_ms: int | None
    submitted_ms: int | None
    scores: tuple[Score, ...]
    void: Ruled | None
    late: bool
    imported_id: str
    corrected: dict[str, Any] | None

    @property
    def score(self) -> Score | None:
        """The newest version, None without one."""
        return self.scores[-1] if self.scores else None

    @property
    def points(self) -> Decimal | None:
        """The points that count, if any."""
        counted = counting(self.state, self.score)
        return None if counted is None or self.late else Decimal(counted.points)

    @property
    def provisional(self) -> str | None:
        """The points that the terminal showed on the spot, None when there was no score."""
        return self.scores[0].points if self.scores else None

    @property
    def sections(self) -> list[Any]:
        """The sections of the newest score, [] without one."""
        return self.score.sections if self.score is not None else []


@dataclass(frozen=True, slots=True)
class Record:
    """A candidate with attempts in the block's order. ``sits``: False by special route,
    for want of the fee, or where the registration does not hold. ``held``: a violation waits
    for the authority's ruling. ``practical``: every result that was brought in, the last counts."""

    candidate: Candidate
    sitting: Sitting | None
    subjects: tuple[SubjectRecord, ...]
    sits: bool
    standing: Standing
    sum: Decimal | None
    held: bool
    practical: tuple[Practical, ...]

    @property
    def disqualified(self) -> bool:
        """Sat, and the registration did not hold afterwards 资格不通过 (D30)."""
        here = self.candidate.registration == Registration.DISQUALIFIED
        return here and bool(self.subjects)

    @property
    def entry(self) -> Entry:
        """The person as the line rules take them."""
        points = {
            found.subject: found.points for found in self.subjects if found.points is not None
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
    trade: str | None = None,
    level: str | None = None,
    ruled: bool = True,
) -> list[Record]:
    """Records of an exam, narrowed to a sitting, a candidate, a trade, a level; by sitting and
    seat. ``ruled``: under the rulings, else as it was sat, held where one stands."""
    narrowed = {
        Candidate.sitting_id: sitting_id,
        Candidate.id: candidate_id,
        Candidate.trade: trade,
        Candidate.level: level,
    }
    chosen: list[ColumnElement[bool]] = [Candidate.exam_id == exam_id]
    chosen += [column == value for column, value in narrowed.items() if value is not None]
    people = session.execute(
        select(Candidate, Sitting)
        .outerjoin(Sitting, Sitting.id == Candidate.sitting_id)
        .where(*chosen)
        .order_by(Sitting.planned_start_ms, Sitting.room, Candidate.seat, Candidate.name)
    ).all()
    beside = effects(session, chosen)
    if not ruled:
        beside = {ident: unruled(effect) for ident, effect in beside.items()}
    practical = practicals(session, chosen)
    sat = _sat(session, chosen, beside)
    return [
        _record(
            person,
            sitting,
            sat.get(person.id, ()),
            profile,
            held=beside.get(person.id, NOTHING).held,
            practical=practical.get(person.id, ()),
        )
        for person, sitting in people
    ]


def _sat(
    session: Session, chosen: Sequence[ColumnElement[bool]], beside: Mapping[str, Effect]
) -> dict[str, list[SubjectRecord]]:
    """By candidate, their attempts in the block's order."""
    versions, old = scores_by_attempt(session, chosen), replaced_keys(session)
    found: dict[str, list[SubjectRecord]] = defaultdict(list)
    for attempt in attempt_rows(session, chosen):
        void = beside.get(attempt.candidate_id, NOTHING).voids(attempt.subject)
        scores = tuple(versions.get(attempt.id, ()))
        found[attempt.candidate_id].append(
            SubjectRecord(
                attempt_id=attempt.id,
                subject=attempt.subject,
                ordinal=attempt.ordinal,
                form_id=attempt.form_id,
                state=state_under(void, attempt.state),
                cause=attempt.cause,
                answered=attempt.answered,
                started_ms=attempt.started_ms,
                submitted_ms=attempt.submitted_ms,
                scores=scores,
                void=void,
                late=bool(scores) and scores[-1].scoring_digest in old,
                imported_id=attempt.imported_id,
                corrected=attempt.corrected,
            )
        )
    return found


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
        fail_rate=rule.fail_rate,
        low=rule.low,
        high=rule.high,
        grid=rule.grid,
        minimum={
            subject: least for subject, least in rule.minimum.items() if subject in profile.subjects
        },
        small_group=rule.small_group,
    )


def _record(
    person: Candidate,
    sitting: Sitting | None,
    found: Sequence[SubjectRecord],
    profile: Profile,
    *,
    held: bool,
    practical: Sequence[Practical],
) -> Record:
    sat = [Sat(item.subject, item.state, item.points) for item in found]
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
        held=held,
        practical=tuple(practical),
    )
