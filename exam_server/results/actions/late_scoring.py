"""补评: what a centre sends after a key was corrected is scored by the key in effect.

Nothing is decided here: two persons have approved that key. Two persons open it again, the answers
must give the score they came with by the key as it was sealed, and what each attempt had and has is
in the office's own record. Until then these attempts have no points, and their groups no line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.keys import CentreKeys
from exam_server.results.actions.key_custody import KeySource, refuse_custodians
from exam_server.results.actions.scoring_anew import score_anew
from exam_server.results.attempts import scores_by_attempt
from exam_server.results.corrected_keys import corrected_keys
from exam_server.results.corrections import (
    NEVER_CORRECTED,
    Sitter,
    Versions,
    corrections_of,
    exams_of,
    in_force,
)
from exam_server.results.late import late_sitters
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.scorer_client import ScorerClient
from exam_server.results.tables import Score
from exam_server.results.turn import take_turn
from exam_server.results.views.pending import AT_ONCE
from exam_server.storage.acts import record
from exam_server.storage.base import Base
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx

_INSERT = insert(Base.metadata.tables[Score.__tablename__])
_IN_ONE_ACT = 2000  # attempts: a line of the record stays far below what a verifier reads


def score_late(
    store: Store, *, source: KeySource, keys: CentreKeys, actor: Staff, second: Staff
) -> Iterator[tuple[int, int]]:
    """Score what waits by the keys in effect, all or nothing, telling (done, of) as it goes.

    Refusals: :func:`refuse_custodians`; ``late_nobody`` 409; those of :func:`score_anew`.
    """
    refuse_custodians(actor, second)
    plan = store.read(lambda session: _plan(session, keys))
    total = sum(len(people) for people in plan.people.values())
    found: list[_Found] = []
    client = ScorerClient()
    try:
        yield 0, total
        for people in plan.people.values():
            for at in range(0, len(people), AT_ONCE):
                some = people[at : at + AT_ONCE]
                found += _score(store, client, source, plan, some)
                yield len(found), total
    finally:
        client.close()
    store.write(partial(_keep, found=found, actor=actor, second=second))


@dataclass(frozen=True, slots=True)
class _Plan:
    people: Mapping[str, list[Sitter]]  # by form
    versions: Mapping[str, Versions]  # by form, those in effect
    digests: Mapping[str, str]  # by form, of the key that was approved


@dataclass(frozen=True, slots=True)
class _Found:
    sitter: Sitter
    points: str
    sections: list[Any]
    scoring_digest: str


def _plan(session: Session, keys: CentreKeys) -> _Plan:
    people: dict[str, list[Sitter]] = {}
    for one in late_sitters(session):
        people.setdefault(one.form_id, []).append(one)
    if not people:
        raise Refusal("late_nobody", 409)
    return _Plan(
        people,
        {form: in_force(session, keys, form) for form in people},
        {form: corrections_of(session, form)[-1].keys[form]["to"] for form in people},
    )


def _score(
    store: Store, client: ScorerClient, source: KeySource, plan: _Plan, some: Sequence[Sitter]
) -> list[_Found]:
    form_id = some[0].form_id
    scores = score_anew(
        store,
        client,
        source,
        form_id,
        before=NEVER_CORRECTED,
        wanted=plan.versions[form_id],
        some=some,
    )
    if scores.scoring_digest != plan.digests[form_id]:
        raise Refusal("correction_not_scored", 422, {"form": form_id, "why": "other_key"})
    return [
        _Found(
            one,
            plain_decimal(Decimal(scores.scores[one.attempt_id]["points"])),
            scores.scores[one.attempt_id]["sections"],
            scores.scoring_digest,
        )
        for one in some
    ]


def _keep(tx: Tx, *, found: Sequence[_Found], actor: Staff, second: Staff) -> None:
    """What has changed meanwhile waits on."""
    for exam_id in sorted(exams_of(tx.session, {one.sitter.form_id for one in found})):
        take_turn(tx, exam_id)
    waiting = set(late_sitters(tx.session))
    kept = [one for one in found if one.sitter in waiting]
    reasons = _reasons(tx.session, kept)
    rows = [
        {
            "id": new_id(),
            "attempt_id": one.sitter.attempt_id,
            "version": one.sitter.version + 1,
            "points": one.points,
            "sections": one.sections,
            "attempt_head": one.sitter.head,
            "scoring_digest": one.scoring_digest,
            "scored_ms": tx.now.wall_ms,
            "reason": reasons[one.sitter.attempt_id],
        }
        for one in kept
    ]
    if rows:
        tx.session.connection().execute(_INSERT, rows)
    for at in range(0, len(kept), _IN_ONE_ACT):
        _record(tx, kept[at : at + _IN_ONE_ACT], actor, second)


def _record(tx: Tx, some: Sequence[_Found], actor: Staff, second: Staff) -> None:
    facts = {
        "keys": {one.sitter.form_id: one.scoring_digest for one in some},
        "scores": [
            [one.sitter.attempt_id, one.sitter.version + 1, one.sitter.points, one.points]
            for one in some
        ],
        "second": second.actor,
    }
    record(tx, kind="late_scored", actor=actor.actor, data=facts)


def _reasons(session: Session, kept: Sequence[_Found]) -> dict[str, str]:
    """By attempt, why it is another score than the last that counted: where that was by a
    corrected key already it is the answers that are others, as the centre says, else the key."""
    made_here = corrected_keys(session)
    said: dict[str, str] = {}
    for one in {found.sitter.form_id for found in kept}:
        decided = corrections_of(session, one)
        said[one] = f"rescoring {decided[-1].id}: " + "；".join(row.reason for row in decided)
    chosen = [Candidate.id.in_({one.sitter.candidate_id for one in kept})]
    versions = scores_by_attempt(session, chosen)
    return {
        one.sitter.attempt_id: _reason(versions[one.sitter.attempt_id], made_here)
        or said[one.sitter.form_id]
        for one in kept
    }


def _reason(versions: Sequence[Score], made_here: frozenset[str]) -> str | None:
    counted = any(score.scoring_digest in made_here for score in versions)
    return versions[-1].reason if counted else None
