"""The catalogue of journal kinds, read from ``room/catalogue.toml`` (DESIGN §4).

The catalogue is data so that the code which writes, the timeline which shows, and the
documentation generated from it cannot disagree.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from exam_server.facts import Facts

ATTEMPT = "attempt"
SITTING = "sitting"
CHAINS = frozenset({ATTEMPT, SITTING})
ACTORS = frozenset({"candidate", "system", "proctor", "chief_proctor", "centre_admin", "authority"})
REASONS = frozenset({"required", "optional", "none"})
_KEYS = {"chain", "actor", "reason", "zh", "en", "unusual", "fields"}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of journal entry.

    ``chains``: "attempt", "sitting" or both. ``actors``: "candidate", "system" or staff
    roles. ``reason``: "required" | "optional" | "none". ``unusual``: counts beside the
    candidate on the console. ``facts``: the fields of ``data``, by chain.
    """

    name: str
    chains: frozenset[str]
    actors: frozenset[str]
    reason: str
    zh: str
    en: str
    unusual: bool
    facts: Mapping[str, Facts]

    def problem(self, chain: str, actor: str, data: Mapping[str, Any]) -> str | None:
        """What is wrong with ``data`` of this actor on that kind of chain, or None.

        A problem is a mistake of the program, never of a person: the caller raises. An
        empty reason is a person's and is refused before it comes here.
        """
        if chain not in self.chains:
            return f"{self.name} does not belong on a chain of kind {chain}"
        if not self._allows(actor):
            return f"{self.name} is not for {actor} to write"
        return self.facts[chain].problem(self.name, data)

    def _allows(self, actor: str) -> bool:
        """Whether the journal's actor string is of a sort that may do this.

        Roles are the business of ``auth``: here "staff:…" stands for any staff role.
        """
        if actor.startswith("staff:"):
            return bool(self.actors - {"candidate", "system"})
        return actor in self.actors


def read(path: Path) -> Mapping[str, Kind]:
    """The kinds of a catalogue file, in its order; ValueError names what is not well formed."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType({name: _kind(name, table) for name, table in tables.items()})


def _kind(name: str, table: dict[str, Any]) -> Kind:
    if table.keys() - {"sitting_fields"} != _KEYS:
        raise ValueError(f"catalogue: {name} must have exactly {', '.join(sorted(_KEYS))}")
    chains, actors = frozenset(table["chain"]), frozenset(table["actor"])
    if not chains or chains - CHAINS or not actors or actors - ACTORS:
        raise ValueError(f"catalogue: {name} has an unknown chain or actor")
    if table["reason"] not in REASONS:
        raise ValueError(f"catalogue: {name} has an unknown reason rule")
    facts = {chain: Facts.of(table["fields"]) for chain in chains}
    if "sitting_fields" in table:
        facts[SITTING] = Facts.of(table["sitting_fields"])
    return Kind(
        name=name,
        chains=chains,
        actors=actors,
        reason=table["reason"],
        zh=table["zh"],
        en=table["en"],
        unusual=table["unusual"],
        facts=MappingProxyType(facts),
    )


KINDS: Mapping[str, Kind] = read(Path(__file__).parent.parent / "catalogue.toml")


def kind(name: str) -> Kind:
    """The kind of that name; KeyError when the catalogue has none."""
    return KINDS[name]
