"""The scorer: a child process that alone opens scoring keys (DESIGN §6, invariant 6).

``python -m exam_server.results.scorer`` reads one JSON request per line from its standard
input and writes one JSON answer per line. It has no socket, no database and no templates,
starts no process and writes no file: an audit hook refuses all four. What goes wrong with a
request is answered by a code; no item, no response and no key is ever in an answer or a log.

Request   ``{"id", "package_path", "form_id", "scoring_secret": base64,
          "responses": {attempt id: {item id: letters}}, "corrections": [[{"item", "change",
          "letters"}]]}``; ``corrections``: those of version 2, 3 …, none for the sealed key.
          ``key_path``: a scoring key file that the authority has, instead of package and secret
Answer    ``{"id", "scoring_digest", "version", "golden": {"expected", "points"}, "scores": {attempt
          id: {"points": decimal, "sections": [{"type", "points", "full", "right", "blank"}]}}}``;
          ``golden``: what the key's golden candidate must get and got, nothing of the answers
Problem   ``{"id" or null, "error": code}``
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import sys
from collections import OrderedDict
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from question_bank.errors import BankError
from question_bank.items.correction import Correction, corrected
from question_bank.items.key import FormKey, digest, from_builtins
from question_bank.items.scoring import FormMarker, FormScore, score_form
from question_bank.sealing import package
from question_bank.sealing.scoring import open_form_key

_REFUSED_EVENTS = ("socket.", "sqlite3.", "subprocess.", "os.exec", "os.posix_spawn", "os.system")
_KEYS_KEPT = 8  # opened scoring keys kept in memory: a sitting has a few forms


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request, as on the wire."""

    id: str
    form_id: str
    responses: dict[str, dict[str, str]]
    package_path: str = ""
    scoring_secret: str = ""
    key_path: str = ""
    corrections: list[list[Correction]] = []


class Scorer:
    """Answers requests; keeps the few scoring keys it has opened."""

    def __init__(self) -> None:
        self._opened: OrderedDict[tuple[str, str, str], FormKey] = OrderedDict()

    def answer(self, line: bytes) -> dict[str, Any]:
        """The answer to one line; a problem becomes an error code, never an exception."""
        try:
            request = msgspec.json.decode(line, type=Request)
        except msgspec.MsgspecError:
            return {"id": None, "error": "request_malformed"}
        try:
            return self._score(request)
        except BankError as error:
            return {"id": request.id, "error": error.code}
        except (binascii.Error, ValueError):
            return {"id": request.id, "error": "request_malformed"}

    def _score(self, request: Request) -> dict[str, Any]:
        form_key = self._form_key(request)
        if request.corrections:
            _refuse_other_golden(form_key)
            form_key = corrected(form_key, request.corrections)
        marker = FormMarker(form_key)
        return {
            "id": request.id,
            "scoring_digest": digest(form_key),
            "version": form_key.version,
            "golden": form_key.golden
            and {
                "expected": form_key.golden.points,
                "points": str(marker.score(form_key.golden.responses).points),
            },
            "scores": {
                attempt_id: _builtins(marker.score(responses))
                for attempt_id, responses in request.responses.items()
            },
        }

    def _form_key(self, request: Request) -> FormKey:
        place = (
            request.package_path or request.key_path,
            request.form_id,
            request.scoring_secret,
        )
        if place not in self._opened:
            self._opened[place] = _opened(request)
        self._opened.move_to_end(place)
        while len(self._opened) > _KEYS_KEPT:
            self._opened.popitem(last=False)
        return self._opened[place]


def _opened(request: Request) -> FormKey:
    if request.key_path:
        return _from_file(Path(request.key_path), request.form_id)
    secret = base64.b64decode(request.scoring_secret, validate=True)
    return open_form_key(package.read(Path(request.package_path)), secret, request.form_id)


def _from_file(path: Path, form_id: str) -> FormKey:
    """The form's key out of the authority's own file; BankError ``scoring_file_unreadable``."""
    try:
        return from_builtins(form_id, json.loads(path.read_bytes())[form_id])
    except (OSError, ValueError, KeyError, TypeError, msgspec.ValidationError):
        raise BankError("scoring_file_unreadable", {"form": form_id}) from None


def _refuse_other_golden(sealed: FormKey) -> None:
    """A corrected key has its golden points from this very program: the sealed one must agree."""
    golden = sealed.golden
    if golden and score_form(sealed, golden.responses).points != Decimal(golden.points):
        raise BankError("golden_differs")


def refuse_the_world(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: no socket, no database, no process, no file opened for writing."""
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(event)
    if event == "open" and _writes(arguments):
        raise PermissionError(event)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer line by line until the requests end."""
    scorer = Scorer()
    for line in iter(requests.readline, b""):
        if line.strip():
            answers.write(msgspec.json.encode(scorer.answer(line)) + b"\n")
            answers.flush()


def main() -> None:
    """Serve the standard pipes, cut off from everything else."""
    sys.addaudithook(refuse_the_world)
    serve(sys.stdin.buffer, sys.stdout.buffer)


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Whether an ``open`` event asks for more than reading (mode text or os flags)."""
    _, mode, flags = arguments
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(
        flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC)
    )


def _builtins(score: FormScore) -> dict[str, Any]:
    return {
        "points": str(score.points),
        "sections": [
            {
                "type": section.type.value,
                "points": str(section.points),
                "full": str(section.full),
                "right": section.right,
                "blank": section.blank,
            }
            for section in score.sections
        ],
    }


if __name__ == "__main__":
    main()
