"""What the drawer recommends, at each limit and just beside it."""

from __future__ import annotations

import pytest

from exam_server.room.rules.suggestion import Loss, Suggested, suggestion, to_propose

HALF_AN_HOUR = 30 * 60_000
S = Suggested


def loss(**known: int) -> Loss:
    return Loss(True, **{"proposed_ms": 0, "gaps_ms": 0, "granted_ms": 0, **known})


@pytest.mark.parametrize(
    ("losses", "silent_ms", "told"),
    [
        ([loss()], 120_000, (S.NONE, 0)),
        ([loss()], 120_001, (S.RELEASE, 0)),
        ([loss(proposed_ms=90_000)], 120_001, (S.RELEASE, 0)),
        ([loss(proposed_ms=1_000)], 0, (S.GRANT, 1)),
        ([loss(), loss(proposed_ms=90_999)], 0, (S.GRANT, 90)),
        ([loss(proposed_ms=HALF_AN_HOUR)], 0, (S.GRANT, 1_800)),
        ([loss(proposed_ms=HALF_AN_HOUR + 1)], 0, (S.CONTINUATION, 1_800)),
        ([loss(gaps_ms=29_999)], 0, (S.NONE, 0)),
        ([loss(gaps_ms=30_000)], 0, (S.GRANT, 30)),
        ([loss(gaps_ms=90_000, granted_ms=60_001)], 0, (S.NONE, 0)),
        ([loss(gaps_ms=90_000, granted_ms=60_000)], 0, (S.GRANT, 30)),
        ([Loss(False, 0, 90_000, 0)], 0, (S.NONE, 0)),
        ([], 0, (S.NONE, 0)),
    ],
)
def test_one_act_is_recommended_at_the_limit_and_none_below_it(
    losses: list[Loss], silent_ms: int, told: tuple[Suggested, int]
) -> None:
    assert suggestion(losses, silent_ms, HALF_AN_HOUR) == told


@pytest.mark.parametrize(("lost_ms", "proposed_ms"), [(0, 0), (-1, 0), (999, 0), (1_000, 1_000)])
def test_what_is_under_a_second_is_not_proposed(lost_ms: int, proposed_ms: int) -> None:
    assert to_propose(lost_ms) == proposed_ms
