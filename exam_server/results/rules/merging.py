"""Packages of many centres become one set of results: who is who, and what contradicts what.

Pure: facts in, problems and conflicts out. Who a person is, and which line is theirs, the hub's
own roster says; a package only brings what happened. What contradicts results that are there
already is kept, shown, and not counted until a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from exam_server.results.rules.announced import Problem


class PackageState(StrEnum):
    """``COUNTS`` 计入; ``HELD`` 待处理: it contradicts what counts; ``SUPERSEDED`` 已被更正:
    another took the place of all of it; ``SET_ASIDE`` 不采用."""

    COUNTS = "counts"
    HELD = "held"
    SUPERSEDED = "superseded"
    SET_ASIDE = "set_aside"


class Registered(msgspec.Struct, frozen=True):
    """A candidate of the hub's roster. ``id_masked``: compared, as a package holds no more."""

    candidate_id: str
    id_masked: str
    trade: str
    level: str


class Named(msgspec.Struct, frozen=True):
    """A person as a package names them."""

    ticket: str
    id_masked: str
    trade: str
    level: str


class Sat(msgspec.Struct, frozen=True):
    """One subject of one person: what happened, and by which package."""

    attempt: str
    state: str
    points: str | None


class Conflict(msgspec.Struct, frozen=True):
    """One person's subject that is here already. ``here``, ``brought``: points, or the state
    where there are none. ``alike``: the very same attempt with the same result. ``imported``:
    the package that it is from, "" for this machine's own rooms."""

    ticket: str
    subject: str
    here: str
    brought: str
    alike: bool
    imported: str


def strangers(people: Iterable[Named], roster: Mapping[str, Registered]) -> Iterator[Problem]:
    """Whoever the hub's roster (by ticket) does not know, or knows as somebody else."""
    for one in people:
        known = roster.get(one.ticket)
        if known is None:
            yield Problem("result_package_stranger", one.ticket)
        elif (known.id_masked, known.trade, known.level) != (one.id_masked, one.trade, one.level):
            yield Problem("result_package_other_person", one.ticket)


def conflicts(
    brought: Mapping[tuple[str, str], Sat],
    here: Mapping[tuple[str, str], tuple[str, Sat]],
) -> list[Conflict]:
    """By (ticket, subject): what the package brings, and what counts already with its package.

    The same file is not asked about here; the same content in another file is shown as alike.
    """
    return [
        Conflict(
            ticket=ticket,
            subject=subject,
            here=shown(here[ticket, subject][1]),
            brought=shown(sat),
            alike=sat == here[ticket, subject][1],
            imported=here[ticket, subject][0],
        )
        for (ticket, subject), sat in sorted(brought.items())
        if (ticket, subject) in here
    ]


def shown(sat: Sat) -> str:
    """The points, or the state where there are none: absent is not 0."""
    return sat.points if sat.points is not None else sat.state


def rewritten(
    brought: Mapping[str, Sequence[tuple[str, str]]], here: Mapping[str, Sequence[tuple[str, str]]]
) -> list[str]:
    """Attempts whose scores of before are other ones now; by attempt, (points, scoring digest) of
    each version in order. A score is followed by another version and never changed."""
    return [
        attempt
        for attempt, versions in sorted(brought.items())
        if attempt in here
        for common in (min(len(versions), len(here[attempt])),)
        if list(versions[:common]) != list(here[attempt][:common])
    ]
