"""A profile's file: where it lies, its TOML, and its places by dotted path."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from exam_server.errors import Refusal
from exam_server.profiles.structure import Finding, finding

SUFFIX = ".toml"
MISSING = object()
_FOLDER = Path(__file__).parent
_AT = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def names(centre: Path | None = None) -> list[str]:
    """Profiles that come with the program and, given its folder, those of the centre."""
    folders = [_FOLDER] if centre is None else [_FOLDER, centre]
    return sorted({path.stem for folder in folders for path in folder.glob(f"*{SUFFIX}")})


def locate(text: str, centre: Path | None = None) -> str | Path:
    """What a person means: a profile of the program, one of the centre's folder, or a file.

    Refusal ``profile_unknown`` 404.
    """
    if text in names():
        return text
    if text.endswith(SUFFIX):
        return Path(text)
    if centre is not None and text in names(centre):
        return centre / f"{text}{SUFFIX}"
    raise _unknown(text, centre)


def text_of(name: str | Path) -> str:
    """The file as it is written; Refusal ``profile_unknown`` 404."""
    return _path(name).read_text(encoding="utf-8-sig")


def read(name: str | Path) -> dict[str, Any]:
    """The file's tables: of the program's profile ``name``, or of the file at a path.

    Refusals: ``profile_unknown`` 404; ``profile_invalid`` 422 for what is no TOML.
    """
    path = _path(name)
    return _own(path) if isinstance(name, str) else _parsed(path)


def invalid(name: str | Path, rows: list[Finding], code: str = "profile_invalid") -> Refusal:
    """The refusal of a whole file, with every place."""
    first = str(rows[0]["column"]) if rows else ""
    facts: dict[str, object] = {"profile": str(name), "count": len(rows), "first": first}
    return Refusal(code, 422, facts, list(rows))


def leaves(data: dict[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    """Every value that is no table, by its dotted path, in the file's order."""
    found: list[tuple[str, object]] = []
    for key, value in data.items():
        if isinstance(value, dict):
            found += leaves(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, value))
    return found


def get(data: dict[str, Any], path: str) -> object:
    """The value at a dotted path, ``MISSING`` where there is none."""
    here: Any = data
    for key in path.split("."):
        if not isinstance(here, dict) or key not in here:
            return MISSING
        here = here[key]
    return here


def put(data: dict[str, Any], path: str, value: object, name: str | Path) -> None:
    """Set the value at a dotted path; Refusal ``profile_invalid`` 422 where no table can be."""
    *tables, last = path.split(".")
    here: Any = data
    for key in tables:
        here = here.setdefault(key, {})
        if not isinstance(here, dict):
            raise invalid(name, [finding(path, "profile_path")])
    here[last] = value


def _path(name: str | Path) -> Path:
    """Where it lies: of a name, among the program's own."""
    path = _FOLDER / f"{name}{SUFFIX}" if isinstance(name, str) else name
    if (isinstance(name, str) and name not in names()) or not path.is_file():
        raise _unknown(name)
    return path


def _unknown(name: str | Path, centre: Path | None = None) -> Refusal:
    known = ", ".join(names(centre))
    return Refusal("profile_unknown", 404, {"profile": str(name), "known": known})


@cache
def _own(path: Path) -> dict[str, Any]:
    return _parsed(path)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        rows = [finding("", "profile_not_utf8")]
    except tomllib.TOMLDecodeError as problem:
        rows = [_syntax(str(problem))]
    raise invalid(path.name, rows)


def _syntax(problem: str) -> Finding:
    """Where the file is no TOML; the parser's own words are English and stay so."""
    found = _AT.search(problem)
    line = int(found["line"]) if found and found["line"] else 0
    code = "profile_syntax" if line else "profile_syntax_end"
    return finding("", code, problem=_AT.sub("", problem)) | {"row": line}
