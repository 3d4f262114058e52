"""Canonical JSON (§1): an own strict reader and an own writer."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, NoReturn

_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPED = re.compile(r'["\\\x00-\x1f]')


class NotJson(Exception):
    """The bytes are not JSON as §1 allows it."""


def read(raw: bytes) -> Any:
    """The value of ``raw``; NotJson for floats, repeated keys, bad UTF-8 or too deep nesting.

    Only what a reader needs to go on safely; whether the bytes are *the* canonical ones is
    asked by :func:`is_canonical`.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=_refuse,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as problem:
        raise NotJson from problem


def write(value: Any) -> bytes:
    """The canonical bytes; NotJson when there are none (a float, a lone surrogate)."""
    parts: list[str] = []
    try:
        _write(value, parts)
        return "".join(parts).encode("utf-8")
    except (UnicodeEncodeError, RecursionError, ValueError) as problem:
        raise NotJson from problem


def is_canonical(value: Any, raw: bytes) -> bool:
    """Whether ``raw`` is the canonical form of ``value``."""
    try:
        return write(value) == raw
    except NotJson:
        return False


def digest(value: Any) -> str | None:
    """The digest of a value, or None when it has no canonical form."""
    try:
        return hashlib.sha256(write(value)).hexdigest()
    except NotJson:
        return None


def _write(value: Any, parts: list[str]) -> None:
    if value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(int.__repr__(value))
    elif isinstance(value, str):
        parts.append(_string(value))
    elif isinstance(value, list):
        _write_list(value, parts)
    elif isinstance(value, dict):
        _write_object(value, parts)
    else:
        raise NotJson


def _write_list(value: list[Any], parts: list[str]) -> None:
    opening = "["
    for inner in value:
        parts.append(opening)
        _write(inner, parts)
        opening = ","
    parts.append("]" if value else "[]")


def _write_object(value: dict[Any, Any], parts: list[str]) -> None:
    if not all(isinstance(key, str) for key in value):
        raise NotJson
    opening = "{"
    for key in sorted(value):  # Python compares strings by code point
        parts.append(opening)
        parts.append(_string(key))
        parts.append(":")
        _write(value[key], parts)
        opening = ","
    parts.append("}" if value else "{}")


def _string(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members
