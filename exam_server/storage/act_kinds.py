"""The catalogue of acts, read from ``storage/acts.toml``: what the office's own record can hold.

Data, so that the code which writes, the question whether what was published still holds, and the
page made from it (``docs/reference/acts.md``) cannot disagree.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from exam_server.facts import Facts

Actors = Annotated[frozenset[Literal["staff", "system"]], msgspec.Meta(min_length=1)]


class ActKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of act, as its table in the catalogue says. ``results``: whether it may change the
    result of anybody; ``fields``: of :class:`Facts`."""

    name: str
    actor: Actors
    zh: str
    en: str
    results: bool
    fields: tuple[str, ...]

    def problem(self, actor: str, data: Mapping[str, Any]) -> str | None:
        """What is wrong with ``data`` of this actor, or None. A problem is a mistake of the
        program, never of a person: the caller raises."""
        if ("staff" if actor.startswith("staff:") else actor) not in self.actor:
            return f"{self.name} is not for {actor} to write"
        return Facts.of(self.fields).problem(self.name, data)


def read(path: Path) -> dict[str, ActKind]:
    """The kinds of a catalogue file, in its order; ValueError names what is not well formed."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _kind(name, table) for name, table in tables.items()}


def _kind(name: str, table: dict[str, Any]) -> ActKind:
    try:
        return msgspec.convert({**table, "name": name}, ActKind)
    except msgspec.ValidationError as error:
        raise ValueError(f"acts: {name}: {error}") from error


ACT_KINDS: Mapping[str, ActKind] = read(Path(__file__).with_name("acts.toml"))


def may_change_results(kind: str) -> bool:
    """Whether an act of this kind may; of one that the catalogue does not know nobody can say
    that it does not."""
    return kind not in ACT_KINDS or ACT_KINDS[kind].results
