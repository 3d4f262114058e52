"""打印: whatever may be printed, for a room, a unit, a county or one person.

A long print answers as it goes: lines of JSON that say how far it is, a last one that names the
file, then the file itself. Nothing is kept, neither on the disk nor in another process; who
closes the page ends it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from flask import Blueprint, Response, request

from exam_server.context import centre
from exam_server.desk.views import exams, find_sitting
from exam_server.documents.catalogue import By, document_named, printable_by
from exam_server.documents.desk import desk_of
from exam_server.documents.making import Order
from exam_server.documents.printing import File, Portion, portions, record_printing, run
from exam_server.documents.scope import Scope
from exam_server.documents.views import candidate_with, choices
from exam_server.errors import Refusal
from exam_server.words import problem_of
from proctor_console.frame.access import staff
from proctor_console.frame.answers import ask, guarded, told_as_it_goes
from proctor_console.frame.exams import chosen_exam
from proctor_console.frame.pages import page

blueprint = guarded(Blueprint("console_paper", __name__, url_prefix="/console"))
api = guarded(Blueprint("console_paper_api", __name__, url_prefix="/console"), json=True)


class Wanted(msgspec.Struct, kw_only=True):
    """The body of a print: what for whom; "" where nothing is named."""

    exam: str
    document: str
    sitting: str = ""
    unit: str = ""
    county: str = ""
    ticket: str = ""
    by: By | None = None
    form: str = ""
    format: str = "pdf"
    boxes: bool = False


@blueprint.get("/paper")
def paper() -> str:
    """Choose an exam, a document and for whom; the rest is drawn by the page's script."""
    actor = staff()
    known = {one.id: one.name for one in centre().store.read(exams)}
    sitting = request.args.get("sitting", "")
    if sitting:
        chosen = centre().store.read(lambda session: find_sitting(session, sitting)).exam_id
    else:
        chosen = chosen_exam(known)
    found = centre().store.read(lambda session: choices(session, chosen, actor)) if chosen else None
    return page(
        "paper.html",
        exams=known,
        chosen=chosen,
        documents=printable_by(actor),
        choices=found,
        sitting=sitting,
    )


@api.post("/api/paper/print")
def print_out() -> Response:
    """Progress, then the file. Refusals before anything is recorded; ``glyph_missing`` also as
    the last line, when it is found on the way."""
    wanted = ask(Wanted)
    order = _order(wanted)
    parts = _recorded(order)
    desk = desk_of(centre())
    steps = run(centre().store.read, order, parts, desk)

    def lines() -> Iterator[bytes]:
        try:
            for step in steps:
                if isinstance(step, File):
                    yield _line({"file": step.name, "type": step.media_type,
                                 "bytes": len(step.content)})  # fmt: skip
                    yield step.content
                else:
                    yield _line({"done": step.done, "of": step.of})
        except Refusal as refusal:
            yield _line({"problem": problem_of(refusal)})

    return told_as_it_goes(lines(), "application/octet-stream")


def printed(order: Order) -> File:
    """The whole run at once: for what is small."""
    parts = _recorded(order)
    for step in run(centre().store.read, order, parts, desk_of(centre())):
        if isinstance(step, File):
            return step
    raise AssertionError("a run ends with its file")


def _recorded(order: Order) -> list[Portion]:
    here, actor = centre(), staff()
    parts = here.store.read(lambda session: portions(session, order, actor))
    here.store.write(lambda tx: record_printing(tx, order=order, parts=parts, staff=actor))
    return parts


def _order(wanted: Wanted) -> Order:
    document_named(wanted.document)
    here = centre()
    person = None
    if wanted.ticket:
        person = here.store.read(
            lambda session: candidate_with(session, wanted.exam, wanted.ticket.strip())
        )
    scope = Scope(
        exam_id=wanted.exam,
        sitting_id=wanted.sitting or None,
        unit=wanted.unit or None,
        county=wanted.county or None,
        candidate_id=person,
    )
    return Order(
        document=wanted.document,
        scope=scope,
        by=wanted.by,
        format=wanted.format,
        boxes=wanted.boxes,
        form=wanted.form,
    )


def _line(body: object) -> bytes:
    return msgspec.json.encode(body) + b"\n"
