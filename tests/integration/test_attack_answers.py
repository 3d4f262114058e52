"""Somebody tries to lose, double or misplace answers, or to stop the room from saving."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from sqlalchemy import insert, make_url

from exam_client.routes import COOKIE
from exam_server.bootstrap import credit_silence
from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.room.actions.control import pause_sitting, resume_sitting
from exam_server.room.tables import JournalEntry
from exam_server.storage.migrate import upgrade
from exam_server.storage.tx import Tx
from tests.builders.room_day import PROCTOR, RoomDay
from tests.builders.room_terminal import Json, Terminal
from tests.builders.together import failing_commits
from tests.manual_clock import MINUTE

SURROGATES = ('"\\ud800"', '"\\udc00x"')
HOSTILE = (
    *("null", "true", "false", "0", "-1", "1.5", "-0.0", "1e400", "NaN", "[]", "{}", "[1,2]"),
    *("9223372036854775808", "18446744073709551616", "-9223372036854775809"),
    *("1" + "0" * 400, "1" + "0" * 5000),
    *('""', '"\\u0000"', '"a\\u0000b"', '"\\ufffe"', '"💥"', '"' + "x" * 70_000 + '"'),
    *SURROGATES,
    *('["a"]', '{"a":{"b":[]}}', "[" * 3000 + "]" * 3000),
)


class Wire:
    """A logged-in terminal whose program was replaced by a hostile one."""

    def __init__(self, room: RoomDay, terminal: Terminal) -> None:
        self._room, self._terminal = room, terminal
        self._cookie = f"{COOKIE}={terminal.token}"
        socketio = room.app.extensions["socketio"]
        self._socket = socketio.test_client(
            room.app, namespace="/terminal", headers={"Cookie": self._cookie}
        )

    def http(self, method: str, path: str, body: str = "") -> int:
        """The status of one request."""
        client = self._room.app.test_client(use_cookies=False)
        headers = {"X-Kaochang": "1", "Cookie": self._cookie}
        data = body.encode("utf-8", "surrogatepass")
        with client.open(path, method=method, headers=headers, data=data) as response:
            response.get_data()
            return response.status_code

    def socket(self, event: str, *arguments: Any) -> Any:
        """The acknowledgement of one message."""
        answer = self._socket.emit(event, *arguments, namespace="/terminal", callback=True)
        return msgspec.json.decode(msgspec.json.encode(answer))  # it can travel back


def batches(terminal: Terminal, value: str) -> Iterator[str]:
    """A batch with ``value`` (JSON text) in every place of it, one after the other."""
    good = terminal.write(0, "a", revision=(1, 70))
    parts = {name: json.dumps(part) for name, part in good.items()}
    yield value
    for name in parts:
        yield _batch(_object(parts | {name: value}))
    yield _batch(_object(parts | {"revision": f"[{value},1]"}))
    yield _batch(_object(parts | {"revision": f"[1,{value}]"}))
    yield _batch(f"{_object(parts)},{value}")
    for name in ("responses", "current_item", "offline_ms", "attempt_id", "confirmed"):
        yield _batch(_object(parts), **{name: value})


def _batch(answers: str, **more: str) -> str:
    return _object({"responses": f"[{answers}]"} | more)


def _object(parts: dict[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{part}' for name, part in parts.items()) + "}"


def other_bodies(value: str) -> Iterator[tuple[str, str]]:
    """(path, body) of every other write of a terminal."""
    for path, names in (
        ("/api/hand", ("raised",)),
        ("/api/confirm", ("ok",)),
        ("/api/pledge", ("x",)),
        ("/api/events", ("events",)),
        ("/api/login", ("ticket", "id_number", "terminal_id", "room", "seat")),
    ):
        yield path, value
        for name in names:
            yield path, _object({name: value})
    event = {"kind": '"focus_lost"', "elapsed_ms": "1", "data": '{"k":1}'}
    for name in event:
        yield "/api/events", _object({"events": f"[{_object(event | {name: value})}]"})
    detail = _object(event | {"data": _object({"k": value})})
    yield "/api/events", _object({"events": f"[{detail}]"})


def test_no_message_over_http_stops_the_room(room: RoomDay) -> None:
    hostile, honest = room.begin(0, 1)
    wire, path = Wire(room, hostile), f"/api/attempt/{hostile.attempt_id()}"
    for value in HOSTILE:
        for body in batches(hostile, value):
            assert wire.http("PUT", f"{path}/responses", body) < 500, body[:90]
            if '"confirmed":true' not in body:
                assert wire.http("POST", f"{path}/submit", body) < 500, body[:90]
        for where, body in other_bodies(value):
            assert wire.http("POST", where, body) < 500, (where, body[:90])
        assert wire.http("POST", f"{path}/start", _object({"terminal_elapsed_ms": value})) < 500
        assert room.centre.store.saving
    for ident in ("%00", "%ED%A0%80", "x" * 3000, "a'b", "%FF", "..%2f"):
        for method, where in (
            ("PUT", "/api/attempt/{}/responses"),
            ("GET", "/api/attempt/{}/responses"),
            ("POST", "/api/attempt/{}/submit"),
            ("POST", "/api/attempt/{}/start"),
            ("GET", "/blob/{}"),
            ("GET", "/api/seat?room={}"),
            ("GET", "/api/seat?room=02&seat=9{}"),
        ):
            assert wire.http(method, where.format(ident), '{"confirmed":true}') < 500, where
    assert honest.answer(0, "a")["kept"] == "counted"
    assert room.sitting().state == "running"


def test_no_message_over_the_socket_stops_the_room(room: RoomDay) -> None:
    hostile, honest = room.begin(0, 1)
    wire = Wire(room, hostile)
    for value in HOSTILE:
        for body in batches(hostile, value):
            try:
                sent = json.loads(body)
            except (ValueError, RecursionError):
                continue  # the server's own reader drops it before anybody hears of it
            named = sent | {"attempt_id": hostile.attempt_id()} if isinstance(sent, dict) else sent
            for data in (sent, named):
                answer = wire.socket("responses", data)
                assert answer.get("problem", {"status": 200})["status"] < 500, body[:90]
                if '"confirmed":true' not in body:
                    answer = wire.socket("submit", data)
                    assert answer["problem"]["status"] < 500, body[:90]
            wire.socket("beat", sent)
        assert room.centre.store.saving
    odd: tuple[tuple[Any, ...], ...] = ((), (None,), (b"\x00",), ({"attempt_id": b""},), ({}, {}))
    for arguments in odd:
        for event in ("start", "responses", "submit"):
            status = wire.socket(event, *arguments)["problem"]["status"]
            # a start says no more than which attempt: nothing there is no attempt's number
            assert status == (404 if event == "start" and {"attempt_id": b""} in arguments else 422)
    assert honest.answer(0, "a")["kept"] == "counted"


def test_what_a_terminal_claims_does_not_spoil_the_record(room: RoomDay) -> None:
    """Numbers beyond what a verifier reads are kept within it; ``room`` verifies at the end."""
    (terminal,) = room.begin(0)
    wire = Wire(room, terminal)
    for claim in ("-1", "1" + "0" * 400, "9223372036854775808", "1e300"):
        event = {"kind": '"focus_lost"', "elapsed_ms": claim, "data": _object({"k": claim})}
        assert wire.http("POST", "/api/events", _object({"events": f"[{_object(event)}]"})) == 200
    kept = [e.data for e in room.journal(terminal.attempt_id()) if e.kind == "focus_lost"]
    assert [entry["elapsed_ms"] for entry in kept] == [-1, *[2**31 - 1] * 3]
    assert [entry["data"]["k"] for entry in kept] == [-1, *[2**31 - 1] * 3]


def test_a_bug_in_the_path_of_an_answer_fails_only_its_own_sender(bare_room: RoomDay) -> None:
    """A command without a savepoint has written and then fails: the others are saved, once."""
    room, (terminal, other) = bare_room, bare_room.begin(0, 1)

    def spoilt(tx: Tx, _wanted: Sequence[None]) -> list[None]:
        tx.session.execute(
            insert(JournalEntry), [{"chain": terminal.attempt_id(), "sitting_id": "\x00"}]
        )
        return [None]

    def buggy(_tx: Tx, _wanted: Sequence[None]) -> list[None]:
        raise LookupError("a bug")

    mine, theirs = terminal.write(0, "a"), other.write(0, "b")
    before = room.entries()
    results = room.runner.batch(
        [
            lambda: terminal.send(mine)[0],
            lambda: room.centre.store.write_together(spoilt, None),
            lambda: room.centre.store.write_together(buggy, None, attempts=["\x00"]),
            lambda: other.send(theirs)[0],
        ]
    )
    assert results[0]["kept"] == results[3]["kept"] == "counted"
    assert isinstance(results[1], Exception)
    assert isinstance(results[2], LookupError)
    assert room.centre.store.saving
    assert room.entries() == before + 2
    assert (terminal.kept(), other.kept()) == ({0: "a"}, {0: "b"})
    room.verified()


def test_one_revision_cannot_stand_for_two_answers_to_one_item(room: RoomDay) -> None:
    """A copied profile draws a counter twice: the second answer is not called saved."""
    (terminal,) = room.begin(0)
    first = terminal.send(terminal.write(0, "a", revision=(1, 1)))
    before = room.entries()
    for other in ({"options": "b"}, {"marked": True}):
        with pytest.raises(Refusal, match="revision_reused"):
            terminal.send(terminal.write(0, "a", revision=(1, 1)) | other)
    assert room.entries() == before
    assert terminal.kept() == {0: "a"}
    again = terminal.write(0, "a", revision=(1, 1)) | {"elapsed_ms": 77}
    assert terminal.send(again) == first  # the same answer, told again
    assert terminal.send(terminal.write(0, "b", revision=(1, 2)))[0]["kept"] == "counted"
    assert terminal.kept() == {0: "b"}


def start(terminal: Terminal, elapsed_ms: int) -> Json:
    """The terminal tells how long the paper has lain open; the attempt as it then stands."""
    body = {"terminal_elapsed_ms": elapsed_ms}
    path = f"/api/attempt/{terminal.attempt_id()}/start"
    found: Json = terminal._call("POST", path, body)["state"]["attempts"][0]
    return found


def test_a_paper_opened_by_the_bell_behind_a_cut_line_gives_no_time_twice(room: RoomDay) -> None:
    honest, waiting, greedy = (room.terminal(number).arrive() for number in range(3))
    room.unseal()
    room.ring()
    room.wait(minutes=10)
    room.do(pause_sitting, sitting_id=room.sitting_id, actor=PROCTOR, reason="停电")
    room.wait(minutes=5)
    room.do(resume_sitting, sitting_id=room.sitting_id, actor=PROCTOR, reason="来电")
    assert start(honest, 15 * MINUTE)["left_ms"] == 50 * MINUTE  # the pause is nobody's
    assert start(waiting, 0)["left_ms"] == 60 * MINUTE  # it has had no key until now
    assert start(greedy, -(2**40))["left_ms"] == 60 * MINUTE
    assert start(honest, 0)["left_ms"] == 50 * MINUTE  # repeating changes nothing


def live(room: RoomDay, seconds: int) -> None:
    """The server lives through some time, looking every second."""
    for _ in range(seconds):
        room.wait(seconds=1)


def test_nobody_pays_for_a_storage_that_stood_still(bare_room: RoomDay) -> None:
    """The disk is full over somebody's last minutes; what they chose meanwhile counts."""
    room = bare_room
    near, far = room.begin(0, 1)
    room.wait(minutes=57)
    credit_silence(room.centre)
    chosen = near.write(1, "b")
    with failing_commits():
        for _ in range(10):
            room.clock.advance(MINUTE)
            room.tick()
            with pytest.raises(Refusal, match="not_saved"):
                near.send(chosen)
    assert not room.centre.store.saving
    assert near.send(chosen)[0]["kept"] == "counted"
    room.tick()
    assert near.sees()["state"] == "in_progress"
    assert near.left_ms() == far.left_ms() == 3 * MINUTE
    assert room.kinds().count("outage") == 1
    live(room, 3 * 60 + 6)
    assert near.sees()["cause"] == "time"
    assert near.kept() == {1: "b"}
    room.verified()


