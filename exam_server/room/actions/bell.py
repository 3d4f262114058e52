"""From a seated roster to the bell, and each subject's start."""

from __future__ import annotations

import hashlib
from itertools import product
from pathlib import Path

from sqlalchemy import func, select

from exam_server.auth.identity import ROOM_STAFF, Staff, require
from exam_server.desk.rules.chain import chain_start
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.rules.lifecycle import advance as advance_sitting
from exam_server.desk.rules.needs import needs_of
from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.keys import CentreKeys
from exam_server.profiles.profile import Profile
from exam_server.room import journal
from exam_server.room.actions.heads import take_heads
from exam_server.room.actions.people import (
    profile_of,
    sitting,
)
from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.tables import Attempt
from exam_server.storage.tx import Tx
from exam_server.vault.actions.forms import (
    form_for,
    hold_secrets,
    mark_spent,
    refuse_spent,
)
from exam_server.vault.actions.packages import unseal as unseal_packages
from exam_server.vault.opened import OpenedVault


def make_ready(tx: Tx, *, sitting_id: str, actor: str) -> int:
    """Give every seated candidate one attempt per subject; the number of candidates.

    planned → ready. Refusals: ``sitting_empty``; ``form_missing`` (422, one row per subject,
    trade and level without a form); ``form_spent``.
    """
    where = sitting(tx, sitting_id)
    rules = profile_of(tx, where)
    people = list(
        tx.session.scalars(
            select(Candidate).where(Candidate.sitting_id == sitting_id).order_by(Candidate.seat)
        )
    )
    if not people:
        raise Refusal("sitting_empty", 409, {"sitting": where.name})
    forms = _forms_for(tx, where, rules, people)
    for person in people:
        for ordinal, subject in enumerate(rules.block.order, start=1):
            form_id = forms[subject, person.trade, person.level, person.form_index]
            _assign(tx, where, rules, person, subject, ordinal, form_id)
    where.state = advance_sitting(where.state, SittingState.READY)
    exam = tx.session.get_one(Exam, where.exam_id)
    planned = {"exam": exam.name, "centre": where.centre, "mode": exam.mode}
    journal.append(tx, chain=where, kind="planned", actor=actor, data=planned)
    journal.append(tx, chain=where, kind="ready", actor=actor)
    return len(people)


def ring(tx: Tx, *, sitting_id: str, actor: Staff, vault: OpenedVault, keys: CentreKeys) -> None:
    """开考: one transaction that releases the first subject's keys.

    The keys leave by the push that follows the ``bell`` fact, and by :func:`start`; they are
    in no answer to the console. Every secret of the sitting is also stored, wrapped by the
    centre key, until scoring ends.
    """
    where = sitting(tx, sitting_id)
    require(actor, *ROOM_STAFF, action="bell")
    all_forms = _forms_of(tx, sitting_id)
    if where.state == SittingState.UNSEALED and not vault.holds(all_forms):
        raise Refusal("unseal_again", 409)
    refuse_spent(tx, form_ids=all_forms, sitting_id=sitting_id)
    where.state = advance_sitting(where.state, SittingState.RUNNING)
    hold_secrets(tx, form_ids=all_forms, vault=vault, keys=keys)
    first_forms = _forms_of(tx, sitting_id, ordinal=1)
    released = {form_id: vault.content_key(form_id) for form_id in sorted(first_forms)}
    mark_spent(tx, form_ids=first_forms, sitting_id=sitting_id)
    where.bell_ms, where.bell_boot_ms, where.boot = (
        tx.now.wall_ms,
        tx.now.boot_ms,
        tx.now.boot,
    )
    data = {
        "forms": sorted(released),
        "keys_digest": _keys_digest(released),
        "checked_in": _count(tx, sitting_id, AttemptState.CHECKED_IN),
    }
    journal.append(tx, chain=where, kind="bell", actor=actor.actor, data=data)
    take_heads(tx, where)


