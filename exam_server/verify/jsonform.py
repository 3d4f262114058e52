"""Canonical JSON (§1): a strict reader, and a writer that is not the one which wrote the journal.

The program writes with msgspec; what is checked here is written again by the standard library.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


_READER = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_object)
_WRITER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


class NotJson(Exception):
    """The bytes are not JSON as §1 allows it."""


def read(raw: bytes) -> Any:
    """The value of ``raw``; NotJson for floats, repeated keys, bad UTF-8 or too deep nesting.

    Only what a reader needs to go on safely; whether the bytes are *the* canonical ones is
    asked by :func:`is_canonical`.
    """
    try:
        return _READER.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise NotJson from problem


def write(value: Any) -> bytes:
    """The canonical bytes of what :func:`read` gave; NotJson when there are none: a lone surrogate,
    a number or a nesting beyond all measure."""
    try:
        return _WRITER.encode(value).encode("utf-8")
    except (ValueError, RecursionError) as problem:
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
