"""What is acknowledged over the socket leaves with the commit, not before; silence is noticed."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from exam_client.namespace import MOST_SILENT_ROUNDS, ROUND_SECONDS, TerminalNamespace
from exam_client.routes import COOKIE
from exam_server.bootstrap import start_sweep
from exam_server.serving.pinging import Pings
from tests.builders.room_day import RoomDay
from tests.builders.room_terminal import Terminal
from tests.builders.together import failing_commits, failing_reads


class Line:
    """The socket of a terminal."""

    def __init__(self, room: RoomDay, terminal: Terminal) -> None:
        self.terminal = terminal
        self.client = room.app.extensions["socketio"].test_client(
            room.app, namespace="/terminal", headers={"Cookie": f"{COOKIE}={terminal.token}"}
        )

    def ask(self, event: str, data: Any) -> Any:
        """One message; what it is acknowledged with at once, if it is."""
        return self.client.emit(event, data, namespace="/terminal", callback=True)

    def answer(self, item: int, options: str) -> Any:
        """One answer."""
        terminal = self.terminal
        batch = {"attempt_id": terminal.attempt_id(), "current_item": 1}
        return self.ask("responses", batch | {"responses": [terminal.write(item, options)]})

    def start(self, attempt_id: str | None = None) -> Any:
        """Open the first subject."""
        attempt_id = attempt_id or self.terminal.attempt_id()
        return self.ask("start", {"attempt_id": attempt_id, "terminal_elapsed_ms": 0})

    def hand_in(self, *outbox: Any, **more: Any) -> Any:
        """交卷, with whatever the outbox still holds."""
        batch = {"attempt_id": self.terminal.attempt_id(), "responses": list(outbox)}
        return self.ask("submit", {**batch, "confirmed": True, **more})

    def beat(self) -> Any:
        """A sign of life."""
        return self.ask("beat", {"attempt_id": self.terminal.attempt_id()})

    @property
    def acknowledged(self) -> Any:
        """What has come since."""
        return self.client.acks and self.client.acks["args"][0]

    @property
    def up(self) -> bool:
        """Whether the server has not hung up."""
        return bool(self.client.is_connected("/terminal"))


def namespace(room: RoomDay) -> TerminalNamespace:
    handlers = room.app.extensions["socketio"].server.namespace_handlers
    found = handlers["/terminal"]
    assert isinstance(found, TerminalNamespace)
    return found


def test_who_cannot_be_looked_up_is_told_no_and_comes_again(bare_room: RoomDay) -> None:
    """Or their terminal would wait for ever for a line that is never there."""
    room, (terminal,) = bare_room, bare_room.begin(0)
    rooms = room.app.extensions["socketio"].server.manager
    before = {name: set(there) for name, there in rooms.rooms.get("/terminal", {}).items()}
    with failing_reads():
        line = Line(room, terminal)
    assert not line.up
    after = {name: set(there) for name, there in rooms.rooms.get("/terminal", {}).items()}
    assert (after, rooms.pending_connect) == (before, {}), "nothing of it stays"
    again = Line(room, terminal)
    assert again.up
    assert again.beat()["left_ms"] > 0


def test_an_acknowledgement_leaves_with_the_commit_and_not_before(room: RoomDay) -> None:
    first, second = (Line(room, terminal) for terminal in room.begin(0, 1))
    told = room.runner.batch([lambda: first.answer(0, "a"), lambda: second.answer(0, "b")])
    assert told == [None, None], "nobody was told before the commit"
    for line in (first, second):
        assert [one["kept"] for one in line.acknowledged["receipts"]] == ["counted"]


def test_what_was_not_committed_is_acknowledged_as_not_saved(bare_room: RoomDay) -> None:
    line = Line(bare_room, *bare_room.begin(0))
    with failing_commits():
        assert bare_room.runner.batch([lambda: line.answer(0, "a")]) == [None]
    assert line.acknowledged["problem"]["type"] == "not_saved"
    assert line.answer(1, "a")["receipts"], "and saving goes on"


def test_a_hall_begins_by_socket_with_one_commit(room: RoomDay) -> None:
    lines = [Line(room, room.terminal(number).arrive()) for number in (0, 1)]
    room.unseal()
    for line in lines:
        assert line.start()["problem"]["type"] == "bell_not_rung"
        assert "key" not in line.start()
    room.ring()
    foreign = lines[1].terminal.attempt_id()
    assert lines[0].start(foreign)["problem"]["type"] == "not_found"
    assert room.runner.batch([line.start for line in lines]) == [None, None]
    for line in lines:
        told = line.acknowledged
        assert told["state"]["attempts"][0]["state"] == "in_progress"
        assert told["key"] == line.terminal.open(), "repeated by the other way, the same key"
        assert room.kinds(line.terminal.attempt_id()).count("started") == 1
        assert line.answer(0, "a")["receipts"]


def test_a_hand_in_is_acknowledged_with_its_commit_outbox_and_all(room: RoomDay) -> None:
    first, second = (Line(room, terminal) for terminal in room.begin(0, 1))
    outboxes = [[line.terminal.write(0, "a")] for line in (first, second)]
    room.runner.batch(
        [partial(line.hand_in, *outboxes[n]) for n, line in enumerate((first, second))]
    )
    for line, outbox in zip((first, second), outboxes, strict=True):
        told = line.acknowledged
        assert [one["kept"] for one in told["receipts"]] == ["counted"]
        mine = told["state"]["attempts"][0]
        assert (mine["state"], mine["cause"], mine["answered"]) == ("submitted", "candidate", 1)
        by_http = line.terminal.hand_in(*outbox)
        assert by_http["receipts"] == told["receipts"], "repeated by the other way, once"
        attempt = line.terminal.attempt_id()
        assert room.kinds(attempt).count("submitted") == 1


def test_a_hand_in_that_was_not_committed_is_not_one(bare_room: RoomDay) -> None:
    line = Line(bare_room, *bare_room.begin(0))
    answer = line.terminal.write(0, "a")
    with failing_commits():
        assert bare_room.runner.batch([lambda: line.hand_in(answer)]) == [None]
    assert line.acknowledged["problem"]["type"] == "not_saved"
    assert line.terminal.sees()["state"] == "in_progress"
    assert line.hand_in(answer)["state"]["attempts"][0]["state"] == "submitted"


def test_a_hand_in_by_socket_is_refused_as_by_http(room: RoomDay) -> None:
    mine, theirs = (Line(room, terminal) for terminal in room.begin(0, 1))
    for refused, code in (
        (mine.hand_in(confirmed=False), "submit_not_confirmed"),
        (mine.hand_in(attempt_id=theirs.terminal.attempt_id()), "not_found"),
        (mine.hand_in(attempt_id=None), "malformed"),
    ):
        assert refused["problem"]["type"] == code
    assert [line.terminal.sees()["state"] for line in (mine, theirs)] == ["in_progress"] * 2


def test_whose_heartbeat_has_stopped_is_hung_up_on(room: RoomDay) -> None:
    """A pulled cable: the socket looks alive until somebody asks."""
    beating, _ = (Line(room, terminal) for terminal in room.begin(0, 1))
    sockets = namespace(room)
    beating.beat()
    for _ in range(MOST_SILENT_ROUNDS):
        assert sockets.silent() == []
    beating.answer(0, "a")
    for _ in range(MOST_SILENT_ROUNDS):
        assert sockets.silent() == [], "any message is a sign of life"

    pauses = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:  # a round, one hung up on, and before the next round
            raise InterruptedError

    (its,) = room.centre.presence.sockets(beating.terminal.person.id)
    with pytest.raises(InterruptedError):
        sockets.listen_on(sleep)
    assert pauses == [ROUND_SECONDS, 0, ROUND_SECONDS], "who never began to beat is left alone"
    assert not beating.up
    assert not room.centre.presence.sockets(beating.terminal.person.id)
    sockets.disconnect(its)  # is nothing, and no error


def test_no_terminal_says_of_itself_that_it_is_gone(room: RoomDay) -> None:
    """It would be forgotten and go on being told: no fence would find it (invariant 8)."""
    (terminal,) = room.begin(0)
    line = Line(room, terminal)
    for event in ("disconnect", "connect"):
        assert line.ask(event, "gone") is None
        assert room.centre.presence.sockets(terminal.person.id), event
    assert line.answer(0, "a")["receipts"]


def test_a_serving_process_pings_everybody_hangs_up_on_the_silent_and_sweeps(
    bare_room: RoomDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All browsers would hang up after a minute if nobody pinged them."""
    begun: list[Any] = []
    socketio = bare_room.app.extensions["socketio"]
    monkeypatch.setattr(socketio, "start_background_task", lambda task, *_: begun.append(task))
    sweep = start_sweep(bare_room.centre, socketio)
    owners = [type(task.__self__) for task in begun]
    assert owners.count(Pings) == 1
    assert owners.count(TerminalNamespace) == 1
    assert {task.__name__ for task in begun if task.__self__ is sweep} == {
        "look_on",
        "score_on",
        "live_on",
    }
