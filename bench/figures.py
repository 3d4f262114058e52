"""What a run says: named figures, each with its unit, its count and a reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One measured value.

    ``n``: how many terminals, saves or requests it is about. ``ratio``: to ``against``, a
    reference of the same run; for a duration of n acts, acts per second over the reference's
    per second. ``generator``: the load generator's share of one core meanwhile.
    ``target``: what is aimed at, with its sign.
    """

    name: str
    value: float
    unit: str
    n: int
    against: str = ""
    ratio: float | None = None
    generator: float | None = None
    target: str = ""

    @property
    def shown(self) -> str:
        """The value as a person reads it."""
        digits = 0 if self.value >= 1000 else 1 if self.value >= 100 else 3
        return f"{self.value:,.{digits}f} {self.unit}"

    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if not self.target:
            return None
        sign, _, bound = self.target.partition(" ")
        return self.value <= float(bound) if sign == "≤" else self.value >= float(bound)


class References(msgspec.Struct, frozen=True):
    """What the same machine does at the same time without a room behind it."""

    socket_acks_per_s: float
    socket_ack_ms: float
    hellos_per_s: float
    fdatasyncs_per_s: float
    ack_cpu_ms: float
    hello_cpu_ms: float


def rate(
    name: str, per_second: float, n: int, references: References, target: str = "", **more: Any
) -> Figure:
    """Durable answers per second, beside bare acknowledgements."""
    ratio = per_second / references.socket_acks_per_s
    return Figure(name, per_second, "/s", n, "socket_acks_per_s", ratio, target=target, **more)


def requests(
    name: str, seconds: float, n: int, references: References, target: str = "", **more: Any
) -> Figure:
    """Seconds until n people are through, beside bare HTTP requests."""
    ratio = n / seconds / references.hellos_per_s
    return Figure(name, seconds, "s", n, "hellos_per_s", ratio, target=target, **more)


def pushes(
    name: str, seconds: float, n: int, references: References, target: str = "", **more: Any
) -> Figure:
    """Seconds until n terminals have been told, beside bare acknowledgements."""
    ratio = n / seconds / references.socket_acks_per_s
    return Figure(name, seconds, "s", n, "socket_acks_per_s", ratio, target=target, **more)


def latency(
    name: str, ms: float, n: int, references: References, target: str = "", **more: Any
) -> Figure:
    """Milliseconds, beside a bare acknowledgement on an idle server."""
    ratio = ms / references.socket_ack_ms
    return Figure(name, ms, "ms", n, "socket_ack_ms", ratio, target=target, **more)


def cpu(
    name: str, seconds: float, n: int, references: References, target: str = "", **more: Any
) -> Figure:
    """The server's CPU seconds per person, beside 100 bare acknowledgements."""
    ratio = seconds * 1000 / (100 * references.ack_cpu_ms)
    return Figure(name, seconds, "CPU s", n, "100 × ack_cpu_ms", ratio, target=target, **more)


def named(figures: Sequence[Figure]) -> dict[str, Any]:
    """As JSON, by name."""
    return {
        one.name: {
            field: getattr(one, field)
            for field in ("value", "unit", "n", "against", "ratio", "generator", "target")
            if getattr(one, field) not in ("", None)
        }
        for one in figures
    }
