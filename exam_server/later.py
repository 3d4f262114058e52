"""What is asked for now and told later, by whoever has it, without anybody waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
A = TypeVar("A")
Get = Callable[[], T]  # gives what came of it, or raises it
Then = Callable[[Get[T]], None]  # is told once it is there
_NOTHING = object()


def through(change: Callable[[A], T], then: Then[T]) -> Then[A]:
    """Who tells ``then`` what ``change`` makes of the answer."""
    return lambda get: then(lambda: change(get()))


class Later:
    """An answer that will be given, once."""

    __slots__ = ("_answer", "_then")

    def __init__(self) -> None:
        self._answer: Any = _NOTHING
        self._then: list[Callable[[Any], None]] = []

    def give(self, answer: Any) -> None:
        """This is it."""
        self._answer = answer
        for then in self._then:
            then(answer)

    def tell(self, then: Callable[[Any], None]) -> None:
        """``then(answer)`` is called when it is given, at once if it has been."""
        if self._answer is _NOTHING:
            self._then.append(then)
        else:
            then(self._answer)
