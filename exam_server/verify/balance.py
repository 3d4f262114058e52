"""The account of one attempt's time (§8), by clocks that never stand still.

:mod:`timing` lets service time stand still in an outage; here the clocks run on and what an outage
took is given back. Two ways to the same sum: allotted + granted + outages − spent = left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings

_SECOND_MS = 1000
Span = tuple[int, int]


class Clocks:
    """The boots of a sitting on common axes, with its outages and its pauses as spans."""

    def __init__(self, sitting: Sequence[Entry]) -> None:
        self._place: dict[str, tuple[int, int]] = {}
        self.outages: list[tuple[int, Span]] = []
        self.pauses: list[tuple[int, Span]] = []
        for number, entry in enumerate(sitting):
            if entry.kind == "outage" and entry.usable:
                self._read_outage(entry, sitting[:number])
        self.pauses = spans_between(sitting, self, "paused", "resumed")

    def at(self, entry: Entry) -> tuple[int, int]:
        """(axis, ms on it) of an entry."""
        axis, offset = self._of(entry.boot)
        return axis, entry.clock + offset

    def _of(self, boot: str) -> tuple[int, int]:
        return self._place.setdefault(boot, (len(self._place), 0))

    def _read_outage(self, entry: Entry, before: Sequence[Entry]) -> None:
        start, stop, length = (entry.data[name] for name in ("from_clock", "to_clock", "ms"))
        if entry.data["boots"] == "same":
            axis, offset = self._of(entry.boot)
            self.outages.append((axis, (start + offset, stop + offset)))
            return
        former = next((e.boot for e in reversed(before) if e.boot != entry.boot), None)
        if former is None:
            return  # a finding already
        axis, offset = self._of(former)
        begin = start + offset
        self._place[entry.boot] = (axis, begin + length - stop)
        self.outages.append((axis, (begin, begin + length)))


def spans_between(
    chain: Sequence[Entry], clocks: Clocks, first: str, last: str
) -> list[tuple[int, Span]]:
    """The spans from each ``first`` to the next ``last`` on one axis; an open one has no end."""
    spans: list[tuple[int, Span]] = []
    since: tuple[int, int] | None = None
    for entry in chain:
        if entry.kind == first and since is None:
            since = clocks.at(entry)
        elif entry.kind == last and since is not None:
            axis, end = clocks.at(entry)
            if axis == since[0]:
                spans.append((axis, (since[1], end)))
            since = None
    if since is not None:
        spans.append((since[0], (since[1], 2**53)))
    return spans


@dataclass(frozen=True, slots=True)
class Account:
    """All in ms. ``spent``: by the running clocks, outages included; ``outages``: given back."""

    allotted: int
    granted: int
    outages: int
    spent: int

    @property
    def left(self) -> int:
        """What must be left."""
        return self.allotted + self.granted + self.outages - self.spent


def account(chain: Sequence[Entry], clocks: Clocks, granted: int) -> Account | None:
    """The account of an attempt that was started and handed in; None when it was not, or when its
    clocks cannot be compared."""
    started = next((e for e in chain if e.kind == "started" and e.usable), None)
    ended = next((e for e in chain if e.kind == "submitted" and e.usable), None)
    if started is None or ended is None:
        return None
    (axis, begin), (other, end) = clocks.at(started), clocks.at(ended)
    if axis != other:
        return None
    still = [
        span
        for where, span in (*clocks.pauses, *spans_between(chain, clocks, "paused", "resumed"))
        if where == axis
    ]
    outages = [span for where, span in clocks.outages if where == axis]
    running = (end - begin) - _within(still, begin, end)
    gone = _within(still + outages, begin, end) - _within(still, begin, end)
    return Account(started.data["limit_ms"], granted, gone, started.data["spent_ms"] + running)


def _within(spans: Sequence[Span], begin: int, end: int) -> int:
    """How much of begin … end the spans cover together."""
    total, reached = 0, begin
    for start, stop in sorted(spans):
        first, last = max(start, reached), min(stop, end)
        if last > first:
            total, reached = total + last - first, last
    return total


def check_balance(
    left_ms: int, chain: Sequence[Entry], clocks: Clocks, granted: int, findings: Findings
) -> None:
    """What ``sitting.json`` says is left equals the account, to the second."""
    own = account(chain, clocks, granted)
    if own is not None and abs(max(0, own.left) - max(0, left_ms)) >= _SECOND_MS:
        ended = next(entry for entry in chain if entry.kind == "submitted")
        findings.add(
            "time_unbalanced",
            ended.chain,
            ended.seq,
            line=ended.line,
            allotted=own.allotted,
            granted=own.granted,
            outages=own.outages,
            spent=own.spent,
            left=left_ms,
        )
