"""The terminal's socket: opening, answering, handing in, being told (see docs/reference).

Handlers are registered on the bare Socket.IO server: no Flask request context on the hot
path. An uncaught exception would mean no acknowledgement at all, so every handler answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import socketio

from exam_client import ending, opening, use
from exam_client.routes import COOKIE
from exam_client.wire import Batch, Beat, Start, message
from exam_server import cookies
from exam_server.context import Centre
from exam_server.errors import Refusal, not_saved
from exam_server.later import Get, Later, Then, through
from exam_server.logs import events
from exam_server.push import TERMINAL
from exam_server.serving.admitting import or_no
from exam_server.storage.tx import Fact
from exam_server.words import problem_of

log = events(__name__)
M = TypeVar("M", Batch, Start)

ROUND_SECONDS, MOST_SILENT_ROUNDS = 5.0, 4  # 20 s: two heartbeats


class TerminalNamespace(socketio.Namespace):
    """``/terminal``: one room per candidate and one per sitting, joined by the server only."""

    def __init__(self, centre: Centre) -> None:
        super().__init__(TERMINAL)
        self._centre = centre
        self._candidates: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._round = 0
        self._heard_in: dict[str, int] = {}  # the round in which a beating terminal last spoke

    @or_no
    def on_connect(self, sid: str, environ: dict[str, Any], _auth: Any = None) -> bool:
        """Admit a logged-in terminal only."""
        token = cookies.kept(environ, COOKIE)
        found = self._who(token)
        if found is None:
            return False
        candidate_id, sitting_id = found
        self._candidates[sid], self._tokens[sid] = candidate_id, token
        self.enter_room(sid, f"candidate:{candidate_id}")
        self.enter_room(sid, f"sitting:{sitting_id}")
        self._centre.presence.heard(candidate_id, self._centre.now().wall_ms, sid)
        self._centre.push.state(sitting_id, candidate_id)
        return True

    def on_disconnect(self, sid: str, _reason: Any = None) -> None:
        """The socket is gone; the poll goes on."""
        self._tokens.pop(sid, None)
        self._heard_in.pop(sid, None)
        candidate_id = self._candidates.pop(sid, None)
        if candidate_id is not None:
            self._centre.presence.gone(candidate_id, sid)

    def on_start(self, sid: str, data: Any = None, *_more: Any) -> Any:
        """Opening a subject."""

        def begin(_candidate_id: str, then: Then[Any]) -> None:
            attempt_id, start = _addressed(Start, data)
            opening.open_subject_later(self._centre, self._tokens[sid], attempt_id, start, then)

        return self._answered(sid, begin)

    def on_responses(self, sid: str, data: Any = None, *_more: Any) -> Any:
        """Answers; the acknowledgement leaves only after the commit."""

        def begin(candidate_id: str, then: Then[Any]) -> None:
            attempt_id, batch = _addressed(Batch, data)
            use.save_later(self._centre, candidate_id, attempt_id, batch, then)

        return self._answered(sid, begin)

    def on_submit(self, sid: str, data: Any = None, *_more: Any) -> Any:
        """Handing in, with whatever was still in the outbox."""

        def begin(_candidate_id: str, then: Then[Any]) -> None:
            attempt_id, batch = _addressed(Batch, data)
            ending.hand_in_later(self._centre, self._tokens[sid], attempt_id, batch, then)

        return self._answered(sid, begin)

    def on_beat(self, sid: str, data: Any = None, *_more: Any) -> Any:
        """A sign of life every 10 s. Whose login has ended meanwhile is cut off."""

        def begin(candidate_id: str, then: Then[Any]) -> None:
            sign = message(Beat, data)
            self._heard_in[sid] = self._round
            token = self._tokens[sid]
            use.beat(self._centre, candidate_id, token, sign, through(live, then))

        def live(answer: Any) -> Any:
            if answer is None:
                self._centre.push.later(lambda: self._cut_off(sid))
                raise Refusal("not_logged_in", 401)
            return answer

        return self._answered(sid, begin)

    def listen_on(self, sleep: Callable[[float], object]) -> None:
        """Hang up for ever on who has fallen silent: one at a time, others between, for a whole
        hall falls silent at once."""
        while True:
            sleep(ROUND_SECONDS)
            for sid in self.silent():
                try:
                    self.disconnect(sid)
                except Exception:
                    log.exception("message_failed")
                sleep(0)

    def silent(self) -> list[str]:
        """One more round: the sockets whose heartbeat has stopped.

        A pulled cable shows in nothing else. Counted in rounds and not by a clock: a server that
        stood still itself must not find that all others have fallen silent.
        """
        self._round += 1
        return [
            sid
            for sid, heard_in in self._heard_in.items()
            if self._round - heard_in > MOST_SILENT_ROUNDS
        ]

    def fence(self, candidate_id: str) -> None:
        """Cut off every terminal of the candidate that is not the live one (invariant 8)."""
        for sid in self._centre.presence.sockets(candidate_id):
            if self._who(self._tokens.get(sid, "")) is None:
                self._cut_off(sid)

    def _cut_off(self, sid: str) -> None:
        """No push reaches this socket any more; a fenced terminal is told to go dark."""
        if self._who(self._tokens.get(sid, ""), delivering=True) is None:
            self.emit("fenced", {}, to=sid)
        self.disconnect(sid)

    def _who(self, token: str, *, delivering: bool = False) -> tuple[str, str] | None:
        return use.who(self._centre, token, delivering=delivering)

    def _answered(self, sid: str, begin: Callable[[str, Then[Any]], None]) -> Any:
        candidate_id = self._candidates.get(sid)
        if candidate_id is None:
            return {"problem": problem_of(Refusal("not_logged_in", 401))}
        self._centre.presence.heard(candidate_id, self._centre.now().wall_ms, sid)
        if sid in self._heard_in:
            self._heard_in[sid] = self._round
        later = Later()

        def act() -> Any:
            begin(candidate_id, lambda get: later.give(_told(get)))
            return later

        return _told(act)


def _addressed(kind: type[M], data: Any) -> tuple[str, M]:
    """A message and the attempt it is for; by HTTP that is in the path."""
    sent = message(kind, data)
    if sent.attempt_id is None:
        raise Refusal("malformed", 422, {"place": "$.attempt_id"})
    return sent.attempt_id, sent


def _told(get: Get[Any]) -> Any:
    try:
        return get()
    except Refusal as refusal:
        refusal.__traceback__ = None  # it holds who holds the refusal: garbage that grows old
        return {"problem": problem_of(refusal)}
    except Exception:
        log.exception("message_failed")
        return {"problem": problem_of(not_saved())}


class Teller:
    """Turns durable facts into pushes: what changed for whom."""

    _CHANGES_STATE = frozenset(  # and not "started": whoever begins is told in answer to that
        {
            "paused",
            "resumed",
            "granted",
            "submitted",
            "absent",
            "message",
            "hand_lowered",
            "scored",
            "late_admitted",
            "terminal_released",
            "machine_change_refused",
        }
    )

    _MOVES = frozenset({"machine_changed", "logged_in", "terminal_released"})

    def __init__(self, centre: Centre, namespace: TerminalNamespace) -> None:
        self._centre, self._namespace = centre, namespace

    def __call__(self, fact: Fact) -> None:
        """Tell terminals; consoles are told of every fact."""
        if fact.kind in self._MOVES and fact.candidate_id is not None:
            self._namespace.fence(fact.candidate_id)
            self._centre.push.fence_elsewhere(fact.candidate_id)
        if fact.candidate_id is None:
            self._tell_room(fact)
        elif fact.kind in self._CHANGES_STATE and not _is_answered(fact):
            self._centre.push.state(fact.sitting_id, fact.candidate_id)
        self._centre.push.board_changed(fact.sitting_id)

    def _tell_room(self, fact: Fact) -> None:
        if fact.kind == "bell":
            keys = {form: self._centre.content_key_text(form) for form in fact.data["forms"]}
            self._centre.push.bell(fact.sitting_id, keys)
        elif fact.kind in ("paused", "resumed", "granted", "message", "closed", "outage"):
            chosen = set(fact.data["attempts"]) if "attempts" in fact.data else None
            for attempt_id, candidate_id in self._centre.people_of(fact.sitting_id):
                if chosen is None or attempt_id in chosen:
                    self._centre.push.state(fact.sitting_id, candidate_id)


def _is_answered(fact: Fact) -> bool:
    """Whoever hands in is told in answer to that; a hall does so within seconds."""
    return fact.kind == "submitted" and fact.data["cause"] == "candidate"
