"""What the proctor's board is sent: only what changed, and never less than the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exam_server.errors import not_found
from proctor_console.room.diff import changed_seats, merged, rest
from proctor_console.room.feed import BoardFeed, Surroundings

MINUTE = 60_000


def seat(number: int, **facts: Any) -> dict[str, Any]:
    """A seat where somebody works, unless said otherwise."""
    plain = {
        "seat": number,
        "state": "working",
        "name": "李敏",
        "answered": 10,
        "left_ms": 40 * MINUTE,
        "since_ms": None,
        "hand": False,
    }
    return {**plain, **facts}


def board(now_ms: int, *seats: dict[str, Any], paused: bool = False) -> dict[str, Any]:
    """A board at a moment."""
    sitting = {"id": "s", "state": "running", "paused": paused}
    return {"sitting": sitting, "now_ms": now_ms, "counts": {}, "seats": list(seats)}


def numbers(seats: list[Any]) -> list[int]:
    return [one["seat"] for one in seats]


def test_time_that_merely_runs_is_not_news() -> None:
    before = board(0, seat(1), seat(2, state="lost", since_ms=20_000))
    after = board(
        5000,
        seat(1, left_ms=40 * MINUTE - 5000),
        seat(2, state="lost", since_ms=25_000, left_ms=40 * MINUTE - 5000),
    )
    assert changed_seats(before, after) == []


def test_an_answer_a_grant_and_a_raised_hand_are_news() -> None:
    before = board(0, seat(1), seat(2), seat(3), seat(4))
    after = board(
        1000,
        seat(1, answered=11, left_ms=40 * MINUTE - 1000),
        seat(2, left_ms=45 * MINUTE - 1000),
        seat(3, hand=True, left_ms=40 * MINUTE - 1000),
        seat(4, left_ms=40 * MINUTE - 1000),
    )
    assert numbers(changed_seats(before, after)) == [1, 2, 3]


def test_a_stopped_time_must_stand_still_to_be_the_same() -> None:
    before = board(0, seat(1, state="paused", since_ms=0))
    same = board(9000, seat(1, state="paused", since_ms=9000))
    run_on = board(9000, seat(1, state="paused", since_ms=9000, left_ms=40 * MINUTE - 9000))
    assert changed_seats(before, same) == []
    assert numbers(changed_seats(before, run_on)) == [1]


def test_a_pause_of_the_whole_room_reaches_every_seat() -> None:
    before = board(0, seat(1), seat(2))
    after = board(1000, seat(1), seat(2), paused=True)
    assert numbers(changed_seats(before, after)) == [1, 2]


def test_a_clock_that_drifts_is_sent_once_the_drift_can_be_seen() -> None:
    shown = board(0, seat(1))
    for second in range(1, 11):
        fresh = board(second * 1000, seat(1, left_ms=40 * MINUTE - second * 1100))
        news = changed_seats(shown, fresh)
        shown = merged(shown, fresh, news)
        assert bool(news) == (second == 10)
    assert shown["seats"][0]["left_ms"] == 40 * MINUTE - 11_000


def test_a_step_of_the_wall_clock_shows_no_wrong_time() -> None:
    before = board(3_600_000, seat(1))
    after = board(0, seat(1, left_ms=40 * MINUTE - 1000))
    shown = merged(before, after, changed_seats(before, after))
    assert shown["seats"][0]["left_ms"] == 40 * MINUTE - 1000


def test_what_is_shown_after_any_pushes_equals_a_fresh_load() -> None:
    shown = board(0, seat(1), seat(2), seat(3))
    day = [
        board(1000, seat(1, answered=11, left_ms=40 * MINUTE - 1000), seat(2), seat(3)),
        board(2000, seat(1, answered=11, state="submitted", left_ms=None), seat(2), seat(3)),
        board(3000, seat(2, state="lost", since_ms=21_000), seat(3, hand=True)),
    ]
    for fresh in day:
        shown = merged(shown, fresh, changed_seats(shown, fresh))
        assert rest(shown) == rest(fresh)
        assert changed_seats(shown, fresh) == []
        assert numbers(shown["seats"]) == numbers(fresh["seats"])


class Wake:
    """A wake-up that the test looks at instead of waiting for."""

    def __init__(self) -> None:
        self.calls = 0

    def set(self) -> None:
        self.calls += 1

    def clear(self) -> None:
        pass

    def wait(self, timeout: float) -> None:
        pass


class Room:
    """The feed's surroundings: a room whose board the test turns on, one look at a time."""

    def __init__(self) -> None:
        self.board = board(0, seat(1), seat(2))
        self.sent: list[dict[str, Any]] = []
        self.loops: list[Callable[[], Any]] = []
        self.looks_left = 0
        self.wakes: list[Wake] = []
        self.feed = BoardFeed(
            Surroundings(
                read=self.read,
                send=lambda _sitting, push: self.sent.append(push),
                spawn=lambda run, *args: self.loops.append(lambda: run(*args)),
                sleep=self.sleep,
                wake=self.wake,
            )
        )

    def read(self, sitting_id: str) -> dict[str, Any]:
        if sitting_id != "s":
            raise not_found("sitting", sitting_id)
        return self.board

    def wake(self) -> Wake:
        self.wakes.append(Wake())
        return self.wakes[-1]

    def sleep(self, _seconds: float) -> None:
        self.looks_left -= 1
        if self.looks_left <= 0:
            self.feed.leave("a")
            self.feed.leave("b")

    def look(self, times: int) -> None:
        """Run the newest loop for this many looks; then everybody leaves."""
        self.looks_left = times
        self.loops[-1]()


def test_watching_gives_the_whole_board_and_then_only_news() -> None:
    room = Room()
    first = room.feed.watch("s", "a")
    assert first == {"version": 1, "board": room.board}
    room.board = board(1000, seat(1, answered=11), seat(2, left_ms=40 * MINUTE - 1000))
    room.look(1)
    assert [numbers(push["seats"]) for push in room.sent] == [[1]]
    assert room.sent[0]["version"] == 2
    assert "seats" not in room.sent[0]["rest"]


def test_each_push_follows_the_one_before_so_that_a_gap_is_noticed() -> None:
    room = Room()
    room.feed.watch("s", "a")
    room.look(3)
    assert [push["version"] for push in room.sent] == [2, 3, 4]


def test_a_second_console_joins_without_leaving_the_first_behind() -> None:
    room = Room()
    room.feed.watch("s", "a")
    room.board = board(1000, seat(1, answered=11), seat(2, left_ms=40 * MINUTE - 1000))
    second = room.feed.watch("s", "b")
    assert second["version"] == 2
    assert changed_seats(second["board"], room.board) == []
    assert len(room.loops) == 1
    assert numbers(room.sent[0]["seats"]) == [1]


def test_nobody_watching_means_nobody_looking() -> None:
    room = Room()
    room.feed.watch("s", "a")
    room.feed.leave("a")
    room.looks_left = 99
    room.loops[0]()  # the loop ends by itself
    assert room.sent == []
    room.feed.changed("s")
    assert room.wakes[0].calls == 1  # only the one of leaving


def test_an_announced_change_wakes_the_loop_at_once() -> None:
    room = Room()
    room.feed.watch("s", "a")
    room.feed.changed("s")
    room.feed.changed("another")
    assert room.wakes[0].calls == 1


def test_a_sitting_that_does_not_exist_is_refused_and_not_watched() -> None:
    room = Room()
    with pytest.raises(Exception, match="not_found"):
        room.feed.watch("x", "a")
    assert room.loops == []