def _forms_for(
    tx: Tx, where: Sitting, rules: Profile, people: list[Candidate]
) -> dict[tuple[str, str, str, int], str]:
    """One form per subject × trade × level of the room and turn among equal forms; all problems
    at once."""
    kinds = sorted({(person.trade, person.level) for person in people})
    turns = {kind: {p.form_index for p in people if (p.trade, p.level) == kind} for kind in kinds}
    elsewhere = _forms_at_another_time(tx, where)
    forms: dict[tuple[str, str, str, int], str] = {}
    problems: list[dict[str, object]] = []
    for subject, (trade, level) in product(sorted(rules.block.order), kinds):
        try:
            for index in turns[trade, level]:
                forms[subject, trade, level, index] = form_for(
                    tx,
                    subject=subject,
                    trade=trade,
                    level=level,
                    sitting_id=where.id,
                    index=index,
                    elsewhere=elsewhere,
                )
        except Refusal as refusal:
            facts = {"subject": subject, "trade": trade, "level": level, **refusal.facts}
            problems.append({"row": 0, "column": subject, "code": refusal.code, "facts": facts})
    if problems:
        raise Refusal("form_missing", 422, {"count": len(problems)}, problems)
    return forms


def _forms_at_another_time(tx: Tx, where: Sitting) -> set[str]:
    """Forms assigned in sittings that do not begin when this one does: spent before or after."""
    query = (
        select(Attempt.form_id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(Sitting.planned_start_ms != where.planned_start_ms)
        .distinct()
    )
    return set(tx.session.scalars(query))


def _assign(
    tx: Tx,
    where: Sitting,
    rules: Profile,
    person: Candidate,
    subject: str,
    ordinal: int,
    form_id: str,
) -> None:
    attempt_id = new_id()
    row = Attempt(
        id=attempt_id,
        sitting_id=where.id,
        candidate_id=person.id,
        subject=subject,
        ordinal=ordinal,
        form_id=form_id,
        state=AttemptState.ASSIGNED.value,
        limit_ms=needs_of(person.needs).limit_ms(rules.subjects[subject].minutes),
        head_seq=0,
        head=chain_start(attempt_id),
    )
    tx.session.add(row)
    tx.session.flush()
    data = {
        "candidate": person.id,
        "subject": subject,
        "ordinal": ordinal,
        "form": form_id,
        "limit_ms": row.limit_ms,
        "seat": person.seat,
    }
    journal.append(tx, chain=row, kind="assigned", actor="system", data=data)


def _forms_of(tx: Tx, sitting_id: str, ordinal: int | None = None) -> set[str]:
    query = select(Attempt.form_id).where(Attempt.sitting_id == sitting_id).distinct()
    if ordinal is not None:
        query = query.where(Attempt.ordinal == ordinal)
    return set(tx.session.scalars(query))


def _count(tx: Tx, sitting_id: str, state: AttemptState) -> int:
    query = (
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.sitting_id == sitting_id, Attempt.ordinal == 1, Attempt.state == state.value)
    )
    return tx.session.scalar(query) or 0


def _keys_digest(keys: dict[str, bytes]) -> str:
    """What was released, provable later, without showing the keys."""
    return hashlib.sha256(b"".join(keys[form_id] for form_id in sorted(keys))).hexdigest()


def unseal(
    tx: Tx,
    *,
    sitting_id: str,
    code: str,
    first: Staff,
    second: Staff,
    keys: CentreKeys,
    data: Path,
    vault: OpenedVault,
) -> None:
    """启封 of a ready sitting by bell code and two persons; the bell is another act."""
    for person in (first, second):
        require(person, *ROOM_STAFF, action="unseal")
    where = sitting(tx, sitting_id)
    if where.state != SittingState.UNSEALED:
        where.state = advance_sitting(where.state, SittingState.UNSEALED)
    packages = unseal_packages(
        tx,
        form_ids=_forms_of(tx, sitting_id),
        code=code,
        first=first,
        second=second,
        keys=keys,
        data=data,
        vault=vault,
    )
    entry = {"package": ",".join(packages), "first": first.actor, "second": second.actor}
    journal.append(tx, chain=where, kind="unsealed", actor=first.actor, data=entry)
