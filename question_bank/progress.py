"""Progress of long work: whoever does it ticks, whoever watches draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Progress = Callable[[int, int], None]  # (done, of)
_Value = TypeVar("_Value")


def silent(_done: int, _of: int) -> None:
    """Nobody is watching."""


def ticking(values: Sequence[_Value], progress: Progress) -> Iterator[_Value]:
    """The values, each counted once it has been dealt with."""
    for done, value in enumerate(values, start=1):
        yield value
        progress(done, len(values))
