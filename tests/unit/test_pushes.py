"""Pushes leave in order; the States that wait are one look at the database."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pytest

from exam_server.push import MOST_AT_ONCE, MOST_IN_A_TURN, Push


class Wire:
    """What left, and how the database was asked; turns are taken when ``go`` says so."""

    def __init__(self) -> None:
        self.left: list[tuple[str, str, Any]] = []
        self.read: list[set[str]] = []
        self.version = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self._turns: list[Callable[[], None]] = []
        self.rests: list[int] = []  # after how many that have left others had their turn
        self.push = Push(self, self._turns.append, rest=self._rest)
        self.push.states_from(self._states)

    def emit(self, event: str, data: Any = None, **options: Any) -> None:
        who = options["to"].partition(":")[2]
        self.left.append((event, who, data if event == "state" else None))

    def _states(self, candidate_ids: Collection[str]) -> dict[str, int]:
        self.read.append(set(candidate_ids))
        now = self.version
        self.meanwhile()
        return dict.fromkeys(candidate_ids, now)

    def _rest(self) -> None:
        self.rests.append(len(self.left))

    def go(self) -> None:
        while self._turns:
            self._turns.pop(0)()


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_what_happens_to_a_whole_room_is_one_look(wire: Wire) -> None:
    wire.push.bell("room", {})
    for candidate in ("li", "wang", "zhao"):
        wire.push.state("room", candidate)
    wire.go()
    assert wire.read == [{"li", "wang", "zhao"}]
    told = [("state", who, 0) for who in ("li", "wang", "zhao")]
    assert wire.left == [("bell", "room", None), *told]


def test_only_the_newest_state_of_a_terminal_leaves(wire: Wire) -> None:
    wire.push.state("room", "li")
    wire.push.bell("room", {})
    wire.push.state("room", "wang")
    wire.push.state("room", "li")
    wire.go()
    assert wire.left == [("bell", "room", None), ("state", "wang", 0), ("state", "li", 0)]


def test_what_changes_while_the_state_is_read_is_told_afterwards(wire: Wire) -> None:
    def change() -> None:
        wire.version += 1
        wire.meanwhile = lambda: None
        wire.push.state("room", "li")

    wire.meanwhile = change
    wire.push.state("room", "li")
    wire.go()
    assert wire.left == [("state", "li", 0), ("state", "li", 1)]


def test_a_full_hall_leaves_others_their_turn(wire: Wire) -> None:
    everybody = [str(number) for number in range(1000)]
    for candidate in everybody:
        wire.push.state("room", candidate)
    wire.go()
    assert [who for _, who, _ in wire.left] == everybody
    assert [len(some) for some in wire.read] == [MOST_IN_A_TURN, 1000 - MOST_IN_A_TURN]
    assert wire.rests == list(range(MOST_AT_ONCE, 1000, MOST_AT_ONCE))


def test_what_fails_takes_no_other_push_along(wire: Wire) -> None:
    def fail() -> None:
        raise OSError

    wire.meanwhile = fail
    wire.push.state("room", "li")
    wire.push.later(fail)
    wire.push.bell("room", {})
    wire.go()
    assert wire.left == [("bell", "room", None)]


def test_who_has_no_state_is_sent_none(wire: Wire) -> None:
    wire.push.states_from(lambda _ids: {})
    wire.push.state("room", "gone")
    wire.go()
    assert wire.left == []
