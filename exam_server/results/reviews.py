"""The votes of the review 评审 as they are kept: who was voted on, with the newest vote."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.results.tables import ReviewVote
from exam_server.storage.listed import listed


class Votes(msgspec.Struct, frozen=True):
    """Of one person: members of the panel due and there, and how they voted."""

    expected: int
    present: int
    agreed: int
    against: int
    abstained: int


def votes_of(session: Session, ids: Sequence[str]) -> dict[str, Votes]:
    """By candidate id, of these; a later import stands instead of an earlier one."""
    rows = session.scalars(
        select(ReviewVote)
        .where(ReviewVote.candidate_id.in_(listed("candidates")))
        .order_by(ReviewVote.imported_ms),
        {"candidates": list(ids)},
    )
    return {
        row.candidate_id: Votes(row.expected, row.present, row.agreed, row.against, row.abstained)
        for row in rows
    }
