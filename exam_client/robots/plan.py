"""How a simulated candidate behaves: drawn from a seed, the same every time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

# Seconds per item of a real licensure exam fit a log-normal of this shape; the mean is
# scaled to the time limit.
_SIGMA = 0.63
_SECOND_THOUGHTS = 0.12
MANNERS = HANDS_IN, RUNS_OUT, LEAVES_BLANKS = "hands_in", "runs_out", "leaves_blanks"


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the robots' list: what stands on the ticket, and how good they are.

    ``skill``: share of items answered as the crib says, if there is a crib. ``pace``: how many
    times faster than a person they answer; 1 fills about two thirds of the time limit.
    ``manner``: one of MANNERS, drawn when it is not given.
    """

    ticket: str
    id_number: str
    room: str
    seat: int
    skill: float = 0.6
    pace: float = 1.0
    manner: str | None = None


def manner(draw: random.Random) -> str:
    """Most hand in; some run out of time; some leave blanks."""
    return draw.choices(MANNERS, weights=(75, 15, 10))[0]


def course(draw: random.Random, items: list[T]) -> list[T]:
    """The items in the order they are answered: about one in eight is changed once more."""
    steps: list[T] = []
    for number, item in enumerate(items, start=1):
        steps.append(item)
        if draw.random() < _SECOND_THOUGHTS:
            steps.append(items[draw.randrange(number)])
    return steps


def pauses(draw: random.Random, count: int, limit_seconds: float) -> list[float]:
    """Seconds before each answer, so that all fit into about two thirds of the time."""
    raw = [draw.lognormvariate(0.0, _SIGMA) for _ in range(count)]
    share = limit_seconds * draw.uniform(0.45, 0.75)
    total = sum(raw) or 1.0
    return [one * share / total for one in raw]


def choice(
    draw: random.Random, kind: str, options: int, fixed_right: str | None, skill: float
) -> str:
    """Sorted canonical letters: right with probability ``skill`` when the crib knows."""
    if fixed_right is not None and draw.random() < skill:
        return fixed_right
    letters = "abcdefgh"[:options]
    if kind != "multiple":
        return draw.choice(letters)
    return "".join(sorted(draw.sample(letters, draw.randint(2, options))))


def flat_items(stage: dict[str, Any]) -> list[tuple[str, str, int]]:
    """(item id, type, option count) in the order this candidate sees them."""
    outline = {
        item["id"]: (section["type"], item["options"])
        for section in stage["shape"]["sections"]
        for item in section["items"]
    }
    return [(ident, *outline[ident]) for ident in stage["order"]["items"]]
