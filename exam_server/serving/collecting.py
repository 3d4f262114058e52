"""Python's garbage collector, at moments of this server's choosing.

While it looks, everything stands still. Left to itself it begins when a thousand more objects
have come than gone; what thousands of open sockets hold is replaced by every message, so that
balance hardly moves while what is young grows to hundreds of thousands. Looking ten times a
second finds little each time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

import gevent

YOUNG_SECONDS = 0.1
WHOLE_SECONDS = 600  # the whole takes 0.2 s with a thousand terminals: only when there are none


def collect(busy: Callable[[], bool]) -> None:
    """From now on. ``busy()``: whether anybody would notice a moment's silence."""
    gc.collect()
    gc.freeze()  # what the program consists of is never garbage
    gc.disable()
    gevent.spawn(_look_forever, busy)


def _look_forever(busy: Callable[[], bool]) -> None:
    since_whole = 0.0
    while True:
        gevent.sleep(YOUNG_SECONDS)
        since_whole += YOUNG_SECONDS
        whole = since_whole >= WHOLE_SECONDS and not busy()
        gc.collect(2 if whole else 1)
        if whole:
            since_whole = 0.0
