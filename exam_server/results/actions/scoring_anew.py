"""Attempts are scored by another key than the one they were scored by; nothing is stored here."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from exam_server.errors import Refusal
from exam_server.results.actions.key_custody import KeySource
from exam_server.results.corrections import Sitter, Versions
from exam_server.results.packed_answers import merged_answers
from exam_server.results.scorer_client import ScorerClient, ScorerFailed, Scores
from exam_server.results.views.pending import answers_of
from exam_server.storage.store import Store


def score_anew(
    store: Store,
    client: ScorerClient,
    source: KeySource,
    form_id: str,
    *,
    before: Versions,
    wanted: Versions,
    some: Sequence[Sitter],
) -> Scores:
    """Some sitters of one form by the ``wanted`` version of its key; and by the one ``before``,
    which must give what they have: answers that do not are not those that were scored.

    Refusals: ``correction_no_answers``, ``correction_not_reproduced`` 409;
    ``correction_not_scored`` 422.
    """
    answers = store.read(lambda session: _answers(session, some))
    try:
        present, anew = (
            client.score(
                form_id=form_id,
                responses=answers,
                corrections=versions,
                **source.place(form_id),
            )
            for versions in (before, wanted)
        )
    except ScorerFailed as failure:
        raise Refusal(
            "correction_not_scored", 422, {"form": form_id, "why": failure.code}
        ) from None
    for one in some:
        points = Decimal(present.scores[one.attempt_id]["points"])
        if (present.scoring_digest, points) != (one.scoring_digest, Decimal(one.points)):
            raise Refusal("correction_not_reproduced", 409, {"attempt": one.attempt_id})
    return anew


def _answers(session: Session, some: Sequence[Sitter]) -> dict[str, dict[str, str]]:
    """By attempt; Refusal ``correction_no_answers`` 409 where a package brought none."""
    here = [one.attempt_id for one in some if not one.imported_id]
    merged = [one.attempt_id for one in some if one.imported_id]
    found: dict[str, dict[str, str]] = {ident: {} for ident in here}
    found |= answers_of(session, here)
    found |= merged_answers(session, merged) if merged else {}
    if missing := [ident for ident in merged if ident not in found]:
        raise Refusal("correction_no_answers", 409, {"attempt": missing[0], "count": len(missing)})
    return found
