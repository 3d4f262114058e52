"""The real rhythm of an exam: how long a person takes for an item.

1,636 people × 170 items of a licensure exam: seconds per item fit a log-normal with
μ = 3.97 and σ = 0.63 (median 53, mean 65). Source: the data set
``timing/timing-credential-exam`` of the reference data, described in docs/performance.md.
"""

from __future__ import annotations

import random

MU, SIGMA = 3.97, 0.63


def seconds(draw: random.Random) -> float:
    """How long this person takes for the next item."""
    return draw.lognormvariate(MU, SIGMA)


def seconds_left(draw: random.Random) -> float:
    """How long until the next answer of a person met at a random moment.

    Such a moment falls into long items more often than into short ones.
    """
    return draw.random() * draw.lognormvariate(MU + SIGMA**2, SIGMA)
