"""The votes of a review are brought in by the office that answers for the level (A13, annex 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from exam_server.auth.identity import Role, Staff, require
from exam_server.desk.rules.roster_text import plain
from exam_server.desk.rules.written import words
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile
from exam_server.results.records import exam_and_profile
from exam_server.results.review_file import VOTES, VoteRow
from exam_server.results.reviews import Votes, votes_of
from exam_server.results.tables import ReviewVote
from exam_server.results.turn import take_turn
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class VotesTaken:
    """``people``: in the list; ``corrected``: of them with other votes than before; ``written``:
    of them not there as they are: 0 when this list had been brought in before."""

    people: int
    corrected: int
    written: int


def import_votes(
    tx: Tx,
    *,
    exam_id: str,
    rows: Sequence[VoteRow],
    document: str,
    reason: str,
    fields: FieldCipher,
    actor: Staff,
) -> VotesTaken:
    """Keep every line's votes; votes that are there already are not written again.

    ``document``: the record they come from; ``reason``: why votes are corrected, "" while none
    are. The province's act: it reviews. Refusals: ``forbidden`` 403; ``not_found`` 404;
    ``votes_document`` and ``id_number_in_text`` 422; ``votes_problems`` 422 with rows for who is
    not registered, has another name, or is of a level without a review; ``votes_reason`` 409 with
    a row for each that would be corrected, until a reason is given.
    """
    require(actor, Role.AUTHORITY, action="import_votes")
    take_turn(tx, exam_id)
    _, profile = exam_and_profile(tx.session, exam_id)
    document, reason = words(document, "votes_imported"), words(reason, "votes_imported")
    if not document:
        raise Refusal("votes_document", 422)
    found = _matched(tx, exam_id, rows, profile, fields)
    standing = votes_of(tx.session, list(found))
    corrected = _corrected(found, standing)
    if corrected and not reason:
        raise Refusal("votes_reason", 409, {"count": len(corrected)}, corrected)
    fresh = {ident: row for ident, row in found.items() if standing.get(ident) != row.votes}
    tx.session.add_all(_vote(tx, ident, row, document, actor) for ident, row in fresh.items())
    if fresh:
        facts = {
            "exam": exam_id,
            "people": len(fresh),
            "corrected": len(corrected),
            "document": document,
            "reason": reason if corrected else "",
        }
        record(tx, kind="votes_imported", actor=actor.actor, data=facts)
    return VotesTaken(len(rows), len(corrected), len(fresh))


def _matched(
    tx: Tx, exam_id: str, rows: Sequence[VoteRow], profile: Profile, fields: FieldCipher
) -> dict[str, VoteRow]:
    """The candidate of each row; Refusal ``votes_problems`` 422 with rows."""
    found: dict[str, VoteRow] = {}
    problems: list[dict[str, object]] = []
    for row in rows:
        person = tx.session.scalars(
            select(Candidate).where(
                Candidate.exam_id == exam_id, Candidate.id_lookup == fields.lookup(row.id_number)
            )
        ).first()
        if person is None:
            problems.append(VOTES.problem(row.row, "id_number", "votes_unknown"))
        elif row.name and row.name != plain(person.name):
            problems.append(VOTES.problem(row.row, "name", "votes_name", name=person.name))
        elif person.level not in profile.pass_rule.review_levels:
            level = profile.level_name(person.level)
            problems.append(VOTES.problem(row.row, "id_number", "votes_level", level=level))
        else:
            found[person.id] = row
    if problems:
        raise VOTES.refusal(problems)
    return found


def _corrected(
    found: Mapping[str, VoteRow], standing: Mapping[str, Votes]
) -> list[dict[str, object]]:
    """A row for each whose votes are not those that stand."""
    return [
        VOTES.problem(
            row.row, "agreed", "votes_differ",
            here=standing[ident].shown, brought=row.votes.shown,
        )
        for ident, row in found.items()
        if ident in standing and standing[ident] != row.votes
    ]  # fmt: skip


def _vote(tx: Tx, ident: str, row: VoteRow, document: str, actor: Staff) -> ReviewVote:
    votes = row.votes
    return ReviewVote(
        id=new_id(),
        candidate_id=ident,
        expected=votes.expected,
        present=votes.present,
        agreed=votes.agreed,
        against=votes.against,
        abstained=votes.abstained,
        document=document,
        imported_by=actor.id,
        imported_ms=tx.now.wall_ms,
    )
