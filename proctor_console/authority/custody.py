"""Two persons open scoring keys at a page, and are told how far the scoring is."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec
from flask import Response

from exam_server.auth.identity import Staff
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.results.actions.key_custody import KeySource, open_keys
from exam_server.words import problem_of
from proctor_console.frame.access import checked_second
from proctor_console.frame.answers import told_as_it_goes
from proctor_console.frame.second import SecondPerson


class Custody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bell codes out of the envelopes, one to a line, and who opens them with the first."""

    codes: str
    second: SecondPerson


def opened(form_ids: Collection[str], wanted: Custody, actor: Staff) -> tuple[KeySource, Staff]:
    """The keys of these forms, and the second person."""
    here = centre()
    second = checked_second(wanted.second.login, wanted.second.password, wanted.second.code)
    source = here.store.read(
        lambda session: open_keys(
            session,
            form_ids=form_ids,
            codes=wanted.codes.split("\n"),
            keys=here.keys,
            data=here.settings.data,
            actor=actor,
            second=second,
        )
    )
    return source, second


def scoring_told(steps: Iterator[tuple[int, int]]) -> Response:
    """Line by line ``{"done", "of"}``, at the end ``{"scored": true}`` or a problem."""
    return told_as_it_goes(_lines(steps), "application/x-ndjson")


def _lines(steps: Iterator[tuple[int, int]]) -> Iterator[bytes]:
    try:
        for done, of in steps:
            yield msgspec.json.encode({"done": done, "of": of}) + b"\n"
    except Refusal as refusal:
        yield msgspec.json.encode(problem_of(refusal)) + b"\n"
    else:
        yield b'{"scored":true}\n'
