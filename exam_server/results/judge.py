"""The pure rule of the outcome put to one exam: its lines in effect, its profile, its year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from exam_server.desk.tables import Exam
from exam_server.profiles.profile import Profile
from exam_server.results.group_state import lines_of, stored_params
from exam_server.results.records import Record
from exam_server.results.rules.line_life import LineState
from exam_server.results.rules.outcome import (
    Line,
    Outcome,
    Person,
    Rule,
    outcome,
    valid_until,
)
from exam_server.results.tables import CutScore


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides the records of one exam. ``effective``: the line in effect by group key."""

    profile: Profile
    year: int
    effective: dict[str, CutScore]

    def group_of(self, record: Record) -> str | None:
        """The group whose line is this person's; None for who does not sit."""
        return record.group_of(self.profile) if record.sits else None

    def line_of(self, record: Record) -> CutScore | None:
        """The line in effect for this person, None while there is none."""
        group = self.group_of(record)
        return None if group is None else self.effective.get(group)

    def outcome_of(self, record: Record) -> Outcome | None:
        """What the facts decide; None for who has nothing to decide: did not sit, by a special
        route or without a registration."""
        if not record.sits and not record.disqualified:
            return None
        stored = self.line_of(record)
        points = None if stored is None or stored.line is None else Decimal(stored.line)
        line = None if stored is None else Line(points, stored_params(stored))
        person = Person(
            entry=record.entry,
            states={found.subject: found.state for found in record.subjects},
            held=record.held,
            practical=record.practical[-1].fact if record.practical else None,
            disqualified=record.disqualified,
        )
        return outcome(person, line, self._rule(record.candidate.level))

    def _rule(self, level: str) -> Rule:
        rule = self.profile.pass_rule
        least = rule.minimum.get("practical")
        return Rule(
            practical=rule.practical,
            least=None if least is None else Decimal(least),
            review=level in rule.review_levels,
            valid_until=valid_until(self.profile.publish.validity, self.year),
        )


def judge_of(session: Session, exam: Exam, profile: Profile) -> Judge:
    """The judge of an exam as its lines stand now."""
    effective = {
        line.group_key: line
        for line in lines_of(session, exam.id)
        if line.state == LineState.EFFECTIVE
    }
    return Judge(profile, exam.year, effective)
