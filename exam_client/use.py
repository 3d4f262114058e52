"""What both transports of a terminal call: the same use cases, one place."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from exam_client.wire import Batch, Beat
from exam_server.context import Centre
from exam_server.errors import Refusal, not_found
from exam_server.ids import is_id
from exam_server.room.actions.bell import start
from exam_server.room.actions.ending import submit
from exam_server.room.actions.responses import Receipts, Save, save_together
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
    wanted = _Wanted(centre, candidate_id, attempt_id, batch)
    return centre.store.write_together(_save_all, wanted, attempts=[attempt_id])


def hand_in(centre: Centre, candidate_id: str, attempt_id: str, batch: Batch) -> Receipts:
    """The outbox and the hand-in in one command: never blank because of the network."""
    _named(attempt_id)
    if not batch.confirmed:
        raise Refusal("submit_not_confirmed", 422)

    def command(tx: Tx) -> Receipts:
        receipts = _save(tx, _Wanted(centre, candidate_id, attempt_id, batch))
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


def beat(centre: Centre, candidate_id: str, token: str, sign: Beat) -> dict[str, Any] | None:
    """Answer to a sign of life: time left and the signed head that is kept out there.

    None when the login by ``token`` has ended meanwhile.
    """
    if sign.attempt_id is not None:
        _named(sign.attempt_id)
    now = centre.now()

    def look(session: Session) -> dict[str, Any] | None:
        found = views.terminal_of(session, token, now)
        if found is None:
            return None
        return beat_facts(session, candidate_id, found[1], sign.attempt_id, now, centre.heads)

    facts = centre.store.read(look)
    return None if facts is None else {**facts, "epoch": centre.epoch}


def kept(centre: Centre, candidate_id: str, attempt_id: str) -> dict[str, Any]:
    """What counts so far, for a reloaded or new terminal."""
    _named(attempt_id)
    return centre.store.read(lambda session: answers_of(session, attempt_id, candidate_id))


def _named(attempt_id: str) -> None:
    """Refuse what can name no attempt before it comes near the room's common transaction."""
    if not is_id(attempt_id):
        raise not_found("attempt", attempt_id[:40])


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One message as it waits to be saved."""

    centre: Centre
    candidate_id: str
    attempt_id: str
    batch: Batch


def _save_all(tx: Tx, wanted: Sequence[_Wanted]) -> list[Receipts | Refusal]:
    """Every message that waits, in one go; all belong to one centre."""
    centre = wanted[0].centre
    grace_ms = centre.reconnect_grace_ms(tx.now)
    rules = centre.form_rules.of_attempts(tx.session, [one.attempt_id for one in wanted])
    saves = [
        Save(
            one.attempt_id,
            one.candidate_id,
            known.shape,
            one.batch.responses,
            known.grace_ms + grace_ms,
            one.batch.current_item,
        )
        for one in wanted
        if (known := rules.get(one.attempt_id)) is not None
    ]
    outcomes = iter(save_together(tx, saves))
    return [
        next(outcomes) if one.attempt_id in rules else not_found("attempt", one.attempt_id)
        for one in wanted
    ]


def _save(tx: Tx, wanted: _Wanted) -> Receipts:
    (outcome,) = _save_all(tx, [wanted])
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome
