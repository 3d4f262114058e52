"""Telling terminals and consoles that something changed. It only tells (DESIGN §3).

A push that fails is no harm: the client learns the same from its poll. Pushes leave in
order, from one greenlet, so that an older state never overtakes a newer one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from exam_server.logs import events

log = events(__name__)

TERMINAL = "/terminal"
CONSOLE = "/console"


class Emitter(Protocol):
    """The part of a Socket.IO server that is needed here."""

    def emit(self, event: str, data: Any = None, **options: Any) -> Any: ...


class Push:
    """Rooms: ``candidate:<id>`` and ``sitting:<id>``, joined by the server only."""

    def __init__(
        self,
        emitter: Emitter | None = None,
        in_order: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._emitter = emitter
        self._in_order = in_order or (lambda act: act())
        self._board_listeners: list[Callable[[str], None]] = []
        self._state_of: Callable[[str], Any] | None = None
        self._fence_elsewhere: Callable[[str], None] | None = None

    def attach(self, emitter: Emitter) -> None:
        """From now on pushes leave through ``emitter``."""
        self._emitter = emitter

    def later(self, act: Callable[[], None]) -> None:
        """Run ``act`` in the order of the pushes."""
        self._in_order(act)

    def on_board_change(self, listener: Callable[[str], None]) -> None:
        """``listener(sitting_id)`` is called after every change of a sitting's board."""
        self._board_listeners.append(listener)

    def states_from(self, state_of: Callable[[str], Any]) -> None:
        """``state_of(candidate_id)`` gives the State that is pushed (set by exam_client)."""
        self._state_of = state_of

    def tells_others(self, fence: Callable[[str], None]) -> None:
        """``fence(candidate_id)``: lets the other processes cut off what is not live any more."""
        self._fence_elsewhere = fence

    def fence_elsewhere(self, candidate_id: str) -> None:
        """A terminal that was replaced may have its socket in another process."""
        if self._fence_elsewhere is not None:
            self._fence_elsewhere(candidate_id)

    def bell(self, sitting_id: str, keys: dict[str, str]) -> None:
        """Content keys (base64, by form id) to every terminal of the sitting."""
        self._emit("bell", {"sitting_id": sitting_id, "keys": keys}, f"sitting:{sitting_id}")
        self.board_changed(sitting_id)

    def state(self, sitting_id: str, candidate_id: str) -> None:
        """The candidate's fresh State to their terminal."""

        def act() -> None:
            if self._state_of is not None:
                self._send("state", self._state_of(candidate_id), f"candidate:{candidate_id}")

        self._in_order(act)
        self.board_changed(sitting_id)

    def notice(
        self, candidate_id: str, kind: str, text: str | None = None, seconds: int | None = None
    ) -> None:
        """A sentence the terminal shows: message, grant, pause, resume."""
        data = {"kind": kind, "text": text, "seconds": seconds}
        self._emit("notice", data, f"candidate:{candidate_id}")

    def fenced(self, candidate_id: str) -> None:
        """The old terminal of this candidate goes dark."""
        self._emit("fenced", {}, f"candidate:{candidate_id}")

    def board_changed(self, sitting_id: str) -> None:
        """Consoles watching this sitting should look again, some time soon: in no order."""
        for listener in self._board_listeners:
            listener(sitting_id)

    def _emit(self, event: str, data: Any, room: str) -> None:
        self._in_order(lambda: self._send(event, data, room))

    def _send(self, event: str, data: Any, room: str) -> None:
        if self._emitter is None:
            return
        try:
            self._emitter.emit(event, data, to=room, namespace=TERMINAL)
        except Exception as error:  # noqa: BLE001  a dead socket or queue: the poll tells the same
            log.warning("push_lost", error=error, push=event)
