"""Parsing what a terminal sends and answering it: one error shape (RFC 9457)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from flask import Response, request

from exam_server.errors import Refusal
from exam_server.room.actions.responses import Answer
from exam_server.words import problem_of

M = TypeVar("M", bound=msgspec.Struct)
MOST_BODY_BYTES = 256 * 1024
MOST_SEATS = 10_000
# what a person or a machine may be called: no database holds every text
Typed = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[^\x00-\x1f]*$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]


class Numbers(msgspec.Struct, frozen=True):
    """The two numbers and the machine."""

    ticket: Typed
    id_number: Typed
    terminal_id: Name
    room: Name | None = None
    seat: Annotated[int, msgspec.Meta(ge=0, le=MOST_SEATS)] | None = None


class Confirm(msgspec.Struct, frozen=True):
    """Whether face and name are right."""

    ok: bool


class Start(msgspec.Struct, frozen=True):
    """For how long this machine has had the key; 0 when it asks for it."""

    terminal_elapsed_ms: int = 0
    attempt_id: str | None = None


class Hand(msgspec.Struct, frozen=True):
    """Raised or not."""

    raised: bool


class Preferences(msgspec.Struct, frozen=True):
    """Text size in three steps, high contrast, language of the screen."""

    size: Annotated[int, msgspec.Meta(ge=0, le=2)]
    contrast: bool
    language: Literal["zh", "en"]


class Events(msgspec.Struct, frozen=True):
    """What the terminal noticed."""

    events: list[dict[str, Any]]


class Batch(msgspec.Struct, frozen=True):
    """Answers of one message."""

    responses: list[Answer]
    current_item: int | None = None
    offline_ms: int = 0
    attempt_id: str | None = None
    confirmed: bool = False


class Beat(msgspec.Struct, frozen=True):
    """A sign of life. ``version``: of the State that the terminal shows."""

    attempt_id: str | None = None
    current_item: int | None = None
    elapsed_ms: int = 0
    version: str | None = None


def body(kind: type[M]) -> M:
    """The request's JSON as ``kind``, or Refusal ``malformed`` (422) naming the place."""
    return _decoded(request.get_data(cache=False) or b"{}", kind)


def message(kind: type[M], data: Any) -> M:
    """A socket message as ``kind``, by exactly the rules of a body; Refusal ``malformed``."""
    try:
        text = msgspec.json.encode(data)
    except (ValueError, OverflowError, RecursionError, TypeError) as error:
        raise Refusal("malformed", 422, {"place": str(error)[:200]}) from error
    return _decoded(text, kind)


def _decoded(text: bytes, kind: type[M]) -> M:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("malformed", 422, {"place": str(error)[:200]}) from error


def answer(value: Any, status: int = 200) -> Response:
    """``value`` as JSON; never cached."""
    response = Response(msgspec.json.encode(value), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(refusal: Refusal) -> Response:
    """The refusal as an HTTP answer; one that says how long to wait says it to any client."""
    response = answer(problem_of(refusal), refusal.status)
    response.content_type = "application/problem+json"
    if refusal.status == 429:
        response.headers["Retry-After"] = str(refusal.facts["seconds"])
    return response
