"""Whatever waits together: everything is done once, in order, nobody's two things in one go."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exam_server.room.actions.rounds import rounds

WAITING = st.lists(st.tuples(st.sampled_from("abcde"), st.integers()), max_size=30)


@given(WAITING)
def test_rounds_keep_the_order_and_part_what_is_one_persons(waiting: list[tuple[str, int]]) -> None:
    done = list(rounds(waiting, whose=lambda one: one[0]))
    assert [one for some in done for one in some] == waiting
    for some in done:
        assert some, "nothing at all is no round"
        assert len({who for who, _ in some}) == len(some)
    for some, following in pairwise(done):
        assert following[0][0] in {who for who, _ in some}, "no round ends without need"
