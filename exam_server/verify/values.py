"""Small checks of values that come from outside: types, ranges, letters, digests."""

from __future__ import annotations

import re
from typing import Any, TypeGuard

_GREATEST = 2**53
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LETTERS = "abcdefgh"


def is_integer(value: Any) -> TypeGuard[int]:
    """An integer that any JSON reader holds exactly; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and -_GREATEST < value < _GREATEST


def is_count(value: Any) -> TypeGuard[int]:
    """An integer from 0."""
    return is_integer(value) and value >= 0


def is_text(value: Any) -> TypeGuard[str]:
    """A string that says something."""
    return isinstance(value, str) and value.strip() != ""


def is_hex(value: Any) -> TypeGuard[str]:
    """A digest: 64 lower-case hex digits."""
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def is_letters(value: Any) -> TypeGuard[str]:
    """Options chosen: canonical letters, sorted, each once; "" is a blank."""
    return (
        isinstance(value, str)
        and all(letter in _LETTERS for letter in value)
        and list(value) == sorted(set(value))
    )


def is_revision(value: Any) -> TypeGuard[list[int]]:
    """[fence, counter]."""
    return isinstance(value, list) and len(value) == 2 and all(is_count(part) for part in value)


def is_staff(value: Any) -> TypeGuard[str]:
    """A member of staff as an actor string."""
    return isinstance(value, str) and value.startswith("staff:") and len(value) > len("staff:")
