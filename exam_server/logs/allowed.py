"""The allow-list: which events there are, and which fields of which form may leave."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec

CATALOGUE = Path(__file__).with_name("catalogue.toml")
_LARGEST = 10**14  # wall milliseconds fit, an ID number of 15 digits does not


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and abs(value) < _LARGEST


# a form is narrow enough that no ID number, name, item text, key, code or token has it
FORMS: dict[str, Callable[[object], bool]] = {
    "number": _is_number,
    "flag": lambda value: isinstance(value, bool),
    "word": _matches(r"[a-z][a-z_]{0,39}"),  # a code of the program, no digits
    "id": _matches(r"[0-9a-hjkmnp-tv-z]{20}"),  # exam_server.ids
    "route": _matches(
        r"/(?:/|[a-z_.-]{1,30}|<[a-z_:]{1,30}>){0,20}"
    ),  # as it stands in the program
}


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event. ``fields``: name → form."""

    level: str
    zh: str
    en: str
    fields: dict[str, str] = {}


def read(path: Path = CATALOGUE) -> dict[str, Event]:
    """The catalogue; ValueError when a field has a form that does not exist."""
    found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[str, Event])
    for name, event in found.items():
        if unknown := set(event.fields.values()) - FORMS.keys():
            raise ValueError(f"log catalogue: {name}: no such form {sorted(unknown)}")
    return found


EVENTS = read()


def allowed(event: str, fields: dict[str, object]) -> dict[str, object]:
    """Those fields that the catalogue names for the event and that have their form."""
    known = EVENTS.get(event)
    if known is None:
        return {}
    return {
        name: value
        for name, value in fields.items()
        if name in known.fields and FORMS[known.fields[name]](value)
    }
