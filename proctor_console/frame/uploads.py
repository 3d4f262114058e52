"""Files that staff bring by a form: larger than what a terminal may send, and read whole."""

from __future__ import annotations

from pathlib import PurePath

from flask import Blueprint, request

from exam_server.errors import Refusal
from exam_server.words import refusal_text
from proctor_console.frame.access import brought, visit_of
from proctor_console.frame.pages import language

_ROWS_SHOWN = 60  # of the problems of a list
MOST_FILE_BYTES = 64 * 1024 * 1024  # a roster of a hundred thousand lines, or a thousand photos


def takes_files(blueprint: Blueprint, most_bytes: int = MOST_FILE_BYTES) -> Blueprint:
    """Let who is logged in send files to ``blueprint``; before anything reads the request."""

    def widen() -> None:
        if request.method == "POST" and visit_of(brought()):
            request.max_content_length = most_bytes

    blueprint.before_request(widen)
    return blueprint


def uploaded(field: str) -> bytes:
    """The bytes of a form's file; Refusal ``file_missing`` 422 when none was chosen."""
    file = request.files.get(field)
    data = b"" if file is None else file.read()
    if not data:
        raise Refusal("file_missing", 422)
    return data


def uploaded_by_stem(field: str) -> dict[str, bytes]:
    """Several files by what their names say before the dot, in capitals: ``61…X.jpg``."""
    return {
        PurePath(file.filename or "").stem.upper(): file.read()
        for file in request.files.getlist(field)
        if file.filename
    }


def typed(field: str) -> str:
    """A text of the form, without what nobody types and PostgreSQL cannot store."""
    return request.form.get(field, "").replace("\0", "")


def told(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Problems or remarks by place, in the reader's language: ``row``, ``column``, ``text``."""
    tongue = language()
    return [
        {
            "row": row["row"],
            "column": row["column"],
            "text": refusal_text(str(row["code"]), _facts(row), tongue),
        }
        for row in rows
    ]


def refused_list(refusal: Refusal | None) -> dict[str, object]:
    """A list that was refused, as ``_refused_list.html`` shows it: ``problem``, the first
    ``rows`` by place, how many ``more``."""
    if refusal is None:
        return {"problem": "", "rows": [], "more": 0}
    return {
        "problem": refusal_text(refusal.code, refusal.facts, language()),
        "rows": told(refusal.rows[:_ROWS_SHOWN]),
        "more": max(0, len(refusal.rows) - _ROWS_SHOWN),
    }


def _facts(row: dict[str, object]) -> dict[str, object]:
    facts = row.get("facts")
    return dict(facts) if isinstance(facts, dict) else {}
