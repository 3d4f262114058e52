"""Telling terminals and consoles that something changed. It only tells (DESIGN §3).

A push that fails is no harm: the client learns the same from its poll. Pushes leave in
order, from one greenlet, so that an older state never overtakes a newer one. The States that
wait are read together, and only the newest of each terminal is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from exam_server.logs import events

log = events(__name__)

TERMINAL = "/terminal"
CONSOLE = "/console"
MOST_AT_ONCE = 64  # pushes between two moments in which others come to their turn
MOST_IN_A_TURN = 512  # whose States are read together
Act = Callable[[], None]
StatesOf = Callable[[Collection[str]], Mapping[str, Any]]


class Emitter(Protocol):
    """The part of a Socket.IO server that is needed here."""

    def emit(self, event: str, data: Any = None, **options: Any) -> Any: ...


class Push:
    """Rooms: ``candidate:<id>`` and ``sitting:<id>``, joined by the server only."""

    def __init__(
        self,
        emitter: Emitter | None = None,
        in_order: Callable[[Act], None] | None = None,
        rest: Act = lambda: None,
    ) -> None:
        self._emitter, self._rest = emitter, rest
        self._in_order = in_order or (lambda act: act())
        self._waiting: deque[Act | str] = deque()  # a text: whose State is due
        self._board_listeners: list[Callable[[str], None]] = []
        self._states_of: StatesOf | None = None
        self._fence_elsewhere: Callable[[str], None] | None = None

    def attach(self, emitter: Emitter) -> None:
        """From now on pushes leave through ``emitter``."""
        self._emitter = emitter

    def later(self, act: Act) -> None:
        """Run ``act`` in the order of the pushes."""
        self._put(act)

    def on_board_change(self, listener: Callable[[str], None]) -> None:
        """``listener(sitting_id)`` is called after every change of a sitting's board."""
        self._board_listeners.append(listener)

    def states_from(self, states_of: StatesOf) -> None:
        """``states_of(candidate_ids)`` gives the States that are pushed, by candidate."""
        self._states_of = states_of

    def tells_others(self, fence: Callable[[str], None]) -> None:
        """``fence(candidate_id)``: lets the other processes cut off what is not live any more."""
        self._fence_elsewhere = fence

    def fence_elsewhere(self, candidate_id: str) -> None:
        """A terminal that was replaced may have its socket in another process."""
        if self._fence_elsewhere is not None:
            self._fence_elsewhere(candidate_id)

    def bell(self, sitting_id: str, keys: dict[str, str]) -> None:
        """Content keys (base64, by form id) to every terminal of the sitting."""
        data = {"sitting_id": sitting_id, "keys": keys}
        self._put(lambda: self._send("bell", data, f"sitting:{sitting_id}"))
        self.board_changed(sitting_id)

    def state(self, sitting_id: str, candidate_id: str) -> None:
        """The candidate's fresh State to their terminal."""
        self._put(candidate_id)
        self.board_changed(sitting_id)

    def board_changed(self, sitting_id: str) -> None:
        """Consoles watching this sitting should look again, some time soon: in no order."""
        for listener in self._board_listeners:
            listener(sitting_id)

    def _put(self, what: Act | str) -> None:
        self._waiting.append(what)
        self._in_order(self._take_turn)

    def _take_turn(self) -> None:
        """Tell what waits, in order; what is told about meanwhile has its own turn."""
        count = min(len(self._waiting), MOST_IN_A_TURN)
        turn = [self._waiting.popleft() for _ in range(count)]
        last = {what: place for place, what in enumerate(turn) if isinstance(what, str)}
        states = self._read(last)
        for place, what in enumerate(turn):
            if not isinstance(what, str):
                self._try(what)
            elif what in states and last[what] == place:
                self._send("state", states[what], f"candidate:{what}")
            if place % MOST_AT_ONCE == MOST_AT_ONCE - 1:
                self._rest()

    def _read(self, due: Collection[str]) -> Mapping[str, Any]:
        """Not older than anything that waits in this turn."""
        states: Mapping[str, Any] = {}

        def read() -> None:
            nonlocal states
            if due and self._states_of is not None:
                states = self._states_of(due)

        self._try(read)
        return states

    @staticmethod
    def _try(act: Act) -> None:
        """What fails takes nothing along: the poll tells the same."""
        try:
            act()
        except Exception:
            log.exception("push_failed")

    def _send(self, event: str, data: Any, room: str) -> None:
        if self._emitter is None:
            return
        try:
            self._emitter.emit(event, data, to=room, namespace=TERMINAL)
        except Exception as error:  # noqa: BLE001  a dead socket or queue: the poll tells the same
            log.warning("push_lost", error=error, push=event)
