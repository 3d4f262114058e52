"""Service time and what an attempt has spent of it (§8)."""

from __future__ import annotations

from dataclasses import dataclass, field

from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings


@dataclass(frozen=True, slots=True)
class Point:
    """A reading as service time: ``value`` ms on ``axis``; other axes are not comparable."""

    axis: int
    value: int


@dataclass(slots=True)
class _Boot:
    """One boot's part of an axis. ``begin``: where an outage joined it to a former boot."""

    axis: int
    begin: int | None = None
    value_at_begin: int = 0
    end: int | None = None
    still: list[tuple[int, int]] = field(default_factory=list)

    def value(self, clock: int) -> int:
        if self.end is not None:
            clock = min(clock, self.end)
        begin = self.begin
        if begin is None:
            return clock - _covered(self.still, None, clock)
        clock = max(clock, begin)
        return self.value_at_begin + (clock - begin) - _covered(self.still, begin, clock)


def _covered(spans: list[tuple[int, int]], begin: int | None, end: int) -> int:
    """How much of begin … end lies in the union of the spans."""
    total, reached = 0, begin
    for start, stop in sorted(spans):
        first = start if reached is None else max(start, reached)
        last = min(stop, end)
        if last > first:
            total += last - first
            reached = last
    return total


class ServiceTime:
    """Service time of one sitting, from the outages and pauses of its chain."""

    def __init__(self, sitting: list[Entry], findings: Findings) -> None:
        self._boots: dict[str, _Boot] = {}
        self._pauses: list[tuple[Point, Point | None]] = []
        self._returns: list[tuple[str, int]] = []
        for place, entry in enumerate(sitting):
            if entry.kind == "outage" and entry.usable:
                self._stand_still(entry, sitting[:place], findings)
        self._read_pauses(sitting, findings)

    def since_outage(self, entry: Entry) -> int | None:
        """Milliseconds from the end of the last outage of the entry's boot; None without one."""
        ends = [end for boot, end in self._returns if boot == entry.boot and end <= entry.clock]
        return entry.clock - max(ends) if ends else None

    def at(self, entry: Entry) -> Point:
        """The moment of an entry."""
        return self._point(entry.boot, entry.clock)

    def running(self, start: Point, end: Point) -> int | None:
        """Milliseconds from start to end without room pauses; None if not comparable."""
        if start.axis != end.axis:
            return None
        spans = [
            (begin.value, end.value if stop is None else stop.value)
            for begin, stop in self._pauses
            if begin.axis == start.axis and (stop is None or stop.axis == start.axis)
        ]
        return max(0, end.value - start.value - _covered(spans, start.value, end.value))

    def _point(self, boot: str, clock: int) -> Point:
        part = self._boot(boot)
        return Point(part.axis, part.value(clock))

    def _boot(self, boot: str) -> _Boot:
        return self._boots.setdefault(boot, _Boot(axis=len(self._boots)))

    def _stand_still(self, entry: Entry, before: list[Entry], findings: Findings) -> None:
        start, stop = entry.data["from_clock"], entry.data["to_clock"]
        self._returns.append((entry.boot, stop))
        here = self._boot(entry.boot)
        if entry.data["boots"] == "same":
            if stop < start or stop > entry.clock or entry.data["ms"] != stop - start:
                findings.add("outage_wrong", entry.chain, entry.seq)
            here.still.append((start, max(start, stop)))
            return
        former = next((e.boot for e in reversed(before) if e.boot != entry.boot), None)
        if former is None or here.begin is not None or stop > entry.clock:
            findings.add("outage_wrong", entry.chain, entry.seq)
            return
        there = self._boot(former)
        there.end = start if there.end is None else min(start, there.end)
        here.axis, here.begin, here.value_at_begin = there.axis, stop, there.value(start)

    def _read_pauses(self, sitting: list[Entry], findings: Findings) -> None:
        since: Point | None = None
        for entry in sitting:
            if entry.kind not in ("paused", "resumed"):
                continue
            if (entry.kind == "resumed") == (since is None):
                state = "running" if since is None else "paused"
                findings.add("state_wrong", entry.chain, entry.seq, kind=entry.kind, state=state)
            elif since is None:
                since = self.at(entry)
            else:
                self._pauses.append((since, self.at(entry)))
                since = None
        if since is not None:
            self._pauses.append((since, None))


@dataclass(frozen=True, slots=True)
class Grant:
    """Time granted to one attempt, by its own chain or by the sitting's."""

    point: Point
    ms: int
    entry: Entry


@dataclass(slots=True)
class AttemptTime:
    """The running sum of one attempt's time while its chain is read.

    ``grants``: those of the sitting chain that name the attempt, and its own as they come.
    """

    service: ServiceTime
    grants: list[Grant]
    limit_ms: int = 0
    spent_ms: int = 0
    since: Point | None = None
    comparable: bool = True

    @property
    def granted_ms(self) -> int:
        """All that was ever granted."""
        return sum(grant.ms for grant in self.grants)

    def start(self, entry: Entry) -> None:
        """``started``: some of the time may be gone already."""
        self.limit_ms, self.spent_ms = entry.data["limit_ms"], entry.data["spent_ms"]
        self.since = self.service.at(entry)

    def stop(self, entry: Entry) -> None:
        """``paused`` or ``submitted``."""
        self.spent_ms = self.spent(entry)
        self.since = None

    def resume(self, entry: Entry) -> None:
        """``resumed``."""
        self.since = self.service.at(entry)

    def grant(self, entry: Entry) -> None:
        """``granted`` on the attempt's own chain."""
        self.grants.append(Grant(self.service.at(entry), entry.data["ms"], entry))

    def spent(self, entry: Entry) -> int:
        """Spent until that entry; notes when its clock cannot be compared."""
        if self.since is None:
            return self.spent_ms
        ran = self.service.running(self.since, self.service.at(entry))
        if ran is None:
            self.comparable = False
            return self.spent_ms
        return self.spent_ms + ran

    def left(self, entry: Entry) -> int:
        """Left at that entry with the grants so far; negative once the time is over."""
        now = self.service.at(entry)
        granted = sum(grant.ms for grant in self.grants if _not_later(grant.point, now))
        return self.limit_ms + granted - self.spent(entry)


def _not_later(one: Point, other: Point) -> bool:
    return one.axis == other.axis and one.value <= other.value
