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

    @property
    def shown(self) -> str:
        """``9/8：6-1-1``: due/there: agreed-against-abstained."""
        return f"{self.expected}/{self.present}：{self.agreed}-{self.against}-{self.abstained}"


def of_row(row: ReviewVote) -> Votes:
    """The figures of a stored vote."""
    return Votes(row.expected, row.present, row.agreed, row.against, row.abstained)


def votes_of(session: Session, ids: Sequence[str]) -> dict[str, Votes]:
    """By candidate id, of these; a later import stands instead of an earlier one."""
    rows = session.scalars(
        select(ReviewVote)
        .where(ReviewVote.candidate_id.in_(listed("candidates")))
        .order_by(ReviewVote.imported_ms),
        {"candidates": list(ids)},
    )
    return {row.candidate_id: of_row(row) for row in rows}
