"""What waits to be scored anew 待补评: handed in, and scored by a key that was corrected since."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.results.attempts import SOURCES
from exam_server.results.corrected_keys import replaced_keys
from exam_server.results.corrections import Sitter, sitters
from exam_server.results.tables import Score
from exam_server.storage.listed import listed


def late_sitters(session: Session) -> list[Sitter]:
    """By package and attempt; mostly nobody."""
    old = replaced_keys(session)
    if not old:
        return []
    forms = {
        form
        for source in SOURCES
        for form in session.scalars(
            select(source.form_id)
            .join(Score, Score.attempt_id == source.id)
            .where(Score.scoring_digest.in_(old))
            .distinct()
        )
    }
    return sitters(session, forms, by=old)


def late_forms(session: Session) -> list[str]:
    """The forms whose keys are wanted for it; Refusal ``late_nobody`` 409."""
    if found := sorted({one.form_id for one in late_sitters(session)}):
        return found
    raise Refusal("late_nobody", 409)


def late_people(session: Session, people: Collection[str]) -> frozenset[str]:
    """Who of these candidates waits: a line that is moved to and fro asks about its group alone."""
    old = replaced_keys(session)
    if not old or not people:
        return frozenset()
    newest: dict[str, tuple[int, str, str]] = {}
    for source in SOURCES:
        rows = session.execute(
            select(source.id, source.candidate_id, Score.version, Score.scoring_digest)
            .join(Score, Score.attempt_id == source.id)
            .where(source.candidate_id.in_(listed("people")), source.state == "submitted"),
            {"people": list(people)},
        )
        for attempt, candidate, version, digest in rows:
            newest[attempt] = max(newest.get(attempt, (0, "", "")), (version, digest, candidate))
    return frozenset(candidate for _, digest, candidate in newest.values() if digest in old)
