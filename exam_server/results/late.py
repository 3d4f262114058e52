"""What waits to be scored anew 待补评: handed in, and scored by a key that was corrected since."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.results.attempts import SOURCES
from exam_server.results.corrected_keys import replaced_keys
from exam_server.results.corrections import Sitter, sitters
from exam_server.results.tables import Score


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


def late_people(session: Session) -> frozenset[str]:
    """Their candidate ids."""
    return frozenset(one.candidate_id for one in late_sitters(session))
