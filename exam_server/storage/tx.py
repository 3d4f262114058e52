"""One command's view of the transaction it runs in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from exam_server.clock import Instant


@dataclass(slots=True)
class Tx:
    """Handed to every command by the write queue.

    ``session``: bound to the one writing connection. ``now``: the instant of the batch,
    the same for all its commands. ``heads``: chain heads this command has moved, remembered
    by the store once they are durable. ``after``: run after the commit, in order.
    """

    session: Session
    now: Instant
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    after: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Run ``act`` once this command is durable (a push, never a write)."""
        self.after.append(act)
