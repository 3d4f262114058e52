"""The life of a line 合格线, and whose it is: one enum, one table, one rule (DOMAIN A4, D16; pure).

proposed 拟定 → approved 核准 → filed 备案, where the profile asks for it → effective 生效. Nobody's
result changes before the last step. *Why* a line was returned or superseded is in its steps.

A line in effect whose scores were corrected is *reopened* 须重新划定: it decides nothing any
more, and the office whose line it is proposes the next version, with a reason, on the new scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from exam_server.results.rules.group import ANY, PROVINCIAL


class LineState(StrEnum):
    """Where a version of a group's line stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    FILED = "filed"
    EFFECTIVE = "effective"
    RETURNED = "returned"
    SUPERSEDED = "superseded"
    REOPENED = "reopened"


_L = LineState
TRANSITIONS: dict[LineState, frozenset[LineState]] = {
    _L.PROPOSED: frozenset({_L.APPROVED, _L.RETURNED, _L.SUPERSEDED}),
    _L.APPROVED: frozenset({_L.FILED, _L.EFFECTIVE, _L.RETURNED, _L.SUPERSEDED}),
    _L.FILED: frozenset({_L.EFFECTIVE, _L.RETURNED, _L.SUPERSEDED}),
    _L.EFFECTIVE: frozenset({_L.SUPERSEDED, _L.REOPENED}),
    _L.RETURNED: frozenset(),
    _L.SUPERSEDED: frozenset(),
    _L.REOPENED: frozenset(),
}
OPEN = (_L.PROPOSED, _L.APPROVED, _L.FILED)  # under way: a new proposal takes its place
ACTS = (_L.APPROVED, _L.FILED, _L.EFFECTIVE, _L.RETURNED)  # what people do after a proposal


@dataclass(frozen=True, slots=True)
class Drawing:
    """``city``: whose authority draws the line, None for the province; ``filed``: whether it is
    filed with the province before it takes effect."""

    city: str | None
    filed: bool

    @property
    def steps(self) -> tuple[LineState, ...]:
        """The states a line of this drawing passes through."""
        filing = (_L.FILED,) if self.filed else ()
        return (_L.PROPOSED, _L.APPROVED, *filing, _L.EFFECTIVE)


def drawing_of(parts: Mapping[str, str], line_authority: Mapping[str, str]) -> Drawing:
    """Who draws the line of a group; ``parts``: its city, trade and level.

    ``line_authority``: by level, ``province``, ``city`` or ``city_then_file``. A city draws for
    its own units only: provincial units, and groups over several cities, are the province's.
    A group over several levels is a city's only if every level is.
    """
    kinds = (
        set(line_authority.values())
        if parts["level"] == ANY
        else {line_authority.get(parts["level"], "province")}
    )
    if parts["city"] in (ANY, PROVINCIAL) or "province" in kinds:
        return Drawing(None, filed=False)
    return Drawing(parts["city"], filed="city_then_file" in kinds)


def may_see(office: str | None, city: str) -> bool:
    """Scores before publication: the province's office (None) sees all, a city's its own."""
    return office in (None, city)


def is_next(state: LineState, to: LineState, drawing: Drawing) -> bool:
    """Whether a person may take the line from ``state`` to ``to``: a step of the drawing is
    neither left out nor added; until it is in effect a line may be returned."""
    if to not in TRANSITIONS[state]:
        return False
    return to is _L.RETURNED or (state, to) in pairwise(drawing.steps)


def may_act(to: LineState, state: LineState, drawing: Drawing, office: str | None) -> bool:
    """Whether this office (a city's, None = the province's) takes that step.

    The province files, and returns what it will not file; every other step is that of the
    authority that draws the line.
    """
    if to is _L.FILED:
        return office is None
    if to is _L.RETURNED and drawing.filed and state is _L.APPROVED and office is None:
        return True
    return office == drawing.city
