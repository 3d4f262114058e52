"""What waits together is done together, but for one person one thing after the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def rounds(asked: Sequence[T], whose: Callable[[T], Hashable]) -> Iterator[list[T]]:
    """``asked`` in order, as lists in which nobody comes twice: of two that are one person's
    the second finds the first already written. Nothing at all is no round."""
    some: dict[Hashable, T] = {}
    for one in asked:
        if whose(one) in some:
            yield list(some.values())
            some = {}
        some[whose(one)] = one
    if some:
        yield list(some.values())
