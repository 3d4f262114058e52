"""The rooms of Socket.IO, and of each socket those that it is in.

The library finds out by looking through all rooms there are, and each socket is one: with five
thousand terminals 1.2 ms for each that closes, and when a proxy is restarted all of them close.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import socketio


class RoomsOfEach:
    """Over a manager of Socket.IO: leaving costs what was entered."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._entered: defaultdict[tuple[str, str], set[Any]] = defaultdict(set)

    def basic_enter_room(
        self, sid: str, namespace: str, room: Any, eio_sid: str | None = None
    ) -> None:
        """As the library's, and noted."""
        super().basic_enter_room(sid, namespace, room, eio_sid)  # type: ignore[misc]
        self._entered[namespace, sid].add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """As the library's, and noted."""
        super().basic_leave_room(sid, namespace, room)  # type: ignore[misc]
        entered = self._entered[namespace, sid]
        entered.discard(room)
        if not entered:
            del self._entered[namespace, sid]

    def basic_disconnect(self, sid: str, namespace: str, **_options: Any) -> None:
        """Nothing of this socket stays."""
        for room in tuple(self._entered.get((namespace, sid), ())):
            self.basic_leave_room(sid, namespace, room)
        known: Any = self  # what the library's own keeps
        known.callbacks.pop(sid, None)
        for pending in (known.pending_connect, known.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]


class CentreRooms(RoomsOfEach, socketio.Manager):  # type: ignore[misc]
    """Of one process."""
