"""Reading a province's profile: file → checked :class:`Profile` → frozen into the exam.

What a notice does not state is written ``"required"`` in the file: it is asked for when
an exam is created and never guessed (DOMAIN D24). A value may also be overridden for a
trial or a rehearsal; the departure is then part of the profile and shown with the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

import msgspec

from exam_server.errors import Refusal
from exam_server.profiles.checks import findings
from exam_server.profiles.model import REQUIRED, Profile, Subject
from exam_server.profiles.profile_file import get, invalid, leaves, locate, names, put, read
from exam_server.profiles.structure import Finding, finding, misfits
from exam_server.profiles.trade_file import read_catalogue
from exam_server.profiles.trades import Trade

__all__ = [
    "Profile",
    "Subject",
    "builtins_of",
    "load",
    "locate",
    "names",
    "of_exam",
    "office_of",
    "open_questions",
    "whole",
]

_OWN = ("trades", "departures", "limits_shortened")
OFFICE = ("trades", "forms", "fees", "areas", "eligibility")


class HasRules(Protocol):
    """An exam: anything that carries frozen rules."""

    @property
    def rules(self) -> dict[str, Any]: ...


def open_questions(name: str | Path) -> list[str]:
    """Dotted paths of the values that ``load`` must be given for this profile."""
    return [path for path, value in leaves(read(name)) if value == REQUIRED]


def load(name: str | Path, values: Mapping[str, object] | None = None) -> Profile:
    """The profile ``name`` (or the TOML file at a Path), complete and checked.

    ``values``: by dotted path, e.g. ``{"subjects.ethics.minutes": 60}``; must answer every
    open question; anything else it sets is a departure from the notice.
    Refusals: ``profile_unknown`` 404; ``profile_incomplete`` and ``profile_invalid`` 422
    with one row per place (``column`` = dotted path); ``trade_catalogue_invalid`` 422.
    """
    noticed = read(name)
    data = deepcopy(noticed)
    given = dict(values or {})
    for path, value in given.items():
        put(data, path, value, name)
    unanswered = [path for path, value in leaves(data) if value == REQUIRED]
    if unanswered:
        rows = [finding(path, "profile_required") for path in unanswered]
        raise invalid(name, rows, "profile_incomplete")
    profile = typed(data, name)
    rows = findings_of(profile, name)
    if rows:
        raise invalid(name, rows)
    departures = sorted(
        path
        for path in given
        if get(noticed, path) != REQUIRED and get(noticed, path) != given[path]
    )
    shortened = any(
        path.endswith(".minutes") and _less(given[path], get(noticed, path)) for path in departures
    )
    return msgspec.structs.replace(
        profile, departures=tuple(departures), limits_shortened=shortened
    )


def of_exam(exam: HasRules) -> Profile:
    """The rules as they were frozen into the exam, without what only the office needs."""
    return msgspec.convert(exam.rules, Profile)


def whole(rules: dict[str, Any], office: dict[str, Any]) -> Profile:
    """The whole profile as it was frozen: ``Exam.rules`` and ``Exam.office``."""
    return msgspec.convert(rules | office, Profile)


def builtins_of(profile: Profile) -> dict[str, Any]:
    """The value for ``Exam.rules``, which every look at an exam reads: canonical JSON, short."""
    built: dict[str, Any] = msgspec.to_builtins(profile)
    return {name: value for name, value in built.items() if name not in OFFICE}


def office_of(profile: Profile) -> dict[str, Any]:
    """The value for ``Exam.office``: what only the office needs, by field of the profile."""
    built: dict[str, Any] = msgspec.to_builtins(profile)
    return {name: built[name] for name in OFFICE}


def typed(data: dict[str, Any], name: str | Path) -> Profile:
    """A file's tables as a profile with its trades; refusals as :func:`load`."""
    rows = [finding(field, "profile_own") for field in _OWN if field in data]
    rows += misfits(data, Profile)
    if rows:
        raise invalid(name, rows)
    profile = msgspec.convert(data, Profile)
    return msgspec.structs.replace(profile, trades=_trades(profile, name))


def findings_of(profile: Profile, name: str | Path) -> list[Finding]:
    """What is wrong with it beyond its types.

    An exam remembers its profile by name, so that the name must lead back to the file.
    """
    stem = name if isinstance(name, str) else name.stem
    differs = finding("name", "profile_name_differs", name=profile.name, file=stem)
    return [*([] if profile.name == stem else [differs]), *findings(profile)]


def _trades(profile: Profile, name: str | Path) -> tuple[Trade, ...]:
    if profile.trade_catalogue is None:
        return ()
    beside = name.parent if isinstance(name, Path) else None
    try:
        return read_catalogue(profile.trade_catalogue, beside)
    except Refusal as refusal:
        if refusal.code != "trade_catalogue_unknown":
            raise
        row = finding("trade_catalogue", "trade_catalogue_unknown", **refusal.facts)
        raise invalid(name, [row]) from None


def _less(active: object, noticed: object) -> bool:
    return isinstance(active, int) and isinstance(noticed, int) and active < noticed
