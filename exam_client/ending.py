"""A candidate is done: handing in.

A hall hands in within seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exam_client.use import Wanted, all_of, named
from exam_client.visit import Asked, Did, acted, saved_now
from exam_client.wire import Batch
from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.later import Then, through
from exam_server.room.actions.handing_in import hand_in_together
from exam_server.storage.tx import Tx

Told = tuple[str, Any]  # candidate id, and what their terminal is told


def hand_in(centre: Centre, token: str, attempt_id: str, batch: Batch) -> Told:
    """The outbox and the hand-in in one command, never blank because of the network: receipts
    and State.

    What is still in an outbox may be handed over although the login has ended. Refusals:
    ``submit_not_confirmed`` 422, ``not_logged_in`` 401, those of ``hand_in_together``.
    """
    asked = _asked(centre, token, attempt_id, batch)
    return _told(centre, centre.store.write_together(_hand_in_all, asked, attempts=[attempt_id]))


def hand_in_later(
    centre: Centre, token: str, attempt_id: str, batch: Batch, then: Then[Any]
) -> None:
    """As :func:`hand_in` without waiting: ``then(get)`` once it is durable or refused, for what
    the terminal is told."""
    asked = _asked(centre, token, attempt_id, batch)

    def told(did: Did) -> Any:
        return _told(centre, did)[1]

    centre.store.write_together_later(
        _hand_in_all, asked, through(told, then), attempts=[attempt_id]
    )


def _asked(centre: Centre, token: str, attempt_id: str, batch: Batch) -> Asked:
    named(attempt_id)
    if not batch.confirmed:
        raise Refusal("submit_not_confirmed", 422)
    return Asked(centre, token, (attempt_id, batch))


def _told(centre: Centre, did: Did) -> Told:
    return did.who, {
        "receipts": did.outcome.receipts,
        "state": saved_now(centre, did.state),
    }


def _hand_in_all(tx: Tx, asked: Sequence[Asked]) -> list[Did | Refusal]:
    centre = asked[0].centre

    def hand_in(known: Sequence[tuple[str, Any]]) -> Sequence[Any]:
        wanted = [Wanted(centre, who, attempt_id, batch) for who, (attempt_id, batch) in known]
        return all_of(tx, wanted, hand_in_together)

    return acted(tx, asked, hand_in, delivering=True)
