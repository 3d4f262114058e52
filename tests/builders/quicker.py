"""What hundreds of tests would each make anew, and what comes out the same: made once for all.

Every test opens databases and builds applications of its own. Nothing here changes what the
program does; a small test takes the processor a good deal less time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_MANY = 5_000  # statements, of both kinds of database
_write_address = Rule._compile_builder
_addresses: dict[object, Callable[..., tuple[str, str]]] = {}


def make_once() -> None:
    """For the whole run."""
    Rule._compile_builder = _address_writer  # type: ignore[assignment,method-assign]
    # a compiled statement is found by its dialect among other things, and each engine has its own
    DefaultDialect.__hash__ = _hash  # type: ignore[assignment,method-assign]
    DefaultDialect.__eq__ = _equal  # type: ignore[method-assign]
    Engine._compiled_cache = _Statements()  # type: ignore[assignment]


def _address_writer(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """The function that writes a route's address."""
    what = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if what not in _addresses:
        _addresses[what] = _write_address(rule, append_unknown)
    return _addresses[what]


class _Statements:
    """The one cache of all engines' compiled statements."""

    def __init__(self) -> None:
        self._held: LRUCache[Any, Any] = LRUCache(_MANY)

    def __get__(self, engine: Engine | None, _owner: type) -> LRUCache[Any, Any]:
        return self._held

    def __set__(self, engine: Engine, own: object) -> None:
        """An engine comes with one of its own, which nobody asks."""


def _sort(dialect: Any) -> tuple[object, ...]:
    """What decides how a statement is written and its values are read."""
    reads = dialect._json_serializer, dialect._json_deserializer
    return type(dialect), dialect.server_version_info, *reads


def _hash(dialect: Any) -> int:
    return hash(_sort(dialect))


def _equal(dialect: Any, other: object) -> bool:
    return type(dialect) is type(other) and _sort(dialect) == _sort(other)
