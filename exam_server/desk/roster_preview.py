"""A roster as it was understood, before anything is taken in: counts, and its first lines.

ID numbers are masked; the rest stays in the file.
"""

from __future__ import annotations

import msgspec

from exam_server.desk.roster import Roster
from exam_server.desk.rules import id_number
from exam_server.desk.rules.changes import Registration, kept_from_seat
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.profiles.profile import Profile

MOST_LINES = 50


class PreviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as it was understood. ``route``: its name, "" for none. ``place``: room and seat
    as they would be given, "" for who waits."""

    row: int
    name: str
    id_masked: str
    city: str
    unit: str
    trade: str
    trade_as_written: str
    level: str
    route: str
    place: str
    doubts: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """``form``: name of the notice's form it is, "" for none. ``sits``, ``not_sitting``,
    ``unpaid``, ``conditional``, ``doubtful``: people. ``seated``: whether it says who sits
    where."""

    form: str
    people: int
    seated: bool
    sits: int
    not_sitting: int
    unpaid: int
    conditional: int
    doubtful: int
    ignored: tuple[str, ...]
    lines: list[PreviewLine]


def preview(roster: Roster, profile: Profile) -> Preview:
    """What an import of the roster would take in."""
    kept = [
        kept_from_seat(
            profile, route=row.route, paid=row.paid, registration=Registration.IN_FORCE.value
        )
        for row in roster.rows
    ]
    form = profile.forms.get(roster.form)
    return Preview(
        form="" if form is None else form.name,
        people=len(roster.rows),
        seated=roster.seated,
        sits=kept.count(None),
        not_sitting=kept.count("route"),
        unpaid=sum(not row.paid for row in roster.rows),
        conditional=sum(row.conditional for row in roster.rows),
        doubtful=sum("doubts" in row.details for row in roster.rows),
        ignored=roster.ignored,
        lines=[_line(row, profile) for row in roster.rows[:MOST_LINES]],
    )


def _line(row: RosterRow, profile: Profile) -> PreviewLine:
    route = profile.routes.get(row.route)
    return PreviewLine(
        row=row.row,
        name=row.name,
        id_masked=id_number.masked(row.id_number),
        city=row.city,
        unit=row.unit,
        trade=row.trade,
        trade_as_written=row.details.get("trade_as_written", ""),
        level=profile.level_name(row.level),
        route="" if route is None else route.name,
        place="" if row.room is None else f"{row.room} – {row.seat}",
        doubts=row.details.get("doubts", ""),
    )
