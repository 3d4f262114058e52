"""The kinds of entries, their fields and who acts (§5), as a table of this package's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exam_server.verify.values import (
    is_count,
    is_hex,
    is_integer,
    is_letters,
    is_revision,
    is_staff,
    is_text,
)

Check = Callable[[Any], bool]

_POINTS = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_name(value: Any) -> bool:
    return isinstance(value, str)


def _is_seat(value: Any) -> bool:
    return value is None or is_integer(value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_points(value: Any) -> bool:
    return isinstance(value, str) and _POINTS.fullmatch(value) is not None


def _one_of(*words: str) -> Check:
    return lambda value: value in words if isinstance(value, str) else False


def _is_head(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and is_count(value[0]) and is_hex(value[1])


def _is_heads(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_head(pair) for pair in value.values())


@dataclass(frozen=True, slots=True)
class Kind:
    """What §5 says of one kind. ``actors``: of candidate, system, staff."""

    actors: frozenset[str]
    fields: dict[str, Check]
    optional: dict[str, Check]


def _kind(actors: str, fields: dict[str, Check], optional: dict[str, Check] | None = None) -> Kind:
    return Kind(frozenset(actors.split()), fields, optional or {})


_REASON: dict[str, Check] = {"reason": is_text}
_ANSWER: dict[str, Check] = {
    "item": _is_name,
    "options": is_letters,
    "marked": _is_bool,
    "revision": is_revision,
}
_RECEIVED: dict[str, Check] = {**_ANSWER, "elapsed_ms": is_integer}
_REPORTED = _kind("candidate", {"elapsed_ms": is_integer}, {"data": _is_object})
_PAUSE = _kind("staff", _REASON)
_GRANT: dict[str, Check] = {"ms": is_integer, "reason": is_text}
_MESSAGE = _kind("staff", {"text": _is_name})
_INCIDENT = _kind("staff", {"kind": _is_name, "text": _is_name, "id": _is_name})
_SETTLED = _kind("staff", {"id": _is_name, **_REASON})
_OF_CANDIDATE = _kind("candidate", {})

ATTEMPT_KINDS: dict[str, Kind] = {
    "assigned": _kind(
        "system",
        {
            "candidate": _is_name,
            "subject": _is_name,
            "ordinal": is_count,
            "form": _is_name,
            "limit_ms": is_count,
            "seat": _is_seat,
        },
    ),
    "logged_in": _kind("candidate", {"seat": _is_seat, "terminal": _is_name}),
    "second_login": _kind("candidate", {"seat": _is_seat}),
    "machine_changed": _kind(
        "candidate", {"from": _is_seat, "to": _is_seat}, {"lost_ms": is_count}
    ),
    "terminal_released": _kind("staff", _REASON, {"to": _is_seat}),
    "machine_change_refused": _kind("staff", _REASON),
    "loss_declined": _kind("staff", {"ms": is_count, **_REASON}),
    "fenced": _kind("system", {"fence": is_count}),
    "confirmed": _OF_CANDIDATE,
    "info_disputed": _OF_CANDIDATE,
    "pledged": _OF_CANDIDATE,
    "hand_raised": _OF_CANDIDATE,
    "checked_in": _OF_CANDIDATE,
    "hand_lowered": _kind("candidate staff", {}),
    "late_admitted": _kind("staff", _REASON),
    "absent": _kind("staff", _REASON),
    "started": _kind(
        "candidate", {"late_ms": is_count, "limit_ms": is_count, "spent_ms": is_count}
    ),
    "response": _kind("candidate", _RECEIVED),
    "superseded": _kind("candidate", _RECEIVED),
    "late_evidence": _kind(
        "candidate",
        {**_RECEIVED, "reason": _one_of("submitted", "fence")},
        {"silent_ms": is_integer},
    ),
    "outbox_carried": _kind("staff", {"fence": is_count, "terminal": _is_name, "count": is_count}),
    "recovery_proposed": _kind("staff", {"case": _is_name, "apply": _is_bool, **_REASON}),
    "recovery_decided": _kind("staff", {"case": _is_name, "agree": _is_bool, **_REASON}),
    "recovered": _kind(
        "staff", {"case": _is_name, **_ANSWER, "first": is_staff, "second": is_staff}
    ),
    "paused": _PAUSE,
    "resumed": _PAUSE,
    "granted": _kind("staff", _GRANT, {"second": is_staff}),
    "submitted": _kind(
        "candidate system staff",
        {
            "cause": _one_of("candidate", "time", "proctor"),
            "left_ms": is_integer,
            "answered": is_count,
        },
        _REASON,
    ),
    "scored": _kind(
        "system",
        {"points": _is_points, "version": is_count, "scoring_digest": is_hex, "head": is_hex},
        _REASON,
    ),
    "voided": _kind("staff", _REASON),
    "lost": _kind("system", {}),
    "reconnected": _kind(
        "system candidate",
        {},
        {"silent_ms": is_integer, "elapsed_ms": is_integer, "data": _is_object},
    ),
    "message": _MESSAGE,
    "incident": _INCIDENT,
    "incident_settled": _SETTLED,
    "explained": _kind("staff", {"cause": _one_of("blank", "unsynced"), **_REASON}),
    **dict.fromkeys(
        (
            "opened",
            "open_failed",
            "reloaded",
            "focus_lost",
            "focus_back",
            "full_screen_left",
            "full_screen_entered",
            "copy_attempted",
            "paste_attempted",
            "print_attempted",
            "clock_differs",
        ),
        _REPORTED,
    ),
}

SITTING_KINDS: dict[str, Kind] = {
    "planned": _kind("staff", {}, {"exam": _is_name, "centre": _is_name, "mode": _is_name}),
    "ready": _kind("system staff", {}),
    "unsealed": _kind("staff", {"package": _is_name, "first": is_staff, "second": is_staff}),
    "bell": _kind("staff", {"forms": _is_names, "keys_digest": is_hex, "checked_in": is_count}),
    "paused": _kind("staff system", _REASON),
    "resumed": _PAUSE,
    "outage": _kind(
        "system",
        {
            "from_at": is_integer,
            "to_at": is_integer,
            "from_clock": is_integer,
            "to_clock": is_integer,
            "ms": is_count,
            "boots": _one_of("same", "changed"),
        },
    ),
    "granted": _kind("staff", {**_GRANT, "attempts": _is_names}, {"second": is_staff}),
    "message": _MESSAGE,
    "incident": _INCIDENT,
    "heads": _kind("system", {"heads": _is_heads}, {"acts": _is_head}),
    "golden": _kind("system", {"form": _is_name, "scoring_digest": is_hex}, {"points": _is_points}),
    "key_corrected": _kind(
        "staff",
        {
            "form": _is_name,
            "from": is_hex,
            "to": is_hex,
            "version": is_count,
            "correction": _is_name,
            "first": is_staff,
            "second": is_staff,
            **_REASON,
        },
    ),
    "workstation": _kind(
        "staff", {"seat": is_count, "use": _one_of("spare", "out_of_use"), **_REASON}
    ),
    "incident_settled": _SETTLED,
    "closed": _kind(
        "staff",
        {},
        dict.fromkeys(("expected", "present", "absent", "submitted", "explained"), is_count),
    ),
    "released": _kind("staff", {}),
}


def actor_class(actor: str) -> str | None:
    """candidate, system or staff; None for an actor that §2 does not know."""
    if actor.startswith("staff:") and len(actor) > len("staff:"):
        return "staff"
    return actor if actor in ("candidate", "system") else None
