"""A correction is tried 试算: everybody concerned is scored anew, beside the scores there are.

Two persons open the scoring key for it (:mod:`exam_server.results.actions.key_custody`); nobody's
score changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.results.actions.correcting import locked, note_step, refuse_step
from exam_server.results.actions.key_custody import KeySource, refuse_custodians
from exam_server.results.actions.rescoring import refuse_early_or_late
from exam_server.results.actions.scoring_anew import score_anew
from exam_server.results.corrected_keys import replaced_keys
from exam_server.results.correction_effects import Tried, approved_digest, effects_of
from exam_server.results.corrections import (
    Sitter,
    Versions,
    as_version,
    changes_of,
    forms_of,
    found_correction,
    in_force,
    sitters,
)
from exam_server.results.rules.correction_life import CorrectionState
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.scorer_client import ScorerClient, Scores
from exam_server.results.tables import TrialScore
from exam_server.results.views.pending import AT_ONCE
from exam_server.storage.base import Base
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx

_INSERT = insert(Base.metadata.tables[TrialScore.__tablename__])


def try_out(
    store: Store,
    *,
    correction_id: str,
    source: KeySource,
    keys: CentreKeys,
    actor: Staff,
    second: Staff,
) -> Iterator[tuple[int, int]]:
    """Score everybody anew and keep what came of it, telling (done, of) as it goes.

    Refusals: :func:`refuse_custodians`; ``correction_step``, ``correction_nobody``,
    ``scores_late`` 409, those of :func:`refuse_early_or_late` and of :func:`score_anew`.
    """
    refuse_custodians(actor, second)
    plan = store.read(lambda session: _plan(session, correction_id, keys))
    found: list[dict[str, Any]] = []
    key_facts: dict[str, Any] = {}
    client = ScorerClient()
    try:
        yield 0, plan.total
        for form_id, people in plan.people.items():
            for at in range(0, len(people), AT_ONCE):
                some = people[at : at + AT_ONCE]
                versions = plan.versions[form_id]
                scores = score_anew(
                    store,
                    client,
                    source,
                    form_id,
                    before=versions[:-1],
                    wanted=versions,
                    some=some,
                )
                key_facts[form_id] = _key(scores, some)
                found += [_row(correction_id, one, scores) for one in some]
                yield len(found), plan.total
    finally:
        client.close()
    store.write(lambda tx: _keep(tx, correction_id, found, key_facts, actor, second))


@dataclass(frozen=True, slots=True)
class _Plan:
    people: dict[str, list[Sitter]]  # by form
    versions: Mapping[str, Versions]  # by form: in force, and then this one

    @property
    def total(self) -> int:
        return sum(len(one) for one in self.people.values())


def _plan(session: Session, correction_id: str, keys: CentreKeys) -> _Plan:
    row = found_correction(session, correction_id)
    refuse_step(row, CorrectionState.TRIED)
    forms, changes = forms_of(row), changes_of(row, keys)
    refuse_early_or_late(session, forms)
    people: dict[str, list[Sitter]] = {form: [] for form in forms}
    for one in sitters(session, forms):
        people[one.form_id].append(one)
    if empty := [form for form, sat in people.items() if not sat]:
        raise Refusal("correction_nobody", 409, {"form": empty[0]})
    old = replaced_keys(session)
    if late := sum(one.scoring_digest in old for sat in people.values() for one in sat):
        raise Refusal("scores_late", 409, {"count": late})
    versions = {form: [*in_force(session, keys, form), as_version(changes, form)] for form in forms}
    return _Plan(people, versions)


def _key(scores: Scores, some: Sequence[Sitter]) -> dict[str, Any]:
    """Which key takes the place of which. All of a form were scored by one key before."""
    golden = scores.golden_points and plain_decimal(Decimal(scores.golden_points))
    return {
        "from": some[0].scoring_digest,
        "to": scores.scoring_digest,
        "version": scores.version,
        "golden": golden,
    }


def _row(correction_id: str, one: Sitter, scores: Scores) -> dict[str, Any]:
    found = scores.scores[one.attempt_id]
    return {
        "correction_id": correction_id,
        "attempt_id": one.attempt_id,
        "imported_id": one.imported_id,
        "candidate_id": one.candidate_id,
        "subject": one.subject,
        "form_id": one.form_id,
        "head": one.head,
        "version": one.version,
        "before": one.points,
        "after": plain_decimal(Decimal(found["points"])),
        "sections": found["sections"],
    }


def _keep(
    tx: Tx,
    correction_id: str,
    found: Sequence[dict[str, Any]],
    key_facts: dict[str, Any],
    actor: Staff,
    second: Staff,
) -> None:
    row = locked(tx, correction_id)
    refuse_step(row, CorrectionState.TRIED)
    tx.session.execute(delete(TrialScore).where(TrialScore.correction_id == correction_id))
    tx.session.flush()
    tx.session.connection().execute(_INSERT, list(found))
    tried = [
        Tried(
            *(one[name] for name in Tried._fields),
        )
        for one in sorted(found, key=lambda one: str(one["attempt_id"]))
    ]
    effects = effects_of(tx.session, row.exam_id, tried)
    row.keys, row.effects = key_facts, msgspec.to_builtins(effects)
    row.digest = approved_digest(key_facts, tried, effects)
    note_step(tx, row, CorrectionState.TRIED, actor, second=second)
