"""The review 评审: who entered it, how the panel voted, on whom it has not yet (DOMAIN A13)."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.desk.tables import Candidate
from exam_server.results.records import exam_and_profile
from exam_server.results.reviews import Votes, of_row
from exam_server.results.rules.outcome import Status
from exam_server.results.tables import ReleasedResult, ReviewVote
from exam_server.results.views.published import newest_releases

_SHOWN = 200


class VotedOn(msgspec.Struct, frozen=True):
    """One vote, with the record it came from."""

    votes: Votes
    document: str
    by: str
    at_ms: int


class Reviewed(msgspec.Struct, frozen=True):
    """A person of the review. ``votes``: the newest first, () while there is none."""

    ticket: str | None
    name: str
    city: str
    unit: str
    trade: str
    level_name: str
    votes: tuple[VotedOn, ...]


class ReviewPage(msgspec.Struct, frozen=True):
    """``levels``: whose certificate the review decides on, in words; () where there is none.
    ``entered``: who passed and goes on to it, as published; ``waiting``: the first of those on
    whom nobody has voted, ``outstanding`` how many they are; ``voted``: the newest votes
    first."""

    levels: tuple[str, ...]
    entered: int
    outstanding: int
    waiting: tuple[Reviewed, ...]
    voted: tuple[Reviewed, ...]


def review_page(session: Session, exam_id: str, *, viewer: Staff) -> ReviewPage:
    """The exam's review. ``not_found`` 404."""
    exam, profile = exam_and_profile(session, exam_id)
    levels = profile.pass_rule.review_levels
    votes = _votes(session, exam.id)
    entered = _entered(session, exam.id, viewer)
    rows = session.scalars(
        select(Candidate)
        .where(Candidate.exam_id == exam.id, Candidate.level.in_(levels))
        .order_by(Candidate.ticket, Candidate.id)
    )
    people = {
        row.id: Reviewed(
            ticket=row.ticket,
            name=row.name,
            city=row.city,
            unit=row.unit,
            trade=row.trade,
            level_name=profile.level_name(row.level),
            votes=tuple(reversed(votes.get(row.id, ()))),
        )
        for row in rows
    }
    waiting = [one for ident, one in people.items() if ident in entered and not one.votes]
    voted = [one for one in people.values() if one.votes]
    return ReviewPage(
        levels=tuple(profile.level_name(level) for level in levels),
        entered=len(entered & people.keys()),
        outstanding=len(waiting),
        waiting=tuple(waiting[:_SHOWN]),
        voted=tuple(sorted(voted, key=lambda one: -one.votes[0].at_ms)),
    )


def _votes(session: Session, exam_id: str) -> dict[str, list[VotedOn]]:
    """By candidate, the oldest first."""
    found: dict[str, list[VotedOn]] = defaultdict(list)
    for row, name in session.execute(
        select(ReviewVote, StaffRow.name)
        .join(Candidate, Candidate.id == ReviewVote.candidate_id)
        .outerjoin(StaffRow, StaffRow.id == ReviewVote.imported_by)
        .where(Candidate.exam_id == exam_id)
        .order_by(ReviewVote.imported_ms)
    ):
        found[row.candidate_id].append(
            VotedOn(of_row(row), row.document, name or row.imported_by, row.imported_ms)
        )
    return found


def _entered(session: Session, exam_id: str, viewer: Staff) -> set[str]:
    """Who passed and has the review before them, by the releases that count."""
    releases = [one.id for one in newest_releases(session, exam_id, viewer)]
    rows = session.execute(
        select(ReleasedResult.candidate_id, ReleasedResult.official).where(
            ReleasedResult.release_id.in_(releases),
            ReleasedResult.official["status"].as_string() == Status.PASS.value,
        )
    )
    return {
        ident
        for ident, official in rows
        if any(reason["code"] == "review" for reason in official["reasons"])
    }
