"""How much one terminal may ask for, and that the others do not feel it."""

from __future__ import annotations

import pytest

from exam_server.auth import budget as module
from exam_server.auth.budget import Budget
from exam_server.errors import Refusal
from tests.manual_clock import ManualClock


def spent(budget: Budget, login: str, clock: ManualClock, times: int) -> int:
    """How many of ``times`` requests at one moment get through."""
    through = 0
    for _ in range(times):
        try:
            budget.take(login, clock.now())
        except Refusal:
            continue
        through += 1
    return through


def test_a_bucket_is_emptied_and_filled_again() -> None:
    budget, clock = Budget(burst=10, per_second=2), ManualClock()
    assert spent(budget, "mad", clock, 25) == 10
    with pytest.raises(Refusal) as told:
        budget.take("mad", clock.now())
    assert (told.value.code, told.value.status) == ("too_many", 429)
    assert told.value.facts == {"seconds": 1}
    clock.advance(3_000)
    assert spent(budget, "mad", clock, 25) == 6
    clock.advance(3_600_000)
    assert spent(budget, "mad", clock, 25) == 10, "never more than a full one"


def test_a_neighbour_feels_nothing() -> None:
    budget, clock = Budget(burst=5, per_second=1), ManualClock()
    spent(budget, "mad", clock, 1_000)
    assert spent(budget, "calm", clock, 5) == 5


def test_somebody_at_the_allowed_rate_is_never_refused() -> None:
    budget, clock = Budget(burst=5, per_second=2), ManualClock()
    for _ in range(500):
        budget.take("steady", clock.now())
        clock.advance(500)


def test_more_units_than_a_bucket_holds_empty_it_once() -> None:
    budget, clock = Budget(burst=5, per_second=1), ManualClock()
    budget.take("long", clock.now(), units=500)
    assert spent(budget, "long", clock, 3) == 0


def test_the_wall_clock_changes_nothing() -> None:
    budget, clock = Budget(burst=3, per_second=1), ManualClock()
    spent(budget, "mad", clock, 3)
    clock.step_wall(86_400_000)
    assert spent(budget, "mad", clock, 3) == 0


def test_whoever_invents_logins_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOGINS", 100)
    budget, clock = Budget(burst=3, per_second=1), ManualClock()
    for number in range(1_000):
        budget.take(f"invented {number}", clock.now())
    assert len(budget._buckets) == 100
