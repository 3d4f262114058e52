"""The catalogue of acts, read from ``storage/acts.toml``: what the office's own record can hold.

Data, so that the code which writes, the question whether what was published still holds, and the
page made from it (``docs/reference/acts.md``) cannot disagree.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from exam_server.facts import Facts

ACTORS = frozenset({"staff", "system"})
_KEYS = {"actor", "zh", "en", "results", "fields"}


@dataclass(frozen=True, slots=True)
class ActKind:
    """One kind of act. ``actors``: of "staff" and "system". ``results``: whether it may change
    the result of anybody."""

    name: str
    actors: frozenset[str]
    zh: str
    en: str
    results: bool
    facts: Facts

    def problem(self, actor: str, data: Mapping[str, Any]) -> str | None:
        """What is wrong with ``data`` of this actor, or None. A problem is a mistake of the
        program, never of a person: the caller raises."""
        if ("staff" if actor.startswith("staff:") else actor) not in self.actors:
            return f"{self.name} is not for {actor} to write"
        return self.facts.problem(self.name, data)


def read(path: Path) -> Mapping[str, ActKind]:
    """The kinds of a catalogue file, in its order; ValueError names what is not well formed."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType({name: _kind(name, table) for name, table in tables.items()})


def _kind(name: str, table: dict[str, Any]) -> ActKind:
    actors = frozenset(table.get("actor", ()))
    if table.keys() != _KEYS or not actors or actors - ACTORS:
        raise ValueError(f"acts: {name} must have exactly {', '.join(sorted(_KEYS))}")
    return ActKind(
        name=name,
        actors=actors,
        zh=table["zh"],
        en=table["en"],
        results=table["results"],
        facts=Facts.of(table["fields"]),
    )


ACT_KINDS: Mapping[str, ActKind] = read(Path(__file__).with_name("acts.toml"))


def may_change_results(kind: str) -> bool:
    """Whether an act of this kind may; of one that the catalogue does not know nobody can say
    that it does not."""
    return kind not in ACT_KINDS or ACT_KINDS[kind].results
