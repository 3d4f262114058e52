"""``sitting.json`` (§4): the state that the journal must lead to, read with care."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exam_server.verify import jsonform
from exam_server.verify.archive import Unreadable
from exam_server.verify.attempt import Rules
from exam_server.verify.finding import Findings
from exam_server.verify.values import is_count, is_hex, is_integer

FORMAT = "kaochang/journal/1"
_PARTS: dict[str, type] = {
    "format": str,
    "centre": str,
    "exam": str,
    "sitting": str,
    "mode": str,
    "limits": dict,
    "attempts": list,
    "responses": dict,
    "scores": list,
    "shapes": dict,
    "index_differs": list,
}
_STATES = ("assigned", "checked_in", "in_progress", "paused", "submitted", "absent", "voided")


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


_ATTEMPT: dict[str, Callable[[Any], bool]] = {
    "id": _is_string,
    "candidate": _is_string,
    "subject": _is_string,
    "ordinal": is_count,
    "form": _is_string,
    "state": lambda value: _is_string(value) and value in _STATES,
    "cause": lambda value: value is None or _is_string(value),
    "limit_ms": is_count,
    "granted_ms": is_integer,
    "spent_ms": is_count,
    "left_ms": is_integer,
    "answered": is_count,
    "head_seq": is_count,
    "head": is_hex,
    "fence": is_count,
}
_SCORE: dict[str, Callable[[Any], bool]] = {
    "attempt": _is_string,
    "points": _is_string,
    "version": is_count,
    "scoring_digest": is_hex,
    "head": is_hex,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """The well-formed parts. ``outlines``: form → item → (type, number of options)."""

    sitting: str
    text: dict[str, str]
    rules: Rules
    attempts: dict[str, dict[str, Any]]
    responses: dict[str, dict[str, list[Any]]]
    scores: list[dict[str, Any]]
    outlines: dict[str, dict[str, tuple[str, int]]]


def read_statement(raw: bytes, findings: Findings) -> Statement:
    """The statement; Unreadable only when it is not a JSON object that names a sitting."""
    try:
        value = jsonform.read(raw)
    except jsonform.NotJson:
        raise Unreadable("statement_unreadable", {}) from None
    if not isinstance(value, dict) or not isinstance(value.get("sitting"), str):
        raise Unreadable("statement_unreadable", {})
    if not jsonform.is_canonical(value, raw):
        findings.add("statement_not_canonical")
    for name in sorted(value.keys() - _PARTS.keys()):
        findings.add("statement_malformed", field=name)
    for name, kind in _PARTS.items():
        if not isinstance(value.get(name), kind):
            findings.add("statement_malformed", field=name)
            value[name] = kind()
    if value["format"] != FORMAT:
        findings.add("format_unknown", format=value["format"])
    for place in value["index_differs"]:
        chain, seq = place if isinstance(place, list) and len(place) == 2 else (None, None)
        findings.add(
            "index_differs",
            chain if isinstance(chain, str) else None,
            seq if is_count(seq) else None,
        )
    if value["mode"] not in ("formal", "trial", "practice"):
        findings.add("statement_malformed", field="mode")
    return Statement(
        sitting=value["sitting"],
        text={name: value[name] for name in ("centre", "exam", "mode")},
        rules=_rules(value["limits"], findings),
        attempts=_attempts(value["attempts"], findings),
        responses=_responses(value["responses"], findings),
        scores=well_formed_rows(value["scores"], _SCORE, "scores", findings),
        outlines=_outlines(value["shapes"], findings),
    )


def _rules(limits: dict[str, Any], findings: Findings) -> Rules:
    def number(name: str, default: int) -> int:
        value = limits.get(name, default)
        if not is_count(value):
            findings.add("statement_malformed", field=f"limits.{name}")
            return default
        return value

    return Rules(
        grace_ms=number("accept_grace_seconds", 5) * 1000,
        grant_alone_ms=number("proctor_grant_minutes", 10) * 60_000,
        reconnect_ms=number("reconnect_window_seconds", 15) * 1000,
    )


def well_formed_rows(
    rows: list[Any], fields: dict[str, Callable[[Any], bool]], name: str, findings: Findings
) -> list[dict[str, Any]]:
    """Those with exactly these fields, each as it should be; a finding for every other."""
    good = []
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or row.keys() != fields.keys():
            findings.add("statement_malformed", field=f"{name}[{number}]")
            continue
        wrong = [field for field, check in fields.items() if not check(row[field])]
        ident = row["id"] if isinstance(row.get("id"), str) else None
        for field in wrong:
            findings.add("statement_malformed", ident, field=f"{name}[{number}].{field}")
        if not wrong:
            good.append(row)
    return good


def _attempts(rows: list[Any], findings: Findings) -> dict[str, dict[str, Any]]:
    attempts: dict[str, dict[str, Any]] = {}
    seats: set[tuple[str, int]] = set()
    for row in well_formed_rows(rows, _ATTEMPT, "attempts", findings):
        place = (row["candidate"], row["ordinal"])
        if row["id"] in attempts or place in seats:
            findings.add("attempt_repeated", row["id"])
        attempts[row["id"]] = row
        seats.add(place)
    return attempts


def _responses(value: dict[str, Any], findings: Findings) -> dict[str, dict[str, list[Any]]]:
    good: dict[str, dict[str, list[Any]]] = {}
    for attempt, items in value.items():
        if not isinstance(items, dict):
            findings.add("statement_malformed", attempt, field="responses")
            continue
        good[attempt] = {}
        for item, row in items.items():
            if isinstance(row, list) and len(row) == 6:
                good[attempt][item] = row
            else:
                findings.add("statement_malformed", attempt, field=f"responses.{item}")
    return good


def _outlines(shapes: dict[str, Any], findings: Findings) -> dict[str, dict[str, tuple[str, int]]]:
    outlines = {}
    for form, shape in shapes.items():
        try:
            outlines[form] = _outline(form, shape)
        except (KeyError, TypeError, ValueError):
            findings.add("statement_malformed", field=f"shapes.{form}")
    return outlines


def _outline(form: str, shape: Any) -> dict[str, tuple[str, int]]:
    """Item → (type, options) of one shape; KeyError, TypeError or ValueError if malformed."""
    if shape["form_id"] != form:
        raise ValueError
    outline: dict[str, tuple[str, int]] = {}
    for section in shape["sections"]:
        if section["type"] not in ("single", "multiple", "true_false"):
            raise ValueError
        for item in section["items"]:
            if not isinstance(item["id"], str) or not is_count(item["options"]):
                raise ValueError
            if item["id"] in outline:
                raise ValueError
            outline[item["id"]] = (section["type"], item["options"])
    return outline
