"""One command's view of the transaction it runs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from exam_server.clock import Instant


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

    ``session``: bound to the one writing connection. ``now``: the instant of the batch,
    the same for all its commands. ``heads``: chain heads this command has moved, remembered
    by the store once they are durable. ``facts``: what it has journalled; the store hands
    them to its listeners after the commit, never before.
    """

    session: Session
    now: Instant
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
