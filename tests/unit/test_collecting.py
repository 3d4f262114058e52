"""Garbage is found: the young soon, the old now and then, the rest when nobody is there."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from exam_server.serving.collecting import MIDDLE_EVERY, OLD_EVERY, _look


class Knot:
    """Holds itself: only the collector finds it."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


def look(number: int, *, busy: bool = True) -> None:
    _look(number, lambda: busy)


def test_what_came_and_went_between_two_looks_is_found_at_the_next() -> None:
    gone = weakref.ref(Knot())
    assert gone() is not None
    look(1)
    assert gone() is None


def test_what_was_alive_at_a_look_is_found_by_a_longer_one() -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    look(1)
    del knot
    look(MIDDLE_EVERY)
    assert gone() is None


def test_what_has_grown_old_is_found_while_people_are_there() -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    look(MIDDLE_EVERY)
    del knot
    look(MIDDLE_EVERY)
    assert gone() is not None, "the longer looks are for what is young"
    look(OLD_EVERY)
    assert gone() is None


def test_what_was_believed_to_stay_is_found_when_nobody_is_there() -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    look(OLD_EVERY)
    del knot
    look(OLD_EVERY)
    assert gone() is not None
    look(OLD_EVERY, busy=False)
    assert gone() is None
