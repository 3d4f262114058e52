"""What has changed between two boards, so that only that is sent.

A board is full of clocks. A clock that merely runs is not a change: the console runs it
on by itself. So a time that is left is compared by the moment it ends, a time that lasts
by the moment it began, both within a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

BoardFacts = Mapping[str, Any]  # a Board as builtins: sitting, now_ms, counts, seats, …
SeatFacts = Mapping[str, Any]

_SAME_MOMENT_MS = 1000


def rest(board: BoardFacts) -> dict[str, Any]:
    """The board without its seats: small enough to send each time."""
    return {name: value for name, value in board.items() if name != "seats"}


def changed_seats(shown: BoardFacts, fresh: BoardFacts) -> list[SeatFacts]:
    """Seats of ``fresh`` that a console showing ``shown`` does not show rightly."""
    before = {seat["seat"]: seat for seat in shown["seats"]}
    return [
        seat for seat in fresh["seats"] if not _alike(before.get(seat["seat"]), shown, seat, fresh)
    ]


def merged(shown: BoardFacts, fresh: BoardFacts, sent: Sequence[SeatFacts]) -> dict[str, Any]:
    """What a console shows once it has taken in ``sent``.

    Seats that were not sent keep their old clocks, moved to the fresh board's time, so
    small differences add up until they are worth sending.
    """
    new = {seat["seat"] for seat in sent}
    before = {seat["seat"]: seat for seat in shown["seats"]}
    passed_ms = fresh["now_ms"] - shown["now_ms"]
    seats = [
        seat
        if seat["seat"] in new
        else _run_on(before[seat["seat"]], passed_ms, running=runs(seat, shown))
        for seat in fresh["seats"]
    ]
    return {**rest(fresh), "seats": seats}


def runs(seat: SeatFacts, board: BoardFacts) -> bool:
    """Whether this seat's time left runs down by itself."""
    return seat["state"] in ("working", "lost", "idle") and not board["sitting"]["paused"]


def _alike(old: SeatFacts | None, shown: BoardFacts, new: SeatFacts, fresh: BoardFacts) -> bool:
    if old is None or _without_clocks(old) != _without_clocks(new):
        return False
    was_running, is_running = runs(old, shown), runs(new, fresh)
    if was_running != is_running:
        return False
    old_end, new_end = old["left_ms"], new["left_ms"]
    if is_running:
        old_end = _moved(old_end, shown["now_ms"])
        new_end = _moved(new_end, fresh["now_ms"])
    return _same_moment(old_end, new_end) and _same_moment(
        _moved(old["since_ms"], -shown["now_ms"]), _moved(new["since_ms"], -fresh["now_ms"])
    )


def _without_clocks(seat: SeatFacts) -> dict[str, Any]:
    return {name: value for name, value in seat.items() if name not in ("left_ms", "since_ms")}


def _moved(value: int | None, by_ms: int) -> int | None:
    return None if value is None else value + by_ms


def _same_moment(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < _SAME_MOMENT_MS


def _run_on(seat: SeatFacts, passed_ms: int, *, running: bool) -> SeatFacts:
    left = _moved(seat["left_ms"], -passed_ms) if running else seat["left_ms"]
    return {**seat, "left_ms": left, "since_ms": _moved(seat["since_ms"], passed_ms)}
