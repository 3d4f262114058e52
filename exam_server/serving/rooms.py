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
        self._entered: defaultdict[str, set[Any]] = defaultdict(set)  # by a socket's id

    def basic_enter_room(
        self, sid: str, namespace: str, room: Any, eio_sid: str | None = None
    ) -> None:
        """As the library's."""
        super().basic_enter_room(sid, namespace, room, eio_sid)  # type: ignore[misc]
        self._entered[sid].add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """As the library's."""
        super().basic_leave_room(sid, namespace, room)  # type: ignore[misc]
        self._entered[sid].discard(room)
        if not self._entered[sid]:
            del self._entered[sid]

    def basic_disconnect(self, sid: str, namespace: str, **_options: Any) -> None:
        """Nothing of this socket stays."""
        for room in tuple(self._entered.get(sid, ())):
            self.basic_leave_room(sid, namespace, room)
        known: Any = self
        known.callbacks.pop(sid, None)
        for pending in (known.pending_connect, known.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]


class CentreRooms(RoomsOfEach, socketio.Manager):  # type: ignore[misc]
    """Of one process."""
