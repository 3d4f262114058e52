"""Canonical JSON: the one byte form that is hashed, signed and compared.

UTF-8, keys sorted by code point, no white space, no floats. Documented for other
implementers in ``docs/reference/journal.md``; the verifier writes it with another library.
"""

from __future__ import annotations

import msgspec

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_PLAIN = frozenset({str, int, bool, type(None)})


def canonical(value: object) -> bytes:
    """The canonical bytes of ``value``; TypeError for floats and unknown types."""
    _only_plain(value)
    return _ENCODE(value)


def _only_plain(value: object) -> None:
    """The encoder itself would also write what has no canonical form: floats, bytes, dates."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("canonical JSON has string keys only")
            if type(inner) not in _PLAIN:
                _only_plain(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            if type(inner) not in _PLAIN:
                _only_plain(inner)
    elif isinstance(value, float):
        raise TypeError("canonical JSON holds no floats; use integers or decimal strings")
    elif not isinstance(value, str | int | None):
        raise TypeError(f"canonical JSON holds no {type(value).__name__}")
