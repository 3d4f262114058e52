"""The group a line is drawn for: city × trade × level by default (DOMAIN D14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FIELDS = ("city", "trade", "level")
ANY = "*"
_SEPARATOR = "|"


def group_key(values: Mapping[str, str], group_by: Sequence[str]) -> str:
    """``商洛市|汽车驾驶员|L3``; a field that does not divide groups is ``*``.

    Values come from the roster, where ``|`` does not stand for itself: it becomes ``／``.
    """
    return _SEPARATOR.join(
        values[field].replace(_SEPARATOR, "／") if field in group_by else ANY for field in FIELDS
    )


def parts_of(key: str) -> dict[str, str]:
    """The key's city, trade and level; ValueError if it is none."""
    parts = key.split(_SEPARATOR)
    if len(parts) != len(FIELDS):
        raise ValueError("not a group key")
    return dict(zip(FIELDS, parts, strict=True))
