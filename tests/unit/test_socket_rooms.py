"""Rooms of sockets: as the library keeps them, whoever comes, moves and goes."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
import socketio

from exam_server.serving.rooms import CentreRooms

SPACES, ROOMS = ("/terminal", "/console"), ("sitting:1", "sitting:2", "candidate:1")


def managed(manager: socketio.Manager) -> socketio.Manager:
    """With what it needs of a server: the ids of sockets, in an order of its own."""
    ids = iter(range(10**6))
    eio = SimpleNamespace(generate_id=lambda: f"socket-{next(ids)}")
    manager.set_server(SimpleNamespace(eio=eio, packet_class=socketio.packet.Packet))
    return manager


def state(manager: socketio.Manager) -> Any:
    """Everything the library keeps of its sockets."""
    rooms = {
        space: {room: dict(there) for room, there in rooms.items()}
        for space, rooms in manager.rooms.items()
    }
    pending = {**manager.pending_connect}, {**manager.pending_disconnect}
    return rooms, pending, set(manager.callbacks)


class Both:
    """Ours and the library's, asked the same."""

    def __init__(self, seed: int) -> None:
        self.ours, self.theirs = managed(CentreRooms()), managed(socketio.Manager())
        self.draw = random.Random(seed)
        self.open: list[tuple[str, str]] = []

    def __call__(self, act: str, *arguments: Any) -> Any:
        answers = {getattr(one, act)(*arguments) for one in (self.ours, self.theirs)}
        assert len(answers) == 1
        return answers.pop()

    def come(self, connection: str) -> None:
        """Not everybody is let in."""
        space = self.draw.choice(SPACES)
        sid = self("pre_connect", connection, space)
        if self.draw.random() < 0.8:
            self("connect", sid, space)
        self.open.append((sid, space))

    def go(self, times: int) -> None:
        """Both sides may hang up."""
        sid, space = self.open.pop(self.draw.randrange(len(self.open)))
        self("pre_disconnect", sid, space)
        for _ in range(times):
            self("disconnect", sid, space)

    def move(self, act: str) -> None:
        """Somebody enters a room, leaves one, or is sent what they are to acknowledge."""
        sid, space = self.draw.choice(self.open)
        if act == "leave_room" and self.draw.random() < 0.2:
            space = self.draw.choice(SPACES)  # perhaps not where it is
        if act == "_generate_ack_id":
            self(act, sid, None)
        else:
            self(act, sid, space, self.draw.choice((*ROOMS, "nowhere")))


@pytest.mark.parametrize("seed", range(20))
def test_whoever_comes_and_goes_the_library_would_say_the_same(seed: int) -> None:
    both = Both(seed)
    moves = ("enter_room", "leave_room", "_generate_ack_id")
    for turn in range(300):
        act = both.draw.choice(("come", "go", "go", "close", *moves))
        if act == "close":
            both("basic_close_room", both.draw.choice(ROOMS), both.draw.choice(SPACES))
        elif act == "come" or not both.open:
            both.come(f"connection-{turn}")
        elif act == "go":
            both.go(times=both.draw.choice((1, 1, 2)))
        else:
            both.move(act)
        assert state(both.ours) == state(both.theirs), f"seed {seed}, turn {turn}: {act}"
    while both.open:
        both.go(times=1)
    assert state(both.ours) == state(both.theirs) == ({}, ({}, {}), set())
    assert not both.ours._entered, "nothing is kept of whoever has gone"
