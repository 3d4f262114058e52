"""What lies beside the scores: rulings and recorded violations, and practical results.

Each reader takes the conditions over :class:`Candidate` that choose the people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Candidate
from exam_server.results.rules.outcome import PracticalFact
from exam_server.results.rules.practised import Practised
from exam_server.results.rules.ruling import Effect, Ruled, effect_of
from exam_server.results.tables import PracticalImport, PracticalResult, Ruling
from exam_server.room.tables import Incident


class Practical(msgspec.Struct, frozen=True):
    """A practical result with where it comes from. ``points``: decimal, of a score.

    ``number``: of the import, ``document``… its source document; ``imported_id``: the centre's
    package that brought it, None for a list brought in here.
    """

    result: str
    points: str | None
    import_id: str
    number: int
    document: str
    document_date: str
    reason: str
    imported_ms: int
    imported_id: str | None

    @property
    def found(self) -> Practised:
        """What it says, without where it comes from."""
        return Practised(self.result, self.points)

    @property
    def shown(self) -> str:
        """The points of a score, else the word."""
        return self.found.shown

    @property
    def fact(self) -> PracticalFact:
        """As the rule of the outcome takes it."""
        return msgspec.convert(
            {
                "result": self.result,
                "points": None if self.points is None else Decimal(self.points),
            },
            PracticalFact,
        )


def effects(session: Session, chosen: Sequence[ColumnElement[bool]]) -> dict[str, Effect]:
    """What rulings and open violations leave, by candidate id; most people have none."""
    violations = Counter(
        session.scalars(
            select(Candidate.id)
            .join(Incident, Candidate.id == Incident.candidate_id)
            .where(Incident.kind == "violation", *chosen)
        )
    )
    rulings: dict[str, list[Ruled]] = defaultdict(list)
    for row in session.scalars(
        select(Ruling)
        .join(Candidate, Candidate.id == Ruling.candidate_id)
        .where(*chosen)
        .order_by(Ruling.number)
    ):
        rulings[row.candidate_id].append(ruled_of(row))
    return {
        ident: effect_of(violations[ident], rulings.get(ident, ()))
        for ident in violations.keys() | rulings.keys()
    }


def ruled_of(row: Ruling) -> Ruled:
    """A stored ruling as the rule takes it."""
    return msgspec.convert({name: getattr(row, name) for name in Ruled.__struct_fields__}, Ruled)


def practicals(
    session: Session, chosen: Sequence[ColumnElement[bool]]
) -> dict[str, list[Practical]]:
    """Practical results by candidate id, the oldest import first: the last one counts."""
    found: dict[str, list[Practical]] = defaultdict(list)
    for result, source in session.execute(
        select(PracticalResult, PracticalImport)
        .join(PracticalImport, PracticalImport.id == PracticalResult.import_id)
        .join(Candidate, Candidate.id == PracticalResult.candidate_id)
        .where(*chosen)
        .order_by(PracticalImport.number)
    ):
        found[result.candidate_id].append(
            Practical(
                result=result.result,
                points=result.points,
                import_id=source.id,
                number=source.number,
                document=source.document,
                document_date=source.document_date,
                reason=source.reason,
                imported_ms=source.imported_ms,
                imported_id=source.imported_id,
            )
        )
    return found
