"""Handing in 交卷: the outbox and the end in one go, for everybody who waits.

Never blank because of the network: what was still in the outbox travels with the hand-in and
is saved before the attempt ends (invariant 4).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from exam_server.desk.tables import Exam, Sitting
from exam_server.errors import Refusal
from exam_server.room.actions.ending import end
from exam_server.room.actions.people import timing_of
from exam_server.room.actions.responses import Receipts, Save, save_together
from exam_server.room.actions.responses_sql import attempts_named
from exam_server.room.actions.rounds import rounds
from exam_server.room.rules.lifecycle import ENDED, UNDER_WAY, AttemptState, Cause
from exam_server.storage.listed import listed
from exam_server.storage.tx import Tx

_EARLIEST = (
    select(Sitting.id, Exam.rules["room"]["earliest_submit_minutes"].as_integer().label("minutes"))
    .join(Exam, Exam.id == Sitting.exam_id)
    .where(Sitting.id.in_(listed("sittings")))
)


def hand_in_together(tx: Tx, saves: Sequence[Save]) -> list[Receipts | Refusal]:
    """The candidates hand in with what each still had to send; repeating changes nothing.

    In this order, and a refusal is its own only: those of
    :func:`exam_server.room.actions.responses.save_responses`, and ``submit_too_early`` 409
    (DOMAIN D22). Who is refused has nothing written.
    """
    outcomes: list[Receipts | Refusal] = []
    for some in rounds(saves, whose=lambda save: save.attempt_id):
        outcomes += _hand_in_distinct(tx, some)
    return outcomes


def _hand_in_distinct(tx: Tx, saves: Sequence[Save]) -> list[Receipts | Refusal]:
    early = _too_early(tx, saves)
    timely = [save for save in saves if save.attempt_id not in early]
    saved = dict(zip((save.attempt_id for save in timely), save_together(tx, timely), strict=True))
    taken = [ident for ident, outcome in saved.items() if not isinstance(outcome, Refusal)]
    ending = [found for found in attempts_named(tx, taken).values() if found.state not in ENDED]
    end(tx, ending, cause=Cause.CANDIDATE, actor="candidate")
    outcomes: dict[str, Receipts | Refusal] = {**saved, **early}
    return [outcomes[save.attempt_id] for save in saves]


def _too_early(tx: Tx, saves: Sequence[Save]) -> dict[str, Refusal]:
    """Who may not hand in yet, by attempt; what else is wrong the saving finds."""
    there = attempts_named(tx, [save.attempt_id for save in saves])
    mine = [
        found
        for save in saves
        if (found := there.get(save.attempt_id)) is not None
        and found.candidate_id == save.candidate_id
        and AttemptState(found.state) in UNDER_WAY
    ]
    sittings = {"sittings": list({found.sitting_id for found in mine})}
    earliest = {row.id: row.minutes for row in tx.session.execute(_EARLIEST, sittings)}
    return {
        found.id: Refusal("submit_too_early", 409, {"minutes": earliest[found.sitting_id]})
        for found in mine
        if timing_of(found).spent(tx.now) < earliest[found.sitting_id] * 60_000
    }
