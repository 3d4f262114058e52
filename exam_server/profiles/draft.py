"""A profile as far as it is known: with open questions, before anybody has answered them.

What does not depend on the answers can be had from it: the check of a file an office wrote,
the roster's template, the reading of a roster.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exam_server.profiles.model import REQUIRED, Profile
from exam_server.profiles.profile import builtins_of, findings_of, typed
from exam_server.profiles.profile_file import MISSING, get, invalid, leaves, put, read
from exam_server.profiles.structure import Finding, stand_in, type_at

# tables whose rules have a default reading (DOMAIN part D)
_READ = (
    "block.",
    "credit.",
    "login.",
    "room.",
    "score.",
    "pass_rule.",
    "publish.",
    "registration.",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """``profile``: a stand-in at every place of ``open``; ``open``: dotted paths of what must be
    answered when an exam is created; ``defaults``: path → value of what the file leaves to the
    program's default reading."""

    profile: Profile
    open: tuple[str, ...]
    defaults: dict[str, object]


def draft(name: str | Path) -> Draft:
    """The profile ``name`` (or the file at a path), checked as far as it goes.

    Refusals: those of :func:`exam_server.profiles.profile.load` but ``profile_incomplete``.
    """
    data = deepcopy(read(name))
    unanswered = tuple(path for path, value in leaves(data) if value == REQUIRED)
    for path in unanswered:
        wanted = type_at(Profile, path)
        if wanted is not None:  # else it is no place of a profile, and told as such
            put(data, path, stand_in(wanted), name)
    profile = typed(data, name)
    rows = [row for row in findings_of(profile, name) if not _is_open(row, unanswered)]
    if rows:
        raise invalid(name, rows)
    return Draft(profile, unanswered, _defaults(profile, data))


def _is_open(row: Finding, unanswered: tuple[str, ...]) -> bool:
    """Whether the finding is about a stand-in, not about what the file says."""
    place = str(row["column"])
    if any(place == path or place.startswith(f"{path}[") for path in unanswered):
        return True
    depends = {
        "profile_points": (f"{place.rpartition('.')[0]}.sections", place),
        "profile_practical": ("practical.type", "pass_rule.practical"),
    }
    return any(path in unanswered for path in depends.get(row["code"], ()))


def _defaults(profile: Profile, data: dict[str, Any]) -> dict[str, object]:
    return {
        path: value
        for path, value in leaves(builtins_of(profile))
        if path.startswith(_READ) and value is not None and get(data, path) is MISSING
    }
