"""Answers that wait together are one call: each is judged by itself all the same."""

from __future__ import annotations

from exam_server.errors import Refusal
from tests.builders.room_day import RoomDay


def test_a_refused_neighbour_leaves_no_trace_and_takes_nobody_along(room: RoomDay) -> None:
    """In one commit: a good answer, a message that fails at its second answer, another good one."""
    mine, broken, theirs = room.begin(0, 1, 2)
    broken.send(broken.write(0, "a", revision=(1, 1)))
    half = [broken.write(1, "a", revision=(1, 2)), broken.write(0, "b", revision=(1, 1))]
    good, other = mine.write(0, "a"), theirs.write(1, "b")
    before = room.entries()
    results = room.runner.batch(
        [
            lambda: mine.send(good)[0],
            lambda: broken.send(*half),
            lambda: theirs.send(other)[0],
        ]
    )
    assert results[0]["kept"] == results[2]["kept"] == "counted"
    assert isinstance(results[1], Refusal)
    assert results[1].code == "revision_reused"
    assert room.entries() == before + 2
    assert (mine.kept(), broken.kept(), theirs.kept()) == ({0: "a"}, {0: "a"}, {1: "b"})


def test_two_messages_of_one_terminal_in_one_commit_follow_each_other(room: RoomDay) -> None:
    """Socket and fallback at once: the second finds what the first has written."""
    terminal, other = room.begin(0, 1)
    early, late = terminal.write(0, "a"), terminal.write(0, "b")
    theirs = other.write(0, "c")
    before = room.entries()
    results = room.runner.batch(
        [
            lambda: terminal.send(early)[0],
            lambda: other.send(theirs)[0],
            lambda: terminal.send(late)[0],
            lambda: terminal.send(early)[0],
        ]
    )
    first, _, second, again = results
    assert [one["kept"] for one in results] == ["counted"] * 4
    assert second["seq"] == first["seq"] + 1
    assert again == first, "the same revision has the same receipt"
    assert room.entries() == before + 3
    assert (terminal.kept(), other.kept()) == ({0: "b"}, {0: "c"})
