"""The State of a whole room in one look is the State of each, whatever has happened to them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec import json

from exam_server.errors import Refusal
from exam_server.results.views.score_page import score_pages
from exam_server.room.actions import control, machines
from exam_server.room.views.shelves import Shelves
from exam_server.room.views.state import MESSAGES_SHOWN, states
from tests.builders.room_day import CHIEF, PROCTOR, SPARE_SEAT, RoomDay
from tests.builders.room_terminal import Terminal

CAME, STAYED_AWAY = range(5), 5


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[RoomDay]:
    """Six candidates, one of whom stays away."""
    day = RoomDay(database_url, tmp_path / "centre", candidates=6)
    yield day
    day.verified()
    day.close()


def _at_once(room: RoomDay, ids: list[str]) -> dict[str, dict[str, Any]]:
    """As they arrive."""
    found = room.centre.store.read(
        partial(
            states,
            candidate_ids=ids,
            now=room.clock.now(),
            epoch=room.centre.epoch,
            scores_of=partial(score_pages, shelves=Shelves()),
        )
    )
    arrived: dict[str, dict[str, Any]] = _sent(found)
    return arrived


def _sent(value: object) -> Any:
    return json.decode(json.encode(value))


def _acts(room: RoomDay, one: Terminal, rng: random.Random) -> list[Callable[[], object]]:
    """What may happen to a candidate in the middle of an exam."""
    attempt = room.attempt_id(one.person)
    on_one = partial(room.do, attempt_id=attempt, actor=PROCTOR, reason="设备")
    message = partial(
        room.do,
        control.send_message,
        sitting_id=room.sitting_id,
        text=f"请注意 {rng.random()}",
        actor=PROCTOR,
    )
    return [
        lambda: one.answer(rng.randrange(4), rng.choice("ab")),
        one.raise_hand,
        one.hand_in,
        lambda: on_one(control.pause_attempt),
        lambda: on_one(control.resume_attempt),
        lambda: on_one(control.grant, seconds=60),
        lambda: message(candidate_id=one.person.id),
        lambda: message(candidate_id=None),
        lambda: room.do(
            machines.release_terminal,
            candidate_id=one.person.id,
            seat=SPARE_SEAT,
            actor=PROCTOR,
            reason="死机",
        ),
        lambda: room.wait(seconds=rng.randrange(1, 300)),
    ]


def test_the_room_at_once_is_each_by_themselves(room: RoomDay, rng: random.Random) -> None:
    ids = [person.id for person in room.people]
    there = room.begin(*CAME)
    for _ in range(40):
        with suppress(Refusal):  # not everything is possible at every moment
            rng.choice(_acts(room, rng.choice(there), rng))()
    for number in (0, 1):  # two have both subjects behind them and see their points
        with suppress(Refusal):
            there[number].hand_in()
        there[number].open(2)
        there[number].hand_in(subject=2)
    room.do(control.pause_sitting, sitting_id=room.sitting_id, actor=CHIEF, reason="消防演练")
    room.tick()
    found = _at_once(room, [*ids, "nobody"])
    assert set(found) == set(ids)
    for terminal in there:
        assert found[terminal.person.id] == terminal.state()
    assert found[ids[STAYED_AWAY]]["checked_in"] is False
    shown = {ident: page for ident in ids if (page := found[ident]["result"])}
    assert set(shown) == set(ids[:2])
    assert shown == _sent(_pages(room, ids))


def _pages(room: RoomDay, ids: list[str]) -> Mapping[str, Any]:
    return room.centre.store.read(lambda session: score_pages(session, ids, Shelves()))


def test_the_newest_messages_to_the_room_and_to_oneself(room: RoomDay) -> None:
    ids = [person.id for person in room.people]
    said: dict[str, list[str]] = {ident: [] for ident in ids}
    for number in range(12):
        room.clock.advance(1000)
        to = None if number % 2 else ids[number % 3]
        text = f"第 {number} 句"
        room.do(
            control.send_message,
            sitting_id=room.sitting_id,
            candidate_id=to,
            text=text,
            actor=PROCTOR,
        )
        for ident in ids:
            said[ident] += [text] if to in (None, ident) else []
    found = _at_once(room, ids)
    for ident in ids:
        shown = [message["text"] for message in found[ident]["messages"]]
        assert shown == said[ident][::-1][:MESSAGES_SHOWN]


def test_a_state_has_another_version_when_there_is_news_and_only_then(room: RoomDay) -> None:
    """By it a heartbeat asks "anything new?"; time and answers that went on are nothing new."""
    first, second = room.begin(0, 1)
    seen: list[str] = []

    def told(act: Callable[[], object]) -> bool:
        act()
        seen.append(first.state()["version"])
        return seen[-1] not in seen[:-1]

    told(lambda: None)
    assert not told(lambda: room.wait(seconds=90))
    assert not told(lambda: first.answer(0, "a"))
    assert not told(second.raise_hand)
    attempt = {"attempt_id": room.attempt_id(first.person), "actor": PROCTOR, "reason": "设备"}
    assert told(first.raise_hand)
    assert told(lambda: room.do(control.grant, seconds=60, **attempt))
    assert told(lambda: room.do(control.grant, seconds=60, **attempt))
    assert told(lambda: room.do(control.pause_attempt, **attempt))
    place = {"sitting_id": room.sitting_id, "actor": PROCTOR}
    assert told(lambda: room.do(control.send_message, text="安静", candidate_id=None, **place))
    assert told(
        lambda: room.do(
            control.pause_sitting, sitting_id=place["sitting_id"], actor=CHIEF, reason="演练"
        )
    )


def test_a_heartbeat_brings_the_state_to_whoever_missed_it(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    attempt_id = terminal.attempt_id()

    def beat(version: str | None) -> Any:
        return terminal.beat(attempt_id, version)

    had = terminal.state()["version"]
    assert beat(had)["state"] is None
    room.do(control.grant, attempt_id=attempt_id, actor=PROCTOR, reason="设备", seconds=300)
    brought = beat(had)["state"]
    assert brought == terminal.state()
    assert brought["attempts"][0]["granted_ms"] == 300_000
    assert beat(brought["version"])["state"] is None
    assert beat(None)["state"] is None, "who shows no State asks for none"
