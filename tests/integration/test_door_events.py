"""Every message of both sockets, sent by everybody; and that nobody chooses their own rooms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask_socketio import SocketIO, SocketIOTestClient
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.builders import seeds
from tests.builders.door_policies import (
    ANONYMOUS,
    CANDIDATE,
    ELSEWHERE,
    EVENTS,
    EVERYBODY,
    OTHER,
    PROCTOR,
    STAFF,
)
from tests.builders.door_room import UNKNOWN, DoorRoom


def sockets_of(doors: DoorRoom) -> SocketIO:
    found = doors.app.extensions["socketio"]
    assert isinstance(found, SocketIO)
    return found


def connect(doors: DoorRoom, namespace: str, actor: str) -> SocketIOTestClient:
    headers = {"Cookie": doors.proof(actor).get("Cookie", "")}
    return sockets_of(doors).test_client(doors.app, namespace=namespace, headers=headers)


def ask(client: SocketIOTestClient, namespace: str, event: str, data: Any) -> Any:
    return client.emit(event, data, namespace=namespace, callback=True)


def verdict(answer: Any) -> str:
    """``in``, or the refusal's code; a sign of life about nothing of one's own is told nothing."""
    if "problem" in answer:
        return str(answer["problem"]["type"])
    facts = (answer.get("left_ms"), answer.get("head_seq"))
    return "not_found" if "left_ms" in answer and facts == (None, None) else "in"


def handled(doors: DoorRoom) -> Iterator[tuple[str, str]]:
    """Every message somebody wrote a handler for."""
    server = sockets_of(doors).server
    for namespace, handler in server.namespace_handlers.items():
        yield from ((namespace, name[3:]) for name in dir(handler) if name.startswith("on_"))
    for namespace, handlers in server.handlers.items():
        yield from ((namespace, name) for name in handlers)


def test_every_message_says_whom_it_is_for(doors: DoorRoom) -> None:
    known = {one for one in handled(doors) if one[1] != "disconnect"}
    assert sorted(known - EVENTS.keys()) == [], "new messages: say whom they are for"
    assert sorted(EVENTS.keys() - known) == [], "messages that are gone"


@pytest.mark.parametrize("namespace", ["/terminal", "/console"])
def test_a_socket_is_opened_by_those_it_is_for(doors: DoorRoom, namespace: str) -> None:
    opened = set()
    for actor in sorted(EVERYBODY):
        client = connect(doors, namespace, actor)
        if client.is_connected(namespace):
            opened.add(actor)
            client.disconnect(namespace)
    assert opened == EVENTS[namespace, "connect"].may


def test_a_terminal_speaks_for_its_own_candidate_only(doors: DoorRoom) -> None:
    attempt = doors.day.attempt_id(doors.day.people[0])
    told = {}
    for (namespace, event), policy in EVENTS.items():
        if namespace == "/terminal" and event != "connect":
            for actor in (CANDIDATE, OTHER, ELSEWHERE):
                client = connect(doors, namespace, actor)
                body = {**policy.body, "attempt_id": attempt}
                told[event, actor] = verdict(ask(client, namespace, event, body))
                client.disconnect(namespace)
    assert told == {
        (event, actor): "in" if actor == CANDIDATE else "not_found" for event, actor in told
    }


def test_a_board_is_shown_to_all_staff_and_a_sitting_that_is_none_to_nobody(
    doors: DoorRoom,
) -> None:
    for actor in sorted(STAFF):
        client = connect(doors, "/console", actor)
        for sitting_id, expected in (
            (doors.day.sitting_id, "in"),
            (doors.other_sitting_id, "in"),
            (UNKNOWN, "not_found"),
        ):
            answer = ask(client, "/console", "watch", {"sitting_id": sitting_id})
            assert verdict(answer) == expected, (actor, sitting_id)
        client.disconnect("/console")


@pytest.mark.parametrize("wanted", [None, [], "x", 3, {}, {"sitting_id": None}, {"sitting_id": []}])
def test_nonsense_from_a_console_is_answered(doors: DoorRoom, wanted: Any) -> None:
    client = connect(doors, "/console", PROCTOR)
    assert verdict(ask(client, "/console", "watch", wanted)) == "not_found"
    client.disconnect("/console")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)
NAMES = (
    *("attempt_id", "responses", "current_item", "sitting_id", "elapsed_ms", "offline_ms"),
    "confirmed",
    "terminal_elapsed_ms",
)


@pytest.mark.parametrize(
    ("namespace", "actor", "event"),
    [
        ("/terminal", CANDIDATE, "start"),
        ("/terminal", CANDIDATE, "responses"),
        ("/terminal", CANDIDATE, "submit"),
        ("/terminal", CANDIDATE, "beat"),
        ("/console", PROCTOR, "watch"),
    ],
)
def test_whatever_a_socket_is_sent_it_answers_and_the_storage_has_no_part_in_it(
    doors: DoorRoom, namespace: str, actor: str, event: str
) -> None:
    client = connect(doors, namespace, actor)

    @seed(seeds.run_seed())
    @settings(max_examples=60, deadline=None, database=None)
    @given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)))
    def send(message: Any) -> None:
        answer = ask(client, namespace, event, message)
        assert isinstance(answer, dict)
        assert answer.get("problem", {"status": 422})["status"] in (404, 422), answer

    before = doors.day.entries()
    send()
    assert doors.day.entries() == before
    client.disconnect(namespace)


def rooms_of(doors: DoorRoom, namespace: str) -> set[str]:
    """Every Socket.IO room there is, without those of one socket alone."""
    manager = sockets_of(doors).server.manager
    rooms = manager.rooms.get(namespace, {})
    everybody = set(rooms.get(None, {}))
    return {name for name in rooms if name is not None and name not in everybody}


def test_no_socket_joins_a_room_of_its_own_choice(doors: DoorRoom) -> None:
    """Pushes go to rooms named by the server: whoever could join one would hear a bell, a
    neighbour's state, a board. There is no message that joins; those that name something are
    tried with the names of all the rooms that matter."""
    day, foreign = doors.day, doors.day.people[1].id
    named = [
        f"candidate:{foreign}",
        f"sitting:{doors.other_sitting_id}",
        f"board:{day.sitting_id}",
        foreign,
        doors.other_sitting_id,
    ]
    terminal = connect(doors, "/terminal", CANDIDATE)
    expected = {f"candidate:{day.people[0].id}", f"sitting:{day.sitting_id}"}
    ours = ("beat", "start", "responses", "submit")
    for event in ("join", "enter_room", "subscribe", "watch", "room", *ours):
        for name in named:
            for body in (name, {"room": name, "sitting_id": name, "attempt_id": name}):
                terminal.emit(event, body, namespace="/terminal")
    assert rooms_of(doors, "/terminal") == expected
    terminal.disconnect("/terminal")

    console = connect(doors, "/console", PROCTOR)
    for name in [*named, UNKNOWN, "\x00"]:
        console.emit("watch", {"sitting_id": name}, namespace="/console")
        console.emit("join", {"room": name}, namespace="/console")
        assert rooms_of(doors, "/console") <= {f"board:{doors.other_sitting_id}"}
    console.emit("watch", {"sitting_id": day.sitting_id}, namespace="/console")
    assert rooms_of(doors, "/console") == {f"board:{day.sitting_id}"}
    console.disconnect("/console")


def test_nobody_outside_hears_the_bell_of_a_room(doors: DoorRoom) -> None:
    """The keys of a sitting go to its own terminals' sockets, and to no others."""
    lines = {actor: connect(doors, "/terminal", actor) for actor in (CANDIDATE, OTHER, ELSEWHERE)}
    for line in lines.values():
        line.get_received("/terminal")
    doors.day.centre.push.bell(doors.day.sitting_id, {"form": "key"})
    heard = {
        actor: [one["name"] for one in line.get_received("/terminal") if one["name"] == "bell"]
        for actor, line in lines.items()
    }
    assert heard == {CANDIDATE: ["bell"], OTHER: ["bell"], ELSEWHERE: []}
    for line in lines.values():
        line.disconnect("/terminal")


def test_whoever_is_nobody_is_told_nothing(doors: DoorRoom) -> None:
    for namespace in ("/terminal", "/console"):
        client = connect(doors, namespace, ANONYMOUS)
        assert not client.is_connected(namespace)
        with pytest.raises(RuntimeError):
            client.emit("beat", {}, namespace=namespace)
