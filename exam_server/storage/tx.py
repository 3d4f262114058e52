"""One command's view of the transaction it runs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from exam_server.clock import Instant

T = TypeVar("T")


class Fact(NamedTuple):
    """A journal entry that has become durable, for those who tell others of it.

    ``candidate_id`` is None for a fact of the whole sitting.
    """

    sitting_id: str
    candidate_id: str | None
    chain: str
    kind: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Tx:
    """Handed to every command by the write queue.

    ``session``: bound to the one writing connection. ``now``: the instant of the batch, later
    only where a command had to wait for another process's. ``heads``: chain heads this command
    has moved, remembered by the store once they are durable. ``facts``: what it has journalled;
    the store hands them to its listeners after the commit, never before. ``clock``: the
    database's, None where this process is the only one that writes.
    """

    session: Session
    now: Instant
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    clock: Callable[[], Instant] | None = None

    def lock(self, query: Select[T]) -> Sequence[T]:
        """The rows of ``query`` as they stand now, for this command alone until the commit.

        Whoever changes a row that another process could change too finds it by this, in the
        order of ids. What waited for a row comes after it: the time is read again, or a chain
        would run backwards. Inserts that only name the row do not wait for it.
        """
        mine = query.with_for_update(key_share=True)
        rows = self.session.scalars(mine, execution_options={"populate_existing": True}).all()
        if self.clock is not None:
            self.now = self.clock()
        return rows

    def lock_rows(self, query: Select[Any], wanted: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """As :meth:`lock`, for plain columns of many rows; ``query`` itself is for update."""
        self.session.flush()
        rows = self.session.connection().execute(query, wanted).all()
        if self.clock is not None:
            self.now = self.clock()
        return rows
