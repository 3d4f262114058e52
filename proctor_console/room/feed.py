"""The live feed of room boards: who watches, what they were shown, what is new.

One loop per watched sitting looks at least once a second and at most twice; it ends when
nobody watches any more. Each push has a version; a console that finds a gap asks for the
whole board again, so what it shows always equals a fresh load.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from exam_server.logs import events
from proctor_console.room.diff import BoardFacts, changed_seats, merged, rest

LOOK_SECONDS = 1.0  # a watched board is looked at this often even if nothing was announced
LEAST_GAP_SECONDS = 0.5  # and never more often than this

log = events(__name__)


class Wake(Protocol):
    """The part of an event object that the loop needs."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def wait(self, timeout: float) -> Any: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the feed needs of the program around it.

    ``read(sitting_id)``: the Board as builtins. ``send(sitting_id, push)``: to all who
    watch. ``spawn(function, *args)``, ``sleep(seconds)``, ``wake()``: the server's way of
    running beside requests.
    """

    read: Callable[[str], BoardFacts]
    send: Callable[[str, dict[str, Any]], None]
    spawn: Callable[..., Any]
    sleep: Callable[[float], Any]
    wake: Callable[[], Wake]


@dataclass(slots=True)
class _Watched:
    shown: BoardFacts
    wake: Wake
    version: int = 1
    watchers: set[str] = field(default_factory=set)


class BoardFeed:
    """The boards somebody watches."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._watched: dict[str, _Watched] = {}

    def watch(self, sitting_id: str, watcher: str) -> dict[str, Any]:
        """``watcher`` sees ``sitting_id`` from now on: ``{"version", "board"}`` in full."""
        board = self._around.read(sitting_id)  # a refusal leaves everything as it was
        self.leave(watcher)
        entry = self._watched.get(sitting_id)
        if entry is None:
            entry = _Watched(board, self._around.wake(), watchers={watcher})
            self._watched[sitting_id] = entry
            self._around.spawn(self._run, sitting_id, entry)
        else:
            entry.watchers.add(watcher)
            board = self._push(sitting_id, entry, board)
        return {"version": entry.version, "board": board}

    def leave(self, watcher: str) -> None:
        """``watcher`` closed the page or looks at another sitting."""
        for sitting_id, entry in list(self._watched.items()):
            entry.watchers.discard(watcher)
            if not entry.watchers:
                del self._watched[sitting_id]
                entry.wake.set()

    def changed(self, sitting_id: str) -> None:
        """Something in this sitting changed: look again soon. Cheap, may be called often."""
        entry = self._watched.get(sitting_id)
        if entry is not None:
            entry.wake.set()

    def _run(self, sitting_id: str, entry: _Watched) -> None:
        """Look and push until nobody watches."""
        while True:
            entry.wake.wait(LOOK_SECONDS)
            entry.wake.clear()
            if self._watched.get(sitting_id) is not entry:
                return
            try:
                self._push(sitting_id, entry, self._around.read(sitting_id))
            except Exception:  # the console shows its data as old; the next look may work
                log.exception("board_failed", sitting=sitting_id)
            self._around.sleep(LEAST_GAP_SECONDS)

    def _push(self, sitting_id: str, entry: _Watched, fresh: BoardFacts) -> BoardFacts:
        """Send what is new to all watchers; what they show then."""
        seats = changed_seats(entry.shown, fresh)
        entry.shown = merged(entry.shown, fresh, seats)
        entry.version += 1
        self._around.send(
            sitting_id,
            {
                "sitting_id": sitting_id,
                "version": entry.version,
                "seats": seats,
                "rest": rest(fresh),
            },
        )
        return entry.shown
