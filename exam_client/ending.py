"""A candidate is done: handing in.

A hall hands in within seconds. As on arrival, who asks, what they do and what they are told in
answer is one visit to the database, made together by those who come at the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from exam_client.use import Wanted, all_of, named, saved_now, states_in
from exam_client.wire import Batch
from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.later import Get, Then
from exam_server.room.actions.handing_in import hand_in_together
from exam_server.room.views.terminal import terminals_of
from exam_server.storage.tx import Tx

Told = tuple[str, Any]  # candidate id, and what their terminal is told


def hand_in(centre: Centre, token: str, attempt_id: str, batch: Batch) -> Told:
    """The outbox and the hand-in in one command, never blank because of the network: receipts
    and State.

    What is still in an outbox may be handed over although the login has ended. Refusals:
    ``submit_not_confirmed`` 422, ``not_logged_in`` 401, those of ``hand_in_together``.
    """
    asked = _asked(centre, token, attempt_id, batch)
    told = centre.store.write_together(_hand_in_all, asked, attempts=[attempt_id])
    return _told_now(centre, told)


def hand_in_later(
    centre: Centre, token: str, attempt_id: str, batch: Batch, then: Then[Any]
) -> None:
    """As :func:`hand_in` without waiting: ``then(get)`` once it is durable or refused, for what
    the terminal is told."""
    asked = _asked(centre, token, attempt_id, batch)

    def done(get: Get[Told]) -> None:
        then(lambda: _told_now(centre, get())[1])

    centre.store.write_together_later(_hand_in_all, asked, done, attempts=[attempt_id])


@dataclass(frozen=True, slots=True)
class _HandsIn:
    """One hand-in as it waits for the writer, who finds out whose it is."""

    token: str
    wanted: Wanted


def _asked(centre: Centre, token: str, attempt_id: str, batch: Batch) -> _HandsIn:
    named(attempt_id)
    if not batch.confirmed:
        raise Refusal("submit_not_confirmed", 422)
    return _HandsIn(token, Wanted(centre, "", attempt_id, batch))


def _told_now(centre: Centre, told: Told) -> Told:
    who, answer = told
    return who, {**answer, "state": saved_now(centre, answer["state"])}


def _hand_in_all(tx: Tx, asked: Sequence[_HandsIn]) -> list[Told | Refusal]:
    centre = asked[0].wanted.centre
    logins = terminals_of(tx.session, [one.token for one in asked], tx.now, delivering=True)
    known = [
        replace(one.wanted, candidate_id=logins[one.token][0])
        for one in asked
        if one.token in logins
    ]
    outcomes = iter(all_of(tx, known, hand_in_together) if known else ())
    told = states_in(centre, tx.session, {one.candidate_id for one in known}, tx.now)

    def answer(one: _HandsIn) -> Told | Refusal:
        if one.token not in logins:
            return Refusal("not_logged_in", 401)
        who, outcome = logins[one.token][0], next(outcomes)
        if isinstance(outcome, Refusal):
            return outcome
        return who, {"receipts": outcome.receipts, "state": told[who]}

    return [answer(one) for one in asked]
