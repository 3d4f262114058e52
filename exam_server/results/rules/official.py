"""An official result, whose act it is, and what a later release changes (D9, D16; pure)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exam_server.results.rules.group import ANY, PROVINCIAL
from exam_server.results.rules.outcome import Reason

_FOLLOWS = frozenset({"sum", "line", "status"})
WITHDRAWN = "withdrawn"  # was in the group's last release and is in the group no more


class Official(msgspec.Struct, frozen=True, kw_only=True):
    """One person's result as it is published. Decimals are strings.

    ``subjects``: points by subject id, None where there are none (absent, void, held);
    ``states``: submitted, absent or voided by subject id. ``sum``: only when every subject has
    points. ``practical``: pass, fail, absent or points, None while unknown or where there is
    none. ``status`` and ``reasons``: of :mod:`exam_server.results.rules.outcome`, or
    ``withdrawn``. ``valid_until``:
    ISO date of the last day on which it counts, None for ever (D41).
    """

    subjects: dict[str, str | None]
    states: dict[str, str]
    sum: str | None
    line: str | None
    status: str
    reasons: tuple[Reason, ...] = ()
    practical: str | None = None
    valid_until: str | None = None


class Change(msgspec.Struct, frozen=True):
    """One figure that is not what it was. ``field``: ``points.<subject>``, ``sum``, ``status``,
    ``line`` or ``practical``; None: there was, or is, none. ``why``: never empty once stored."""

    field: str
    before: str | None
    after: str | None
    why: str = ""


def publisher_of(parts: Mapping[str, str], authority: Mapping[str, str]) -> str | None:
    """Whose act the release of a group is: a city's, or None for the province's.

    ``parts``: the group's city, trade and level; ``authority``: office by level. A city
    publishes the results of its own units at its own levels, never those of provincial units or
    of groups over several cities.
    """
    levels = set(authority.values()) if parts["level"] == ANY else {authority.get(parts["level"])}
    if parts["city"] in (ANY, PROVINCIAL) or levels != {"city"}:
        return None
    return parts["city"]


def changes(before: Official, after: Official) -> tuple[Change, ...]:
    """What differs, subjects first; () when the results are the same.

    The reasons beside a status are told with it and are no change of their own.
    """
    subjects = sorted(before.subjects.keys() | after.subjects.keys())
    pairs = [
        (f"points.{subject}", before.subjects.get(subject), after.subjects.get(subject))
        for subject in subjects
    ]
    pairs += [
        (field, getattr(before, field), getattr(after, field))
        for field in ("sum", "practical", "line", "status")
    ]
    return tuple(Change(field, old, new) for field, old, new in pairs if old != new)


def provisional_changes(shown: Mapping[str, str], after: Official) -> tuple[Change, ...]:
    """Where the first official result is not what the machine showed (D9): ``shown``: the first
    score of each subject that was handed in, by subject id."""
    return tuple(
        Change(f"points.{subject}", points, after.subjects.get(subject))
        for subject, points in sorted(shown.items())
        if points != after.subjects.get(subject)
    )


def withdrawn(before: Official) -> Official:
    """What stands in the next release for somebody who has left the group."""
    return Official(
        subjects=dict.fromkeys(before.subjects), states={}, sum=None, line=None, status=WITHDRAWN
    )


def explained(
    found: tuple[Change, ...], known: Mapping[str, str], reason: str
) -> tuple[Change, ...] | None:
    """Every change with its reason: of the record by field, else the one that is given.

    None when one is left without a reason. A changed sum, line or status follows from what
    changed before it and shares the first recorded reason.
    """
    first = next((known[one.field] for one in found if one.field in known), "")
    told = [
        msgspec.structs.replace(
            one, why=known.get(one.field) or (first if one.field in _FOLLOWS else "") or reason
        )
        for one in found
    ]
    return tuple(told) if all(one.why for one in told) else None
