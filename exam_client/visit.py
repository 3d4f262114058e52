"""One visit to the database for all who come at the same moment.

Who asks is found out in the transaction that does what they ask, and what they are told is read
there too: nobody is told a chain that is older than what they have just done, and a hall that
comes, begins or ends at once costs a few statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from exam_client.use import states_in
from exam_server.context import Centre
from exam_server.errors import Refusal
from exam_server.room.views.terminal import terminals_of
from exam_server.storage.tx import Tx


class Asked(msgspec.Struct, frozen=True):
    """One request as it waits for the writer; all that wait are of one centre."""

    centre: Centre
    token: str
    what: Any = None


class Did(NamedTuple):
    """What became of a request. ``state``: the candidate's State after it."""

    who: str
    outcome: Any
    state: dict[str, Any]


def acted(
    tx: Tx,
    asked: Sequence[Asked],
    act: Callable[[Sequence[tuple[str, Any]]], Sequence[Any]],
    *,
    delivering: bool = False,
) -> list[Did | Refusal]:
    """Have ``act`` do what those who are logged in ask.

    It is given candidate and what was asked, and answers an outcome or a refusal for each.
    ``delivering``: as of :func:`exam_server.room.views.terminal.terminals_of`.
    """
    tokens = [one.token for one in asked]
    logins = terminals_of(tx.session, tokens, tx.now, delivering=delivering)
    known = [(logins[one.token][0], one.what) for one in asked if one.token in logins]
    outcomes = list(act(known)) if known else []
    done = {
        who
        for (who, _), outcome in zip(known, outcomes, strict=True)
        if not isinstance(outcome, Refusal)
    }
    told = states_in(asked[0].centre, tx.session, done, tx.now)
    live = terminals_of(tx.session, tokens, tx.now) if delivering else logins
    left = iter(outcomes)

    def did(one: Asked) -> Did | Refusal:
        if one.token not in logins:
            return Refusal("not_logged_in", 401)
        who, outcome = logins[one.token][0], next(left)
        if isinstance(outcome, Refusal):
            return outcome
        # who sits there now must not find the last person's score
        state = told[who] if one.token in live else {**told[who], "result": None}
        return Did(who, outcome, state)

    return [did(one) for one in asked]


def saved_now(centre: Centre, state: dict[str, Any]) -> dict[str, Any]:
    """A State told in answer to what has just been saved, as of after that.

    A terminal puts what it is told in order by ``now_ms``. Whatever was read for it before the
    act was saved is of an earlier time than this, and whatever was read since knows the act.
    """
    return {**state, "now_ms": centre.now().wall_ms}
