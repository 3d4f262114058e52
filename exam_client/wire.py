"""Parsing what a terminal sends and answering it: one error shape (RFC 9457)."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from flask import Response, request

from exam_server.errors import Refusal
from exam_server.room.actions.responses import Answer
from exam_server.words import problem_of

M = TypeVar("M", bound=msgspec.Struct)
MOST_BODY_BYTES = 256 * 1024


class Login(msgspec.Struct, frozen=True):
    """The two numbers and the machine."""

    ticket: str
    id_number: str
    terminal_id: str
    room: str | None = None
    seat: int | None = None


class Confirm(msgspec.Struct, frozen=True):
    """Whether face and name are right."""

    ok: bool


class Hand(msgspec.Struct, frozen=True):
    """Raised or not."""

    raised: bool


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
    """A sign of life."""

    attempt_id: str | None = None
    current_item: int | None = None
    elapsed_ms: int = 0


def body(kind: type[M]) -> M:
    """The request's JSON as ``kind``, or Refusal ``malformed`` (422) naming the place."""
    try:
        return msgspec.json.decode(request.get_data(cache=False) or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("malformed", 422, {"place": str(error)[:200]}) from error


def message(kind: type[M], data: Any) -> M:
    """A socket message as ``kind``, or Refusal ``malformed``."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Refusal("malformed", 422, {"place": str(error)[:200]}) from error


def answer(value: Any, status: int = 200) -> Response:
    """``value`` as JSON; never cached."""
    response = Response(msgspec.json.encode(value), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(refusal: Refusal) -> Response:
    """The refusal as an HTTP answer."""
    response = answer(problem_of(refusal), refusal.status)
    response.content_type = "application/problem+json"
    return response
