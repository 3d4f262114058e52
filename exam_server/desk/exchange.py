"""Rosters and changes of registrations as another system sends them: entries with named fields.

They are read by the same readers as an office's files, so that both are held to the same rules;
a problem points at the entry and the field it is about.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from io import StringIO

import msgspec

from exam_server.desk.roster import Roster, problems_found, read_roster
from exam_server.desk.rules.roster_columns import LABELS as ROSTER
from exam_server.desk.update_file import LABELS as UPDATE
from exam_server.desk.update_file import UpdateRow, read_updates
from exam_server.errors import Refusal
from exam_server.profiles.model import Profile

_FIRST = 2  # the row of the first entry, below the head
_NAMED = ("name", "id_number")


class RosterEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One person. The fields are the roster's columns (docs/reference/roster-template.md), their
    values as they are written there."""

    name: str
    id_number: str
    trade: str
    level: str
    city: str
    unit: str
    sex: str = ""
    work_since: str = ""
    trade_since: str = ""
    certificate_trade: str = ""
    certificate_level: str = ""
    certificate_date: str = ""
    education: str = ""
    appraisal: str = ""
    phone: str = ""
    county: str = ""
    route: str = ""
    conditional: str = ""
    time_factor: str = ""
    large_print: str = ""
    separate_room: str = ""
    paid: str = ""
    ticket: str = ""
    room: str = ""
    seat: str = ""

    def __repr__(self) -> str:
        return "RosterEntry()"


class UpdateEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one registration should stand; a field that is not given stays as it is."""

    id_number: str
    name: str = ""
    registration: str = ""
    condition: str = ""
    paid: str = ""
    route: str = ""
    new_name: str = ""
    time_factor: str = ""
    large_print: str = ""
    separate_room: str = ""
    reason: str = ""

    def __repr__(self) -> str:
        return "UpdateEntry()"


def roster_of(
    entries: Sequence[RosterEntry], *, profile: Profile, today: date, year: int
) -> Roster:
    """The entries as a roster. Refusals: those of
    :func:`exam_server.desk.roster.read_roster`, and of every entry without a name or number."""
    nameless = [
        {"row": at + _FIRST, "column": ROSTER[field][0], "code": "roster_empty", "facts": {}}
        for at, entry in enumerate(entries)
        for field in _NAMED
        if not getattr(entry, field).strip()
    ]
    if nameless:
        raise problems_found(nameless)
    table = _table(entries, RosterEntry, ROSTER)
    return read_roster(table, profile=profile, today=today, year=year)


def updates_of(entries: Sequence[UpdateEntry], *, profile: Profile, today: date) -> list[UpdateRow]:
    """The entries as updates; refusals of
    :func:`exam_server.desk.update_file.read_updates`."""
    return read_updates(_table(entries, UpdateEntry, UPDATE), profile=profile, today=today)


def pointed(refusal: Refusal) -> Refusal:
    """The same refusal, each problem by the entry's place from 1 and with a JSON pointer to the
    field of the body it is about."""
    fields = {words[0]: field for labels in (ROSTER, UPDATE) for field, words in labels.items()}
    rows: list[dict[str, object]] = []
    for row in refusal.rows:
        place = int(str(row.get("row", 0))) - _FIRST
        field = fields.get(str(row.get("column")), "")
        pointer = f"/entries/{place}/{field}".rstrip("/") if place >= 0 else ""
        rows.append({**row, "row": place + 1, "pointer": pointer})
    return Refusal(refusal.code, refusal.status, refusal.facts, rows)


def _table(
    entries: Sequence[object], kind: type[msgspec.Struct], labels: Mapping[str, tuple[str, ...]]
) -> bytes:
    """The entries as a csv with the printed head."""
    fields = [field for field in labels if field in kind.__struct_fields__]
    text = StringIO(newline="")
    out = csv.writer(text)
    out.writerow([labels[field][0] for field in fields])
    out.writerows([getattr(entry, field) for field in fields] for entry in entries)
    return text.getvalue().encode("utf-8-sig")
