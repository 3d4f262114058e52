"""Letting a socket in, or saying no.

Socket.IO answers a handler that fails with nothing at all: the other side believes that it is
still being looked at and waits for ever, and what was kept of its socket stays. Somebody who is
told no tries again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from exam_server.errors import Refusal
from exam_server.logs import events

log = events(__name__)


def or_no(let_in: Callable[..., bool]) -> Callable[..., bool]:
    """A handler of ``connect`` that says no when ``let_in`` cannot say anything.

    It takes all that the library has to give, the client's ``auth`` too: that the library would
    try again without is an error like any other here.
    """

    @wraps(let_in)
    def answered(*arguments: Any) -> bool:
        try:
            return let_in(*arguments)
        except Refusal:  # the database is away
            return False
        except Exception:
            log.exception("message_failed")
            return False

    return answered
