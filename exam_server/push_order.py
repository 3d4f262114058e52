"""Pushes leave in order, from one greenlet, so that an older state never overtakes a newer."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from gevent.queue import Queue


class OrderedPushes:
    """Call it with a push, which must not fail; it returns at once."""

    def __init__(self) -> None:
        self._waiting: Queue = Queue()
        self._greenlet = gevent.spawn(self._run)

    def __call__(self, act: Callable[[], None]) -> None:
        """Queue ``act``."""
        self._waiting.put(act)

    def _run(self) -> None:
        while True:
            self._waiting.get()()
