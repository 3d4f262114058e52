"""Whether a file has the structure of a profile: every problem with its place, in words.

``msgspec`` stops at the first problem and speaks English; an office that writes its own
file wants all of them at once, in its language.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

Finding = dict[str, Any]

_SIMPLE = {str: "profile_text", int: "profile_whole_number", bool: "profile_yes_no"}


def finding(path: str, code: str, **facts: object) -> Finding:
    """One located problem, in the row shape of :class:`exam_server.errors.Refusal`."""
    return {"row": 0, "column": path, "code": code, "facts": facts}


def misfits(data: object, wanted: Any, place: str = "") -> Iterator[Finding]:
    """Every place where ``data`` (as TOML gives it) is not what the type ``wanted`` takes.

    ``wanted``: a ``msgspec.Struct`` or what its fields may be. Empty for sound data.
    """
    kind = get_origin(wanted) or wanted
    if kind in (Union, UnionType):
        (inner,) = (one for one in get_args(wanted) if one is not NoneType)
        yield from misfits(data, inner, place)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _table(data, kind, place)
    elif kind is dict:
        yield from _entries(data, get_args(wanted), place)
    elif kind is tuple:
        yield from _list(data, get_args(wanted)[0], place)
    elif (words := _words(wanted)) is not None:
        if data not in words:
            yield finding(place, "profile_word", value=data, words=" ".join(words))
    elif type(data) is not wanted:
        # as the file writes it, so that "60" is told from 60
        yield finding(
            place, _SIMPLE[wanted], value=json.dumps(data, ensure_ascii=False, default=str)
        )


def type_at(wanted: Any, path: str) -> Any:
    """What the type ``wanted`` takes at a dotted path; None where it has no such place."""
    for key in path.split("."):
        kind = get_origin(wanted) or wanted
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            wanted = _types(kind).get(key)
        elif kind is dict:
            wanted = get_args(wanted)[1]
        else:
            return None
    return wanted


def stand_in(wanted: Any) -> object:
    """Some sound value of the type ``wanted``, in the shape TOML gives it."""
    kind = get_origin(wanted) or wanted
    if kind in (Union, UnionType):
        return stand_in(get_args(wanted)[0])
    if words := _words(wanted):
        return words[0]
    return {str: "1", int: 1, bool: False, tuple: [], dict: {}}.get(kind, {})


def _table(data: object, kind: type[msgspec.Struct], place: str) -> Iterator[Finding]:
    if not isinstance(data, dict):
        yield finding(place, "profile_table")
        return
    types = _types(kind)
    for field in msgspec.structs.fields(kind):
        if field.name in data:
            yield from misfits(data[field.name], types[field.name], _join(place, field.name))
        elif field.required:
            yield finding(_join(place, field.name), "profile_missing")
    for key in data:
        if key not in types:
            near = get_close_matches(key, types, n=1) or list(types)
            yield finding(_join(place, key), "profile_key", key=key, known=" ".join(near))


def _entries(data: object, types: tuple[Any, Any], place: str) -> Iterator[Finding]:
    if not isinstance(data, dict):
        yield finding(place, "profile_table")
        return
    keys = _words(types[0])
    for key, value in data.items():
        if keys is not None and key not in keys:
            yield finding(_join(place, key), "profile_key", key=key, known=" ".join(keys))
        yield from misfits(value, types[1], _join(place, key))


def _list(data: object, wanted: Any, place: str) -> Iterator[Finding]:
    if not isinstance(data, list | tuple):
        yield finding(place, "profile_list")
        return
    for number, entry in enumerate(data):
        yield from misfits(entry, wanted, f"{place}[{number}]")


def _words(wanted: Any) -> tuple[str, ...] | None:
    """The words a choice allows; None for what is no choice."""
    if get_origin(wanted) is Literal:
        return get_args(wanted)
    if isinstance(wanted, type) and issubclass(wanted, enum.StrEnum):
        return tuple(one.value for one in wanted)
    return None


@cache
def _types(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(kind)


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
