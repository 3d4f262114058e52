"""Commands that wait for the writer, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from exam_server.errors import Refusal
from exam_server.logs import events
from exam_server.storage.tx import Fact, Tx

T = TypeVar("T")
A = TypeVar("A")
Command = Callable[[Tx], T]
Together = Callable[[Tx, Sequence[A]], Sequence[T | Refusal]]
log = events(__name__)


@dataclass(slots=True)
class Job:
    """A command waiting for the writer, and what became of it.

    ``together`` instead of ``command``: one of many alike, see :meth:`Store.write_together`.
    """

    command: Command[Any] | None
    attempts: tuple[str, ...]
    sittings: tuple[str, ...] = ()
    together: Together[Any, Any] | None = None
    argument: Any = None
    result: Any = None
    error: BaseException | None = None
    facts: Sequence[Fact] = ()
    heads: dict[str, tuple[int, str]] | None = None

    def run(self, tx: Tx) -> Any:
        """Run it by itself."""
        if self.command is not None:
            return self.command(tx)
        assert self.together is not None
        (outcome,) = self.together(tx, [self.argument])
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def outcome(self) -> Any:
        """What came of it; its error is raised."""
        if self.error is not None:
            raise self.error
        return self.result

    def begin(self) -> None:
        """Before it runs, for the first time or again: nothing has come of it yet."""
        self.result, self.error, self.facts, self.heads = None, None, (), None


def alike(jobs: Sequence[Job]) -> list[list[Job]]:
    """In order; neighbours that are run by one function are one list."""
    return [
        list(some)
        for key, group in groupby(jobs, key=lambda job: job.together)
        for some in ([group] if key is not None else ([job] for job in group))
    ]


def hand_on(front: Sequence[Job], jobs: Sequence[Job]) -> None:
    """What went in front is told with the first command that somebody waits for."""
    for job in front:
        if job.error is not None:
            log.error("silence_failed", error=job.error)
        if heir := next((one for one in jobs if one.error is None), None):
            heir.facts = (*job.facts, *heir.facts)
