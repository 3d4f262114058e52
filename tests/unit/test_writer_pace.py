"""Commits are kept apart only where many come: a quiet room waits for nobody."""

from __future__ import annotations

import random

import pytest

from exam_server.storage.runner import MANY_PER_SECOND, Rate


def _busiest(per_second: float, rng: random.Random, seconds: float = 60.0) -> list[float]:
    """The rate as it was seen after each of the jobs, which come at random moments."""
    rate, at, seen = Rate(), 1_000.0, []
    while at < 1_000.0 + seconds:
        at += rng.expovariate(per_second)
        seen.append(rate.with_these(1, at))
    return seen


def test_the_rhythm_of_five_thousand_is_not_many(rng: random.Random) -> None:
    """77 answers a second, and now and then some more at a time."""
    seen = _busiest(77, rng)
    assert sum(rate > MANY_PER_SECOND for rate in seen) < len(seen) / 100
    assert sum(seen) / len(seen) == pytest.approx(77, rel=0.25)


def test_what_is_many_is_seen_as_many(rng: random.Random) -> None:
    seen = _busiest(400, rng)[100:]
    assert sum(rate > MANY_PER_SECOND for rate in seen) > len(seen) * 99 / 100


def test_a_small_room_at_once_is_not_many_and_a_hall_is() -> None:
    assert Rate().with_these(30, 5.0) <= MANY_PER_SECOND
    assert Rate().with_these(400, 5.0) > MANY_PER_SECOND


def test_after_a_rush_it_is_quiet_again_within_a_second() -> None:
    rate = Rate()
    for turn in range(50):
        rate.with_these(100, 5.0 + turn * 0.02)
    assert rate.with_these(1, 7.0) <= MANY_PER_SECOND
