"""What both transports of a terminal call: the same use cases, one place."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from exam_client.wire import Batch, Beat
from exam_server.context import Centre
from exam_server.errors import Refusal, not_found
from exam_server.ids import is_id
from exam_server.room.actions.bell import start
from exam_server.room.actions.ending import submit
from exam_server.room.actions.responses import Answer, Receipts, save_responses
from exam_server.room.views import terminal as views
from exam_server.room.views.answers import answers_of, beat_facts
from exam_server.storage.tx import Tx


def state(centre: Centre, candidate_id: str) -> dict[str, Any]:
    """The candidate's fresh State."""
    now = centre.now()
    return centre.store.read(
        lambda session: views.state(
            session,
            candidate_id,
            now=now,
            epoch=centre.epoch,
            result_ready=centre.result_ready,
        )
    )


def save(centre: Centre, candidate_id: str, attempt_id: str, batch: Batch) -> Receipts:
    """Answers become durable; receipts."""
    _named(attempt_id)
    return centre.store.write(
        lambda tx: _save(centre, tx, candidate_id, attempt_id, batch.responses, batch.current_item),
        attempts=[attempt_id],
        lean=True,
    )


def hand_in(centre: Centre, candidate_id: str, attempt_id: str, batch: Batch) -> Receipts:
    """The outbox and the hand-in in one command: never blank because of the network."""
    _named(attempt_id)
    if not batch.confirmed:
        raise Refusal("submit_not_confirmed", 422)

    def command(tx: Tx) -> Receipts:
        receipts = _save(centre, tx, candidate_id, attempt_id, batch.responses, batch.current_item)
        submit(tx, attempt_id=attempt_id, candidate_id=candidate_id)
        return receipts

    return centre.store.write(command, attempts=[attempt_id])


def open_subject(
    centre: Centre, candidate_id: str, attempt_id: str, terminal_elapsed_ms: int = 0
) -> str:
    """The form's key (base64) once the subject may begin; the time begins with it."""
    _named(attempt_id)
    key = centre.store.write(
        lambda tx: start(
            tx,
            attempt_id=attempt_id,
            candidate_id=candidate_id,
            vault=centre.vault,
            keys=centre.keys,
            open_ms=terminal_elapsed_ms,
        ),
        attempts=[attempt_id],
    )
    return base64.b64encode(key).decode()


def beat(centre: Centre, candidate_id: str, sitting_id: str, sign: Beat) -> dict[str, Any]:
    """Answer to a sign of life: time left and the signed head that is kept out there."""
    if sign.attempt_id is not None:
        _named(sign.attempt_id)
    now = centre.now()
    facts = centre.store.read(
        lambda session: beat_facts(
            session, candidate_id, sitting_id, sign.attempt_id, now, centre.heads
        )
    )
    return {**facts, "epoch": centre.epoch}


def kept(centre: Centre, candidate_id: str, attempt_id: str) -> dict[str, Any]:
    """What counts so far, for a reloaded or new terminal."""
    _named(attempt_id)
    return centre.store.read(lambda session: answers_of(session, attempt_id, candidate_id))


def _named(attempt_id: str) -> None:
    """Refuse what can name no attempt before it comes near the room's common transaction."""
    if not is_id(attempt_id):
        raise not_found("attempt", attempt_id[:40])


def _save(
    centre: Centre,
    tx: Tx,
    candidate_id: str,
    attempt_id: str,
    answers: Sequence[Answer],
    current_item: int | None,
) -> Receipts:
    rules = centre.form_rules.of_attempt(tx.session, attempt_id)
    return save_responses(
        tx,
        attempt_id=attempt_id,
        candidate_id=candidate_id,
        shape=rules.shape,
        answers=answers,
        grace_ms=rules.grace_ms + centre.reconnect_grace_ms(tx.now),
        current_item=current_item,
    )
