"""What both transports of a terminal call while its candidate sits (see also opening, ending)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from exam_client.wire import Batch, Beat
from exam_server.clock import Instant
from exam_server.context import Centre
from exam_server.errors import Refusal, not_found
from exam_server.ids import is_id
from exam_server.later import Then
from exam_server.room.actions.responses import Receipts, Save, save_together
from exam_server.room.views import terminal as views
from exam_server.room.views.answers import answers_of
from exam_server.room.views.state import states as states_of
from exam_server.storage.tx import Tx


def state(centre: Centre, candidate_id: str) -> dict[str, Any]:
    """The candidate's fresh State, or ``not_found``."""
    found = centre.store.read_together(_states, _Asks(centre, candidate_id))
    if found is None:
        raise not_found("attempt", candidate_id)
    return found


def states(centre: Centre, candidate_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The fresh State of each of these candidates."""
    now = centre.now()
    return centre.store.read(lambda session: states_in(centre, session, candidate_ids, now))


def states_in(
    centre: Centre, session: Session, candidate_ids: Collection[str], now: Instant
) -> dict[str, dict[str, Any]]:
    """The State of each of these candidates as ``session`` finds it."""
    return states_of(
        session,
        candidate_ids,
        now=now,
        epoch=centre.epoch,
        scores_of=lambda session, over: centre.score_pages(session, over, centre.shelves),
    )


class _Asks(msgspec.Struct, frozen=True):
    """One terminal as it waits to be told. ``who``: its candidate, or its cookie's token."""

    centre: Centre
    who: str


def _states(session: Session, now: Instant, asked: Sequence[_Asks]) -> list[dict[str, Any] | None]:
    """All who ask; all belong to one centre."""
    found = states_in(asked[0].centre, session, {one.who for one in asked}, now)
    return [found.get(one.who) for one in asked]


def poll(centre: Centre, token: str) -> tuple[str, dict[str, Any]] | None:
    """Candidate id and State of the live terminal with this cookie token, or None."""
    return centre.store.read_together(_polls, _Asks(centre, token), hurries=False)


def _polls(
    session: Session, now: Instant, asked: Sequence[_Asks]
) -> list[tuple[str, dict[str, Any]] | None]:
    logins = views.terminals_of(session, [one.who for one in asked], now)
    ids = {one.who: logins[one.who][0] for one in asked if one.who in logins}
    found = states_in(asked[0].centre, session, set(ids.values()), now)
    return [
        (ids[one.who], found[ids[one.who]]) if ids.get(one.who) in found else None for one in asked
    ]


def who(centre: Centre, token: str, *, delivering: bool = False) -> tuple[str, str] | None:
    """(candidate id, sitting id) of the live terminal with this cookie token, or None.

    ``delivering``: what is still in an outbox may be handed over although the login has ended.
    """
    if not token:
        return None
    return centre.store.read_together(_late_logins if delivering else _logins, token)


def _logins(
    session: Session, now: Instant, tokens: Sequence[str], *, delivering: bool = False
) -> list[tuple[str, str] | None]:
    found = views.terminals_of(session, tokens, now, delivering=delivering)
    return [found.get(token) for token in tokens]


_late_logins = partial(_logins, delivering=True)  # one object: who shares it is one read


def save(centre: Centre, candidate_id: str, attempt_id: str, batch: Batch) -> Receipts:
    """Answers become durable; receipts."""
    named(attempt_id)
    wanted = Wanted(centre, candidate_id, attempt_id, batch)
    return centre.store.write_together(_save_all, wanted, attempts=[attempt_id])


def save_later(
    centre: Centre,
    candidate_id: str,
    attempt_id: str,
    batch: Batch,
    then: Then[Receipts],
) -> None:
    """As :func:`save` without waiting: ``then(get)`` once they are durable."""
    named(attempt_id)
    wanted = Wanted(centre, candidate_id, attempt_id, batch)
    centre.store.write_together_later(_save_all, wanted, then, attempts=[attempt_id])


def beat(
    centre: Centre,
    candidate_id: str,
    token: str,
    sign: Beat,
    then: Then[dict[str, Any] | None],
) -> None:
    """Answer to a sign of life: time left, the signed head that is kept out there, and the
    State if the terminal's is of another version. ``then(get)`` is told, soon.

    None when the login by ``token`` has ended meanwhile.
    """
    if sign.attempt_id is not None:
        named(sign.attempt_id)
    asked = Sign(centre, candidate_id, token, sign.attempt_id, sign.version)
    centre.store.read_together_later(beats, asked, then, hurries=False)


class Sign(msgspec.Struct, frozen=True):
    """One sign of life as it waits to be answered. ``version``: of the State it has, if any."""

    centre: Centre
    candidate_id: str
    token: str
    attempt_id: str | None
    version: str | None = None


def beats(session: Session, now: Instant, asked: Sequence[Sign]) -> list[dict[str, Any] | None]:
    """Every sign of life that waits, in a few questions; all belong to one centre."""
    centre = asked[0].centre
    logins = views.terminals_of(session, [one.token for one in asked], now)
    heads = centre.heads.of_all(session, {sitting_id for _, sitting_id in logins.values()})
    found = states_in(centre, session, {who for who, _ in logins.values()}, now)

    def answer(one: Sign) -> dict[str, Any] | None:
        login = logins.get(one.token)
        if login is None:
            return None
        state = found[login[0]]
        mine = [attempt for attempt in state["attempts"] if attempt["id"] == one.attempt_id]
        return {
            "left_ms": mine[0]["left_ms"] if mine else None,
            "head_seq": mine[0]["head_seq"] if mine else None,
            "sitting_head": heads[login[1]],
            "epoch": centre.epoch,
            "state": state if one.version not in (None, state["version"]) else None,
        }

    return [answer(one) for one in asked]


def kept(centre: Centre, candidate_id: str, attempt_id: str) -> dict[str, Any]:
    """What counts so far, for a reloaded or new terminal."""
    named(attempt_id)
    return centre.store.read(lambda session: answers_of(session, attempt_id, candidate_id))


def named(attempt_id: str) -> None:
    """Refuse what can name no attempt before it comes near the room's common transaction."""
    if not is_id(attempt_id):
        raise not_found("attempt", attempt_id[:40])


class Wanted(msgspec.Struct, frozen=True):
    """One message as it waits to be saved."""

    centre: Centre
    candidate_id: str
    attempt_id: str
    batch: Batch


def _save_all(tx: Tx, wanted: Sequence[Wanted]) -> list[Receipts | Refusal]:
    return all_of(tx, wanted, save_together)


def all_of(
    tx: Tx,
    wanted: Sequence[Wanted],
    together: Callable[[Tx, Sequence[Save]], list[Receipts | Refusal]],
) -> list[Receipts | Refusal]:
    """Every message that waits, taken by ``together`` in one go; all belong to one centre."""
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
    outcomes = iter(together(tx, saves))
    return [
        next(outcomes) if one.attempt_id in rules else not_found("attempt", one.attempt_id)
        for one in wanted
    ]
