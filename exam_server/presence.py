"""Which terminals are heard, in memory; the sweep writes it to the database in bulk.

Presence decides nothing about answers or time: it is what a proctor sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Heard:
    """``sockets``: open sockets of this candidate's terminal. ``at_ms``: wall, last heard."""

    sockets: set[str] = field(default_factory=set)
    at_ms: int = 0


class PresenceBoard:
    """Last sign of life per candidate."""

    def __init__(self) -> None:
        self._heard: dict[str, Heard] = {}
        self._changed: set[str] = set()
        self.messages = 0  # of sockets, since the start of this process

    @property
    def connected(self) -> int:
        """How many candidates' terminals have an open socket to this process."""
        return sum(bool(entry.sockets) for entry in self._heard.values())

    @property
    def changed(self) -> int:
        """How many have changed since they were last taken."""
        return len(self._changed)

    def heard(self, candidate_id: str, at_ms: int, socket: str | None = None) -> None:
        """A request or socket message of this candidate arrived."""
        entry = self._heard.get(candidate_id)
        if entry is None:
            entry = self._heard[candidate_id] = Heard()
        entry.at_ms = max(entry.at_ms, at_ms)
        if socket is not None:
            self.messages += 1
            entry.sockets.add(socket)
        self._changed.add(candidate_id)

    def gone(self, candidate_id: str, socket: str) -> None:
        """A socket of this candidate closed."""
        entry = self._heard.get(candidate_id)
        if entry is not None:
            entry.sockets.discard(socket)
            self._changed.add(candidate_id)

    def sockets(self, candidate_id: str) -> frozenset[str]:
        """The open sockets of this candidate in this process."""
        entry = self._heard.get(candidate_id)
        return frozenset(entry.sockets) if entry else frozenset()

    def take_changes(self, most: int) -> dict[str, tuple[bool, int]]:
        """``{candidate: (connected, heard_ms)}`` of at most so many that changed since they were
        last taken."""
        taken = [self._changed.pop() for _ in range(min(most, len(self._changed)))]
        return {
            candidate_id: (bool(entry.sockets), entry.at_ms)
            for candidate_id in taken
            if (entry := self._heard.get(candidate_id)) is not None
        }

    def put_back(self, changes: Mapping[str, object]) -> None:
        """Changes that could not be written are taken again next time."""
        self._changed.update(changes)
