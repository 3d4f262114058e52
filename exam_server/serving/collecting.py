"""Python's garbage collector, at moments of this server's choosing.

While it looks, everything stands still. Left to itself it begins when a thousand more objects
have come than gone; what thousands of open sockets hold is replaced by every message, so that
balance hardly moves while what is young grows to hundreds of thousands. Looking ten times a
second finds little each time. Where much is alive at every moment (a hall that answers at once) a
look costs much: then the next one waits longer, but never so long that the young are many.

What was alive at two looks is old, and old garbage would stay for ever: it is looked for now and
then among what has come since the last time. What is left after that is believed to stay and is
not looked at again, until a moment in which nobody is there.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import gevent

YOUNG_SECONDS, LONGEST_SECONDS = 0.1, 0.3
SHARE = 0.02  # of the time goes into looking, as far as these limits allow
MIDDLE_EVERY = 10  # looks at what is young
OLD_EVERY = 6_000


def collect(busy: Callable[[], bool]) -> None:
    """From now on. ``busy()``: whether anybody would notice half a second's silence."""
    gc.disable()
    _look(OLD_EVERY, busy)
    gevent.spawn(_look_forever, busy)


def _look_forever(busy: Callable[[], bool]) -> None:
    looks, rest_seconds = 0, YOUNG_SECONDS
    while True:
        gevent.sleep(rest_seconds)
        looks += 1
        begun = time.perf_counter()
        _look(looks, busy)
        took_seconds = time.perf_counter() - begun
        rest_seconds = min(max(YOUNG_SECONDS, took_seconds / SHARE), LONGEST_SECONDS)


def _look(looks: int, busy: Callable[[], bool]) -> None:
    if looks % OLD_EVERY == 0:
        if not busy():
            gc.unfreeze()
        gc.collect()
        gc.freeze()
    else:
        gc.collect(1 if looks % MIDDLE_EVERY == 0 else 0)
