"""What a form or an interface asks for, as a wish: plain texts in, ``""`` for no change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exam_server.desk.rules.changes import Registration
from exam_server.desk.rules.needs import Needs, time_factor
from exam_server.desk.rules.wishes import Wish
from exam_server.errors import Refusal

_PAID = {"yes": True, "no": False}


def wish_from(said: Mapping[str, str]) -> Wish:
    """The wish in fields ``registration``, ``condition``, ``paid``, ``route``, ``name`` and, where
    ``needs`` is "set", ``time_factor``, ``large_print``, ``separate_room``.

    Refusals 422: ``update_word`` for a word that is none of a field's; ``roster_time_factor``.
    """
    return Wish(
        registration=_one_of(said, "registration", {one.value: one for one in Registration}),
        condition=_one_of(said, "condition", {"cleared": "cleared", "failed": "failed"}),
        paid=_one_of(said, "paid", _PAID),
        route=said.get("route") or None,
        name=said.get("name", "").strip() or None,
        needs=_needs(said) if said.get("needs") else None,
    )


def _one_of(said: Mapping[str, str], field: str, known: Mapping[str, Any]) -> Any:
    word = said.get(field, "")
    if word and word not in known:
        raise Refusal("update_word", 422, {"value": word[:40], "known": " ".join(known)})
    return known.get(word)


def _needs(said: Mapping[str, str]) -> Needs:
    factor = time_factor(said.get("time_factor", "").strip())
    if factor is None:
        raise Refusal("roster_time_factor", 422, {"value": said["time_factor"][:40]})
    return Needs(
        time_factor=factor,
        large_print=bool(said.get("large_print")),
        separate_room=bool(said.get("separate_room")),
    )
