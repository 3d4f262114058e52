"""The group a line is drawn for: city × trade × level by default (DOMAIN D14).

The year and the batch are the exam's own: a line belongs to one exam.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FIELDS = ("city", "trade", "level")
ANY = "*"
PROVINCIAL = "省直"
_PROVINCIAL_NAMES = ("省直", "省级", "省属", "中央", "中直", "部属")
_SEPARATOR = "|"


def line_city(city: str) -> str:
    """Whose line is a person's: the city 所在市 that the roster names, not the room's.

    Provincial and central units are one pseudo-city 省直, however the roster writes it
    (省级单位, 中央驻陕单位); where the authority assigns such a unit to a city, the roster
    names that city.
    """
    return PROVINCIAL if city.startswith(_PROVINCIAL_NAMES) else city


def group_key(values: Mapping[str, str], group_by: Sequence[str]) -> str:
    """``商洛市|汽车驾驶员|L3``; a field that does not divide groups is ``*``.

    Values come from the roster, where ``|`` does not stand for itself: it becomes ``／``.
    """
    return _SEPARATOR.join(
        values[field].replace(_SEPARATOR, "／") if field in group_by else ANY for field in FIELDS
    )


def key_of(city: str, trade: str, level: str, group_by: Sequence[str]) -> str:
    """The key of the group whose line is a person's; ``city``: as the roster or
    :func:`line_city` writes it."""
    return group_key({"city": line_city(city), "trade": trade, "level": level}, group_by)


def parts_of(key: str) -> dict[str, str]:
    """The key's city, trade and level; ValueError if it is none."""
    parts = key.split(_SEPARATOR)
    if len(parts) != len(FIELDS):
        raise ValueError("not a group key")
    return dict(zip(FIELDS, parts, strict=True))
