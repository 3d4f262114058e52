"""A correction is tried 试算: everybody concerned is scored anew, beside the scores there are.

The scoring key was put away when scoring had ended. Two persons open it again: with the bell code
of the sealed package, at the machine that holds it, or with the authority's own scoring key file.
Only the scorer process reads it; nobody's score changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff, require
from exam_server.errors import Refusal
from exam_server.keys import CentreKeys
from exam_server.results.actions.correcting import locked, note_step, refuse_step
from exam_server.results.actions.rescoring import refuse_early_or_late
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
from exam_server.results.packed_answers import merged_answers
from exam_server.results.rules.correction_life import CorrectionState
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.scorer_client import ScorerClient, ScorerFailed, Scores
from exam_server.results.tables import TrialScore
from exam_server.results.views.pending import AT_ONCE, answers_of
from exam_server.storage.base import Base
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx
from exam_server.vault.actions.packages import read_package, refusal_of
from exam_server.vault.tables import Form, Package
from question_bank.errors import BankError
from question_bank.sealing import opening

_INSERT = insert(Base.metadata.tables[TrialScore.__tablename__])
_CUSTODIANS = (Role.AUTHORITY, Role.CENTRE_ADMIN, Role.CHIEF_PROCTOR)


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the scorer finds the sealed key of each form: package and secret, or a file.

    ``secrets``: form id → (package file, scoring secret); ``file``: ``scoring.json``.
    """

    secrets: Mapping[str, tuple[Path, bytes]]
    file: Path | None = None

    def place(self, form_id: str) -> dict[str, Any]:
        """As :meth:`ScorerClient.score` takes it."""
        if self.file is not None:
            return {"key_path": self.file}
        path, secret = self.secrets[form_id]
        return {"package_path": path, "scoring_secret": secret}


def open_keys(
    session: Session,
    *,
    correction_id: str,
    codes: Sequence[str],
    keys: CentreKeys,
    data: Path,
    actor: Staff,
    second: Staff,
) -> KeySource:
    """启用评分密钥: the scoring secrets of the correction's forms, opened by two persons.

    ``codes``: the bell codes of the packages, in any order. Refusals: ``forbidden``,
    ``second_person_required`` 403; ``not_found`` 404; the package's own 422.
    """
    refuse_custodians(actor, second)
    form_ids = forms_of(found_correction(session, correction_id))
    rows = session.execute(
        select(Form.id, Package.path)
        .join(Package, Package.id == Form.package_id)
        .where(Form.id.in_(form_ids))
    ).all()
    secrets: dict[str, tuple[Path, bytes]] = {}
    for path in sorted({row.path for row in rows}):
        secret = _scoring_secret(data / path, codes, keys)
        secrets |= {row.id: (data / path, secret) for row in rows if row.path == path}
    return KeySource(secrets)


def refuse_custodians(actor: Staff, second: Staff) -> None:
    """Two different persons, the first of the authority (invariant 10)."""
    require(actor, Role.AUTHORITY, action="try_correction")
    require(second, *_CUSTODIANS, action="try_correction")
    if actor.id == second.id:
        raise Refusal("second_person_required", 403, {})


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

    Refusals: :func:`refuse_custodians`; ``correction_step``, ``correction_nobody`` 409, those of
    :func:`refuse_early_or_late`; what the scorer says of the correction or of the key, 422.
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
                scores = _score(store, client, source, form_id, plan.versions[form_id], some)
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
    versions = {form: [*in_force(session, keys, form), as_version(changes, form)] for form in forms}
    return _Plan(people, versions)


def _score(
    store: Store,
    client: ScorerClient,
    source: KeySource,
    form_id: str,
    versions: Versions,
    some: Sequence[Sitter],
) -> Scores:
    """Under the corrected key; and under the present one, which must give what they have: answers
    that do not are not those that were scored."""
    answers = store.read(lambda session: _answers(session, some))
    try:
        present, corrected = (
            client.score(
                form_id=form_id,
                responses=answers,
                corrections=so_far,
                **source.place(form_id),
            )
            for so_far in (versions[:-1], versions)
        )
    except ScorerFailed as failure:
        raise Refusal(
            "correction_not_scored", 422, {"form": form_id, "why": failure.code}
        ) from None
    for one in some:
        points = Decimal(present.scores[one.attempt_id]["points"])
        if (present.scoring_digest, points) != (one.scoring_digest, Decimal(one.points)):
            raise Refusal("correction_not_reproduced", 409, {"attempt": one.attempt_id})
    return corrected


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


def _scoring_secret(path: Path, codes: Sequence[str], keys: CentreKeys) -> bytes:
    """By whichever of the codes is this package's; the last refusal when none is."""
    package = read_package(path)
    refused = Refusal("correction_code", 422, {"package": package.id})
    for code in codes:
        try:
            return opening.open_content_keys(package, keys.hpke, code).scoring_secret
        except BankError as error:
            refused = refusal_of(error)
    raise refused
