"""A candidate opens a subject: its key, and the time that begins with it.

At the bell a hall does so within a second.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from exam_client.use import named
from exam_client.visit import Asked, Did, acted, saved_now
from exam_client.wire import Start
from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.later import Then, through
from exam_server.room.actions.opening import Opening, start_together
from exam_server.storage.tx import Tx

Told = tuple[str, Any]  # candidate id, and what their terminal is told


def open_subject(centre: Centre, token: str, attempt_id: str, start: Start) -> Told:
    """The form's key (base64) once the subject may begin, and State.

    Refusals: ``not_logged_in`` 401, those of ``start_together``.
    """
    asked = _asked(centre, token, attempt_id, start)
    return _told(centre, centre.store.write_together(_open_all, asked, attempts=[attempt_id]))


def open_subject_later(
    centre: Centre, token: str, attempt_id: str, start: Start, then: Then[Any]
) -> None:
    """As :func:`open_subject` without waiting: ``then(get)`` once it is durable or refused, for
    what the terminal is told."""
    asked = _asked(centre, token, attempt_id, start)

    def told(did: Did) -> Any:
        return _told(centre, did)[1]

    centre.store.write_together_later(_open_all, asked, through(told, then), attempts=[attempt_id])


def _asked(centre: Centre, token: str, attempt_id: str, start: Start) -> Asked:
    named(attempt_id)
    return Asked(centre, token, (attempt_id, start.terminal_elapsed_ms))


def _told(centre: Centre, did: Did) -> Told:
    key = base64.b64encode(did.outcome).decode()
    return did.who, {"key": key, "state": saved_now(centre, did.state)}


def _open_all(tx: Tx, asked: Sequence[Asked]) -> list[Did | Refusal]:
    centre = asked[0].centre

    def start(known: Sequence[tuple[str, Any]]) -> Sequence[bytes | Refusal]:
        openings = [Opening(attempt_id, who, open_ms) for who, (attempt_id, open_ms) in known]
        # their first answers will ask for it
        centre.form_rules.of_attempts(tx.session, [one.attempt_id for one in openings])
        return start_together(tx, openings, vault=centre.vault, keys=centre.keys)

    return acted(tx, asked, start)
