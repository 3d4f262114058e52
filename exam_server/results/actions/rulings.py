"""The authority rules on a person's results 处理决定 (DOMAIN D37, invariant 10)."""

from __future__ import annotations

from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules import written
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal, forbidden, not_found
from exam_server.ids import new_id
from exam_server.profiles.profile import Profile
from exam_server.results.records import exam_and_profile
from exam_server.results.ruled import add_ruling
from exam_server.results.rules.group import key_of, parts_of
from exam_server.results.rules.official import publisher_of
from exam_server.results.rules.ruling import ALL, Decision
from exam_server.results.turn import take_turn
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


def rule(
    tx: Tx,
    *,
    candidate_id: str,
    subject: str,
    decision: Decision,
    reason: str,
    document: str,
    actor: Staff,
) -> str:
    """Hold, void or clear one subject (``*``: all of them) of a person; the ruling's id.

    By the office that publishes the person's level. Nothing stored of the exam is changed: what
    counts follows from the ruling. Refusals: ``forbidden`` 403; ``not_found`` 404;
    ``ruling_unknown``, ``reason_required``, ``ruling_document_required``, ``id_number_in_text``
    422.
    """
    require(actor, Role.AUTHORITY, action="rule", of_city=True)
    person = tx.session.get(Candidate, candidate_id)
    if person is None:
        raise not_found("candidate", candidate_id)
    take_turn(tx, person.exam_id)
    _, profile = exam_and_profile(tx.session, person.exam_id)
    if actor.city != office_of(person, profile):
        raise forbidden("rule")
    if decision not in get_args(Decision) or subject not in (ALL, *profile.subjects):
        raise Refusal("ruling_unknown", 422, {"subject": subject, "decision": decision})
    reason, document = written.reason(reason, "ruled"), written.words(document, "ruled")
    if decision == "void" and not document:
        raise Refusal("ruling_document_required", 422)
    ident = new_id()
    add_ruling(
        tx.session,
        ident=ident,
        candidate_id=candidate_id,
        subject=subject,
        decision=decision,
        reason=reason,
        document=document,
        at_ms=tx.now.wall_ms,
        staff_id=actor.id,
    )
    facts = {
        "ruling": ident,
        "candidate": candidate_id,
        "subject": subject,
        "decision": decision,
        "reason": reason,
        "document": document,
    }
    record(tx, kind="ruled", actor=actor.actor, data=facts)
    return ident


def find_person(session: Session, exam_id: str, ticket: str) -> tuple[str, str | None]:
    """The candidate with this ticket, and the city whose office rules, None for the province.

    ``not_found`` 404.
    """
    _, profile = exam_and_profile(session, exam_id)
    person = session.scalars(
        select(Candidate).where(Candidate.exam_id == exam_id, Candidate.ticket == ticket)
    ).first()
    if person is None:
        raise not_found("candidate", ticket)
    return person.id, office_of(person, profile)


def office_of(person: Candidate, profile: Profile) -> str | None:
    """Whose results these are: the office that publishes the person's group, a city's name or None
    for the province, whose provincial units 省直 are at every level (DOMAIN A4, D14)."""
    group = key_of(person.city, person.trade, person.level, profile.line_group_by)
    return publisher_of(parts_of(group), profile.publish.authority)
