"""``scores.json`` of a proof (proof page §2), read with care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exam_server.verify import jsonform
from exam_server.verify.archive import Unreadable
from exam_server.verify.finding import Findings
from exam_server.verify.proof_packages import STATES
from exam_server.verify.scoring import fraction
from exam_server.verify.statement import well_formed_rows
from exam_server.verify.values import is_count, is_hex

FORMAT = "kaochang/proof/1"
_PARTS: dict[str, type] = {
    "format": str,
    "exam": str,
    "exam_name": str,
    "packages": list,
    "corrections": list,
    "results": list,
    "released": list,
}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_points(value: Any) -> bool:
    try:
        fraction(value)
    except ValueError:
        return False
    return True


def _has(fields: Mapping[str, Callable[[Any], bool]]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict)
        and value.keys() == fields.keys()
        and all(check(value[name]) for name, check in fields.items())
    )


def _each(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _by_name(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def _row_of(*checks: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(checks)
        and all(check(part) for check, part in zip(checks, value, strict=True))
    )


def _or_none(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


_SCORE = {
    "version": is_count,
    "points": _is_points,
    "scoring_digest": is_hex,
    "head": is_hex,
    "reason": _or_none(_is_text),
}
_KEY = {"from": is_hex, "to": is_hex, "version": is_count, "golden": _or_none(_is_text)}
_ROWS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "packages": {
        "id": _is_text,
        "digest": is_hex,
        "centre": _is_text,
        "key": _is_text,
        "state": lambda value: _is_text(value) and value in STATES,
        "forms": _by_name(is_hex),
    },
    "corrections": {
        "id": _is_text,
        "items": _each(_row_of(_is_text, _is_text, _is_text)),
        "keys": _by_name(_has(_KEY)),
        "trial": _each(_row_of(_is_text, is_hex, is_count, _is_points, _is_points)),
        "effects": lambda value: isinstance(value, dict),
        "digest": is_hex,
    },
    "results": {
        "candidate": _is_text,
        "ticket": _is_text,
        "subject": _is_text,
        "attempt": _is_text,
        "form": _is_text,
        "state": _is_text,
        "package": is_hex,
        "scores": _each(_has(_SCORE)),
    },
    "released": {
        "group": _is_text,
        "version": is_count,
        "results": _by_name(
            _has({"sum": _or_none(_is_points), "subjects": _by_name(_or_none(_is_points))})
        ),
    },
}


def read_stated(raw: bytes, findings: Findings) -> dict[str, Any]:
    """Its well-formed parts, a finding for every other; Unreadable when it is none."""
    try:
        value = jsonform.read(raw)
    except jsonform.NotJson:
        raise Unreadable("proof_unreadable", {}) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Unreadable("proof_unreadable", {})
    if not jsonform.is_canonical(value, raw):
        findings.add("proof_not_canonical")
    for name, kind in _PARTS.items():
        if not isinstance(value.get(name), kind):
            findings.add("statement_malformed", field=name)
            value[name] = kind()
    for name, fields in _ROWS.items():
        value[name] = well_formed_rows(value[name], fields, name, findings)
    return value
