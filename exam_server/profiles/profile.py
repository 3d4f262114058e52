"""Reading a province's profile: file → checked :class:`Profile` → frozen into the exam.

What a notice does not state is written ``"required"`` in the file: it is asked for when
an exam is created and never guessed (DOMAIN D24). A value may also be overridden for a
trial or a rehearsal; the departure is then part of the profile and shown with the rules.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import msgspec

from exam_server.errors import Refusal
from exam_server.profiles.checks import findings
from exam_server.profiles.model import REQUIRED, Profile, Subject
from exam_server.profiles.structure import Finding, finding, misfits

__all__ = ["Profile", "Subject", "builtins_of", "load", "names", "of_exam", "open_questions"]

_FOLDER = Path(__file__).parent
_AT = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_OWN = ("departures", "limits_shortened")
_MISSING = object()


class HasRules(Protocol):
    """An exam: anything that carries frozen rules."""

    @property
    def rules(self) -> dict[str, Any]: ...


def names() -> list[str]:
    """Names of the profiles that come with the program."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def open_questions(name: str | Path) -> list[str]:
    """Dotted paths of the values that ``load`` must be given for this profile."""
    return [path for path, value in _leaves(_read(name)) if value == REQUIRED]


def load(name: str | Path, values: Mapping[str, object] | None = None) -> Profile:
    """The profile ``name`` (or the TOML file at a Path), complete and checked.

    ``values``: by dotted path, e.g. ``{"subjects.ethics.minutes": 60}``; must answer every
    open question; anything else it sets is a departure from the notice.
    Refusals: ``profile_unknown`` 404; ``profile_incomplete`` and ``profile_invalid`` 422
    with one row per place (``column`` = dotted path).
    """
    noticed = _read(name)
    data = deepcopy(noticed)
    given = dict(values or {})
    for path, value in given.items():
        _put(data, path, value, str(name))
    _refuse_own(data, name)
    unanswered = [path for path, value in _leaves(data) if value == REQUIRED]
    if unanswered:
        rows = [finding(path, "profile_required") for path in unanswered]
        raise _refusal("profile_incomplete", name, rows)
    data["departures"] = sorted(
        path
        for path in given
        if _get(noticed, path) != REQUIRED and _get(noticed, path) != given[path]
    )
    data["limits_shortened"] = any(
        path.endswith(".minutes") and _less(given[path], _get(noticed, path))
        for path in data["departures"]
    )
    return _checked(data, name)


def of_exam(exam: HasRules) -> Profile:
    """The rules as they were frozen into the exam."""
    return msgspec.convert(exam.rules, Profile)


def builtins_of(profile: Profile) -> dict[str, Any]:
    """The value for ``Exam.rules``: only what canonical JSON can hold."""
    built: dict[str, Any] = msgspec.to_builtins(profile)
    return built


def _refuse_own(data: dict[str, Any], name: str | Path) -> None:
    """What the program itself notes about an exam's rules is no business of a file."""
    rows = [finding(field, "profile_own") for field in _OWN if field in data]
    if rows:
        raise _refusal("profile_invalid", name, rows)


def _checked(data: dict[str, Any], name: str | Path) -> Profile:
    rows = list(misfits(data, Profile))
    if rows:
        raise _refusal("profile_invalid", name, rows)
    profile = msgspec.convert(data, Profile)
    rows = findings(profile)
    if rows:
        raise _refusal("profile_invalid", name, rows)
    return profile


def _refusal(code: str, name: str | Path, rows: list[Finding]) -> Refusal:
    first = str(rows[0]["column"]) if rows else ""
    return Refusal(
        code, 422, {"profile": str(name), "count": len(rows), "first": first}, list(rows)
    )


@cache
def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        rows = [finding("", "profile_not_utf8")]
    except tomllib.TOMLDecodeError as problem:
        rows = [_syntax(str(problem))]
    raise _refusal("profile_invalid", path.name, rows)


def _syntax(problem: str) -> Finding:
    """Where the file is no TOML; the parser's own words are English and stay so."""
    found = _AT.search(problem)
    line = int(found["line"]) if found and found["line"] else 0
    code = "profile_syntax" if line else "profile_syntax_end"
    return finding("", code, problem=_AT.sub("", problem)) | {"row": line}


def _read(name: str | Path) -> dict[str, Any]:
    if isinstance(name, Path):
        path = name
    elif name in names():
        path = _FOLDER / f"{name}.toml"
    else:
        raise Refusal("profile_unknown", 404, {"profile": name, "known": ", ".join(names())})
    if not path.is_file():
        raise Refusal("profile_unknown", 404, {"profile": str(name), "known": ", ".join(names())})
    return _parsed(path)


def _leaves(data: dict[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for key, value in data.items():
        if isinstance(value, dict):
            found += _leaves(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, value))
    return found


def _get(data: dict[str, Any], path: str) -> object:
    here: Any = data
    for key in path.split("."):
        if not isinstance(here, dict) or key not in here:
            return _MISSING
        here = here[key]
    return here


def _put(data: dict[str, Any], path: str, value: object, name: str) -> None:
    *tables, last = path.split(".")
    here: Any = data
    for key in tables:
        here = here.setdefault(key, {})
        if not isinstance(here, dict):
            raise _refusal("profile_invalid", name, [finding(path, "profile_path")])
    here[last] = value


def _less(active: object, noticed: object) -> bool:
    return isinstance(active, int) and isinstance(noticed, int) and active < noticed
