"""The facts an entry of a record carries in ``data``: which must be there, and which may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """``listed``: the names as a catalogue lists them, a "?" marking one that may be missing."""

    listed: tuple[str, ...]
    required: frozenset[str]
    optional: frozenset[str]

    @classmethod
    def of(cls, listed: Iterable[str]) -> Facts:
        """The facts of a catalogue's list."""
        names = tuple(listed)
        return cls(
            names,
            frozenset(name for name in names if not name.endswith("?")),
            frozenset(name.removesuffix("?") for name in names if name.endswith("?")),
        )

    def problem(self, kind: str, data: Mapping[str, Any]) -> str | None:
        """What is wrong with ``data``, or None."""
        if missing := self.required - data.keys():
            return f"{kind} lacks {', '.join(sorted(missing))}"
        if unknown := data.keys() - self.required - self.optional:
            return f"{kind} has unknown {', '.join(sorted(unknown))}"
        return None
