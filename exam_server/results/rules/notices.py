"""Public notices 公示: where each is posted, and whose it is to record that it was (A6; pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exam_server.results.rules.group import PROVINCIAL, line_city
from exam_server.results.rules.line_life import may_see


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a notice is posted. ``city``: as a group's, "" for the province's own; ``unit``: ""
    for an office's."""

    city: str = ""
    unit: str = ""


def places_of(posted_by: str, people: Iterable[tuple[str, str]]) -> set[Place]:
    """Where the notice is posted for these people. ``people``: city and unit as the roster
    writes them; ``posted_by``: unit, city or province."""
    if posted_by == "province":
        return {Place()}
    if posted_by == "city":
        return {Place(line_city(city)) for city, _ in people}
    return {Place(line_city(city), unit) for city, unit in people}


def may_record(posted_by: str, place: Place, office: str | None) -> bool:
    """Whether this office (a city's, None = the province's) records it: of a unit its city's or
    the province's, of an office that office's alone. Provincial units have no city."""
    if posted_by == "unit":
        return may_see(office, place.city)
    return office == (None if place.city in ("", PROVINCIAL) else place.city)


def labelled(places: Iterable[Place]) -> dict[str, Place]:
    """The places as a person names them: the unit, with its city only where two cities have a
    unit of that name; the city where there is no unit."""
    found = sorted(places)
    units = [place.unit for place in found]
    return {_label(place, alone=units.count(place.unit) == 1): place for place in found}


def _label(place: Place, *, alone: bool) -> str:
    if not place.unit:
        return place.city
    return place.unit if alone else f"{place.unit}（{place.city}）"
