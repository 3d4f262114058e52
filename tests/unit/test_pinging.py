"""Every socket is pinged once per interval, and given up when it answers nothing."""

from __future__ import annotations

import time
from typing import Any

import engineio
import pytest
from engineio.packet import PING, PONG, Packet
from engineio.socket import Socket

from exam_server.serving.pinging import TURNS, Pings, heard


class Room:
    """The library's own server and sockets, without a network."""

    def __init__(self) -> None:
        self.server = engineio.Server(async_mode="threading")
        self.server.on("connect", lambda _sid, _environ: None)
        self.gone: list[str] = []
        self.server.on("disconnect", lambda sid, _reason: self.gone.append(sid))
        self.pings = Pings(self.server)

    def comes(self, sid: str) -> Any:
        """What the library does with a handshake."""
        client = self.server.sockets[sid] = Socket(self.server, sid)
        self.server._trigger_event("connect", sid, {}, run_async=False)
        client.schedule_ping()
        return client

    def pass_turns(self, turns: int) -> None:
        for _ in range(turns):
            self.pings.turn()


@pytest.fixture
def room() -> Room:
    return Room()


def pinged(client: Any) -> int:
    """How often, since this was asked last."""
    count = 0
    while not client.queue.empty():
        packet = client.queue.get()
        count += packet is not None and packet.packet_type == PING
    return count


def answers(client: Any) -> None:
    """As the websocket does with every message."""
    heard(client)
    client.receive(Packet(PONG))


def is_silent_for(client: Any, seconds: float) -> None:
    assert client.last_ping is not None
    client.last_ping = time.time() - seconds


def test_who_comes_is_pinged_after_one_interval_and_then_once_per_interval(room: Room) -> None:
    client = room.comes("a")
    room.pass_turns(TURNS - 1)
    assert pinged(client) == 0
    room.pass_turns(1)
    assert pinged(client) == 1
    for _ in range(3):
        answers(client)
        room.pass_turns(TURNS)
        assert pinged(client) == 1
    assert client.sid in room.server.sockets


def test_nobody_is_forgotten_whenever_they_come(room: Room) -> None:
    clients = [room.comes("first")]
    for number in range(2 * TURNS):
        room.pass_turns(1)
        clients.append(room.comes(f"at turn {number}"))
        for client in clients:
            heard(client)
    for client in clients:
        pinged(client)
    room.pass_turns(TURNS)
    assert [pinged(client) for client in clients] == [1] * len(clients)


def test_who_answers_no_ping_is_given_up_and_nothing_of_it_stays(room: Room) -> None:
    silent, there = room.comes("silent"), room.comes("there")
    room.pass_turns(TURNS)
    answers(there)
    is_silent_for(silent, room.server.ping_timeout + 1)
    room.pass_turns(TURNS)
    assert room.gone == ["silent"]
    assert list(room.server.sockets) == ["there"]


def test_who_is_late_but_within_the_time_stays(room: Room) -> None:
    client = room.comes("late")
    room.pass_turns(TURNS)
    is_silent_for(client, room.server.ping_timeout - 5)
    first = client.last_ping
    room.pass_turns(TURNS)
    assert room.gone == []
    assert client.last_ping == first, "the second ping must not have begun its time anew"


def test_who_has_gone_is_let_go(room: Room) -> None:
    client = room.comes("gone")
    client.close(wait=False, abort=True)
    room.pass_turns(TURNS)
    assert room.server.sockets == {}


def test_one_socket_that_fails_keeps_nobody_elses_ping(room: Room) -> None:
    broken, other = room.comes("broken"), room.comes("other")

    def fail(_packet: Any) -> None:
        raise OSError

    broken.send = fail
    room.pass_turns(TURNS)
    assert pinged(other) == 1
    assert list(room.server.sockets) == ["other"]
    assert room.gone == ["broken"], "and everybody is told that it has gone"


def test_the_library_itself_pings_and_looks_for_nobody(room: Room) -> None:
    begun: list[Any] = []
    room.server.start_background_task = lambda *task: begun.append(task)
    client = room.comes("a")
    room.pass_turns(TURNS)
    answers(client)
    assert begun == []
    assert not room.server.start_service_task


def test_a_server_that_stood_still_makes_up_for_the_turns_it_missed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wait ends late by as much as it lasts, and once everything stands still for long."""
    at, late = [1000.0], [0.0]

    class Over(Exception):
        """Enough seen."""

    def sleep(seconds: float) -> None:
        at[0] += 2 * seconds + late[0]
        late[0] = 0.0
        if at[0] > 1000 + 3 * room.server.ping_interval:
            raise Over

    monkeypatch.setattr(time, "perf_counter", lambda: at[0])
    client = room.comes("a")
    seen: list[float] = []

    def pinged_now(_packet: Any) -> None:
        seen.append(at[0])

    client.send = pinged_now
    client.check_ping_timeout = lambda: True
    late[0] = 20.0
    with pytest.raises(Over):
        room.pings.run(sleep)
    assert [round(second - 1000) for second in seen] == [25, 50, 75]
