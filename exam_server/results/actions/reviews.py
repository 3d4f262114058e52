"""The votes of a review are brought in by the office that answers for the level (A13, annex 5)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules.id_number import named_in
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.keys import FieldCipher
from exam_server.results.records import exam_and_profile
from exam_server.results.review_file import VoteRow, problem, problems_found
from exam_server.results.tables import ReviewVote
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

LONGEST_TEXT = 200


def import_votes(
    tx: Tx,
    *,
    exam_id: str,
    rows: Sequence[VoteRow],
    document: str,
    fields: FieldCipher,
    actor: Staff,
) -> int:
    """Keep every line's votes; how many. ``document``: the record they come from.

    The province's act: it reviews. Refusals: ``forbidden`` 403; ``not_found`` 404;
    ``votes_document`` and ``id_number_in_text`` 422; ``votes_problems`` 422 with rows for who is
    not registered, has another name, or is of a level without a review.
    """
    require(actor, Role.AUTHORITY, action="import_votes")
    _, profile = exam_and_profile(tx.session, exam_id)
    document = document.strip()[:LONGEST_TEXT]
    if not document:
        raise Refusal("votes_document", 422)
    if named_in(document):
        raise Refusal("id_number_in_text", 422, {"kind": "votes_imported"})
    problems: list[dict[str, object]] = []
    for row in rows:
        person = tx.session.scalars(
            select(Candidate).where(
                Candidate.exam_id == exam_id, Candidate.id_lookup == fields.lookup(row.id_number)
            )
        ).first()
        if person is None:
            problems.append(problem(row.row, "id_number", "votes_unknown"))
        elif row.name and row.name != plain(person.name):
            problems.append(problem(row.row, "name", "votes_name", name=person.name))
        elif person.level not in profile.pass_rule.review_levels:
            level = profile.level_name(person.level)
            problems.append(problem(row.row, "id_number", "votes_level", level=level))
        else:
            tx.session.add(_vote(tx, person, row, document, actor))
    if problems:
        raise problems_found(problems)
    facts = {"exam": exam_id, "people": len(rows), "document": document}
    record(tx, kind="votes_imported", actor=actor.actor, data=facts)
    return len(rows)


def _vote(tx: Tx, person: Candidate, row: VoteRow, document: str, actor: Staff) -> ReviewVote:
    votes = row.votes
    return ReviewVote(
        id=new_id(),
        candidate_id=person.id,
        expected=votes.expected,
        present=votes.present,
        agreed=votes.agreed,
        against=votes.against,
        abstained=votes.abstained,
        document=document,
        imported_by=actor.id,
        imported_ms=tx.now.wall_ms,
    )
