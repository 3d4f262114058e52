"""Refusals: expected, typed, coded, translatable; one wire shape (RFC 9457).

A *refusal* is an answer of the rules ("the bell has not rung"), not a bug. Its code
is stable; its text names the cause and the remedy in the reader's language. The
texts live in ``exam_server/locale`` under the code as message id.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Refusal(Exception):
    """An expected refusal.

    ``code``: stable snake_case word, key of the message catalogue and ``type`` on the
    wire. ``status``: HTTP status. ``facts``: values for the message's placeholders and
    for programs; never an ID number, never item text. ``rows``: problems by place, for
    imports: each ``{"row": int, "column": str, "code": str, "facts": {...}}``.
    """

    code: str
    status: int = 409
    facts: dict[str, object] = field(default_factory=dict)
    rows: list[dict[str, object]] = field(default_factory=list)

    def __str__(self) -> str:
        return self.code


def not_saved() -> Refusal:
    """503: nothing was stored; the sender keeps its copy and tries again."""
    return Refusal("not_saved", 503)


def not_found(what: str, ident: str) -> Refusal:
    """404: ``what`` (a word of DESIGN §9) with this id is not here."""
    return Refusal("not_found", 404, {"what": what, "id": ident})


def forbidden(action: str) -> Refusal:
    """403: this role may not do this."""
    return Refusal("forbidden", 403, {"action": action})
