"""A candidate arrives: what the terminal's requests before the bell call.

Everybody comes within minutes. Who asks, what they do and what they are told in answer is one
visit to the database, and those who come at the same moment make it together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from exam_client.use import states_in
from exam_client.visit import Asked, Did, acted, saved_now
from exam_server.clock import Instant
from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.room.actions.check_in import Said, confirm_together, pledge_together
from exam_server.room.actions.log_in import Login, log_in_together
from exam_server.room.views.arriving import everybody, stages
from exam_server.room.views.terminal import places, terminals_of
from exam_server.storage.tx import Tx

Told = tuple[str, Any]  # candidate id, and what their terminal is told


def place(centre: Centre, room: str) -> dict[str, Any]:
    """What a machine in this room shows before anybody has logged in.

    Refusal ``no_sitting_in_room`` 404.
    """
    found = centre.store.read_together(_places, (centre, room), hurries=False)
    if found is None:
        raise Refusal("no_sitting_in_room", 404, {"room": room})
    return found


def _places(
    session: Session, now: Instant, asked: Sequence[tuple[Centre, str]]
) -> list[dict[str, Any] | None]:
    found = places(session, {room for _, room in asked}, now, asked[0][0].shelves)
    return [found.get(room) for _, room in asked]


def me(centre: Centre, token: str) -> Told:
    """Me and State. Refusal ``not_logged_in`` 401."""
    return _answered(centre.store.read_together(_tell_me, Asked(centre, token)))


def stage(centre: Centre, token: str) -> Told:
    """The Stage of every subject. Refusals ``not_logged_in`` 401, ``not_confirmed`` 409."""
    return _answered(centre.store.read_together(_tell_stage, Asked(centre, token)))


def log_in(centre: Centre, login: Login) -> Told:
    """Let a candidate in; Me and State. Refusals of ``log_in_together``."""
    who, told = centre.store.write_together(_log_in_all, Asked(centre, login.token, login))
    return who, {**told, "state": saved_now(centre, told["state"])}


def confirm(centre: Centre, token: str, right: bool) -> Told:
    """This is me, or it is not; State. Refusal ``not_logged_in`` 401."""
    return _did(centre, centre.store.write_together(_confirm_all, Asked(centre, token, right)))


def pledge(centre: Centre, token: str) -> Told:
    """我已阅读; State. Refusal ``not_logged_in`` 401."""
    return _did(centre, centre.store.write_together(_pledge_all, Asked(centre, token)))


def _did(centre: Centre, did: Did) -> Told:
    return did.who, saved_now(centre, did.state)


def _answered(outcome: Told | Refusal) -> Told:
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _tell_me(session: Session, now: Instant, asked: Sequence[Asked]) -> list[Told | Refusal]:
    people = _logged_in(session, now, asked)
    told = _me_and_state(asked[0].centre, session, people.values(), now)
    return [_outcome(people.get(one.token), told) for one in asked]


def _tell_stage(session: Session, now: Instant, asked: Sequence[Asked]) -> list[Told | Refusal]:
    people = _logged_in(session, now, asked)
    told = stages(session, people.values(), asked[0].centre.shelves)
    return [_outcome(people.get(one.token), told) for one in asked]


def _log_in_all(tx: Tx, asked: Sequence[Asked]) -> list[Told | Refusal]:
    centre = asked[0].centre
    logins: list[Login] = [one.what for one in asked]
    outcomes = log_in_together(tx, logins, fields=centre.keys.fields, shelves=centre.shelves)
    welcome = [outcome for outcome in outcomes if isinstance(outcome, str)]
    told = _me_and_state(centre, tx.session, welcome, tx.now)
    return [
        outcome if isinstance(outcome, Refusal) else (outcome, told[outcome])
        for outcome in outcomes
    ]


def _confirm_all(tx: Tx, asked: Sequence[Asked]) -> list[Did | Refusal]:
    return acted(tx, asked, lambda known: confirm_together(tx, [Said(*one) for one in known]))


def _pledge_all(tx: Tx, asked: Sequence[Asked]) -> list[Did | Refusal]:
    return acted(tx, asked, lambda known: pledge_together(tx, [who for who, _ in known]))


def _logged_in(session: Session, now: Instant, asked: Sequence[Asked]) -> dict[str, str]:
    """Whose these logins are, by token."""
    logins = terminals_of(session, [one.token for one in asked], now)
    return {token: candidate_id for token, (candidate_id, _) in logins.items()}


def _outcome(who: str | None, told: Mapping[str, Any]) -> Told | Refusal:
    if who is None:
        return Refusal("not_logged_in", 401)
    found = told[who]
    return found if isinstance(found, Refusal) else (who, found)


def _me_and_state(
    centre: Centre, session: Session, candidate_ids: Collection[str], now: Instant
) -> dict[str, dict[str, Any]]:
    """Me and State of each: what a terminal is told of whoever has logged in at it."""
    people = everybody(session, candidate_ids, centre.keys.fields, centre.shelves)
    told = states_in(centre, session, candidate_ids, now)
    return {who: {"me": people[who], "state": told[who]} for who in told}
