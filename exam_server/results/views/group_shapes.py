"""The shapes of the pass-line page: groups, one group, and its lines."""

from __future__ import annotations

import msgspec

from exam_server.results.missing import MissingCentre
from exam_server.results.rules.entries import Counts
from exam_server.results.rules.params import LineParams
from exam_server.results.views.judges import PanelCard, PanelInUse
from exam_server.results.views.line_cards import LineCard
from exam_server.results.views.table import SubjectColumn

__all__ = [
    "CityLine",
    "EarlierLine",
    "GroupCard",
    "GroupDetail",
    "LineCard",
    "LineParams",  # faces take the parameters of a line from here
    "NearbyLine",
    "ScoreLine",
    "UnitLine",
]


class GroupCard(msgspec.Struct, frozen=True):
    """A group in the list. ``state``: none, or that of the line under way, else of the one in
    effect; ``line``: that line's.

    ``drawn_by``: the city whose authority draws the line, "" for the province; ``filed``:
    whether it is filed before it takes effect (DOMAIN D16).
    """

    key: str
    city: str
    trade: str
    level: str
    level_name: str
    counts: Counts
    state: str
    line: str | None
    reached: int | None
    small: bool
    drawn_by: str
    filed: bool


class ScoreLine(msgspec.Struct, frozen=True):
    """A person of the group; ``compared``: the figure that is held against the line."""

    candidate_id: str
    name: str
    ticket: str | None
    city: str
    unit: str
    subjects: dict[str, str]
    compared: str
    reached: bool


class CityLine(msgspec.Struct, frozen=True):
    """The same trade and level in one city, under that city's own line if it has one, else
    under the line looked at. ``own``: whether it is its own."""

    city: str
    valid: int
    reached: int
    line: str | None
    own: bool


class UnitLine(msgspec.Struct, frozen=True):
    """The group's valid people of one unit, and how many of them reach the line."""

    unit: str
    valid: int
    reached: int


class EarlierLine(msgspec.Struct, frozen=True):
    """The line of the same group in the last exam of an earlier year. ``comparable``: by the
    same full mark and the same figure (sum, or each subject)."""

    year: int
    exam: str
    line: str
    reached: int
    valid: int
    comparable: bool


class NearbyLine(msgspec.Struct, frozen=True):
    """A row of the ±5 table."""

    line: str
    reached: int
    difference: int
    ties: int


class GroupDetail(msgspec.Struct, frozen=True):
    """One group under one set of parameters; looking changes nothing.

    ``line`` is None when nobody can reach it. The rate is ``reached`` / ``base``, its
    denominator's name in ``params.rate_base``. ``ties``: the first few of
    ``at_line``. ``practical``: whether a practical result is still to be brought in before
    anybody is qualified. ``drawn_by``: as in :class:`GroupCard`, ``office``: the name of that
    authority in this province; ``steps``: what a line of this group passes through.
    ``missing``: centres whose announced packages are not there, with their people of the group.
    ``panels``: judges' sheets for this trade and level, ``judges``: those whose line this is.
    """

    key: str
    exam: str
    city: str
    trade: str
    level: str
    level_name: str
    columns: tuple[SubjectColumn, ...]
    full: str
    params: LineParams
    counts: Counts
    line: str | None
    quota: int | None
    quota_line: str | None
    base: int
    reached: int
    at_line: int
    one_below: int
    below_minimum: int
    conditional_reached: int
    notes: tuple[str, ...]
    practical: bool
    drawn_by: str
    office: str
    steps: tuple[str, ...]
    may_propose: bool
    mean: str | None
    highest: str | None
    lowest: str | None
    histogram: tuple[tuple[str, str, int], ...]
    cumulative: tuple[tuple[str, int, int], ...]
    around: tuple[NearbyLine, ...]
    ties: tuple[ScoreLine, ...]
    cities: tuple[CityLine, ...]
    units: tuple[UnitLine, ...]
    missing: tuple[MissingCentre, ...]
    earlier: EarlierLine | None
    panels: tuple[PanelCard, ...]
    judges: PanelInUse | None
    lines: tuple[LineCard, ...]