def test_a_short_failure_at_zero_loses_no_answer(bare_room: RoomDay) -> None:
    """The sweep is the first that can save again; it must not end what could not be sent."""
    room, (terminal,) = bare_room, bare_room.begin(0)
    room.wait(minutes=59, seconds=58)
    credit_silence(room.centre)
    last = terminal.write(2, "ab")
    with failing_commits():
        with pytest.raises(Refusal, match="not_saved"):
            terminal.send(last)
        room.clock.advance(8_000)
        room.tick()
    room.tick()
    assert terminal.left_ms() == 2_000
    assert terminal.sees()["state"] == "in_progress"
    assert terminal.send(last)[0]["kept"] == "counted"
    assert room.kinds().count("outage") == 1
    live(room, 16)
    assert terminal.sees()["cause"] == "time"
    room.verified()


def test_the_comparison_of_heads_finds_one_among_many(bare_room: RoomDay) -> None:
    room, store = bare_room, bare_room.centre.store
    chains = [new_id() for _ in range(1000)]

    def write(tx: Tx) -> None:
        common = {"sitting_id": room.sitting_id, "kind": "lost", "actor": "system", "data": {}}
        rest = {"at_ms": 1, "boot_ms": 1, "boot": "b", "prev": "p"}
        rows = [{"chain": c, "seq": 7, "digest": f"d{c}"} | common | rest for c in chains]
        tx.session.execute(insert(JournalEntry), rows)
        tx.heads.update({chain: (7, f"d{chain}") for chain in chains})

    store.write(write)
    (terminal,) = room.begin(0)
    answer = terminal.write(0, "a")
    with failing_commits(), pytest.raises(Refusal, match="not_saved"):
        terminal.send(answer)
    assert terminal.send(answer)[0]["kept"] == "counted"  # all thousand are there
    store._acknowledged[chains[567]] = (7, "another")
    with failing_commits(), pytest.raises(Refusal, match="not_saved"):
        terminal.send(terminal.write(1, "a"))
    for _ in range(2):
        with pytest.raises(Refusal, match="not_saved"):
            terminal.send(terminal.write(1, "a"))


def test_a_cut_connection_to_postgresql_comes_back_by_itself(
    postgres_url: str, tmp_path: Path
) -> None:
    upgrade(postgres_url)
    room = RoomDay(postgres_url, tmp_path / "centre")
    try:
        (terminal,) = room.begin(0)
        terminal.answer(0, "a")
        assert _connections(postgres_url) == {"idle"}  # no reader sits in an old snapshot
        _cut(postgres_url)
        assert terminal.kept() == {0: "a"}  # a question is asked again
        answer = terminal.write(1, "b")
        with pytest.raises(Refusal, match="not_saved"):
            terminal.send(answer)
        assert terminal.send(answer)[0]["kept"] == "counted"
        assert room.centre.store.saving
        assert terminal.kept() == {0: "a", 1: "b"}
        room.verified()
    finally:
        room.close()


# not a vacuum that happens to look at this database
_OURS = (
    "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def _connections(url: str) -> set[str]:
    query = f"SELECT state FROM pg_stat_activity WHERE {_OURS}"
    return {str(row[0]) for row in _asked(url, query)}


def _cut(url: str) -> None:
    query = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {_OURS}"
    assert len(_asked(url, query)) == 2


def _asked(url: str, query: str) -> list[Any]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()
