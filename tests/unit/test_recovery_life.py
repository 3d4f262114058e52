"""A case of late evidence is decided by two yeses or noes, and then for good."""

from __future__ import annotations

import pytest

from exam_server.room.rules.recovery_life import PROPOSED, UNDECIDED, RecoveryState, after

S = RecoveryState


@pytest.mark.parametrize(
    ("first", "second", "end"),
    [
        (True, True, S.APPLIED),
        (True, False, S.OPEN),
        (False, True, S.REFUSED),
        (False, False, S.OPEN),
    ],
)
def test_one_proposes_and_the_other_agrees_or_opens_it_again(
    first: bool, second: bool, end: RecoveryState
) -> None:
    proposed = after("open", first)
    assert proposed in PROPOSED
    assert after(proposed.value, second) is end


def test_what_is_decided_stays_so_and_everything_else_waits_for_somebody() -> None:
    for state in S:
        for yes in (True, False):
            if state in UNDECIDED:
                after(state.value, yes)
            else:
                with pytest.raises(KeyError):
                    after(state.value, yes)
