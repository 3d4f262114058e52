"""Canonical JSON: the one byte form that is hashed, signed and compared.

UTF-8, keys sorted by code point, no white space, no floats. Documented for other
implementers in ``docs/reference/journal.md``; the verifier has its own writer.
"""

from __future__ import annotations

import json


def canonical(value: object) -> bytes:
    """The canonical bytes of ``value``; TypeError for floats and unknown types."""
    _refuse_floats(value)
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("canonical JSON holds no floats; use integers or decimal strings")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("canonical JSON has string keys only")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
