"""操作技能 practical results: lists brought in with their source document, who is still missing.

At a centre, which often holds the practical exam itself, and at the authority alike: what a centre
brings in travels in its result package.
"""

from __future__ import annotations

import hashlib
from datetime import date

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from exam_server.auth.identity import OFFICE, require
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.results.actions.practical import import_practical
from exam_server.results.practical_lists import Source
from exam_server.results.views.groups import exams_with_people
from exam_server.results.views.practical import practical_page
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.exams import chosen_exam, seen_of
from proctor_console.frame.pages import page
from proctor_console.frame.uploads import refused_list, takes_files, typed

MOST_BYTES = 32 * 1024 * 1024  # a list, and the scan of a document
_plain = Blueprint("console_practical", __name__, url_prefix="/console/practical")
blueprint = guarded(takes_files(_plain, MOST_BYTES))


@blueprint.before_request
def who_may() -> None:
    """The centre's administrator and the authority; of a city, its own units."""
    require(staff(), *OFFICE, action="import_practical", of_city=True)


@blueprint.get("")
def show() -> Response:
    """What came in, by which document, and who has no result yet."""
    exams = centre().store.read(exams_with_people)
    return _page(exams, chosen_exam(exams))


@blueprint.post("/<exam_id>")
def take_in(exam_id: str) -> Response:
    """A list, and the scan of the document it was made from: whole or not at all."""
    actor, here = staff(), centre()
    try:
        sheet, scan = request.files.get("list"), request.files.get("scan")
        scanned = scan.read() if scan is not None else b""
        source = Source(
            document=typed("document"),
            on=_day(typed("document_date")),
            sha256=hashlib.sha256(scanned).hexdigest() if scanned else "",
        )
        data = sheet.read() if sheet is not None else b""
        reason = typed("reason")  # here: the writer knows of no request
        found = here.store.write(
            lambda tx: import_practical(
                tx,
                exam_id=exam_id,
                data=data,
                source=source,
                reason=reason,
                fields=here.keys.fields,
                actor=actor,
            )
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _page(here.store.read(exams_with_people), exam_id, refusal)
    shown = url_for(
        "console_practical.show",
        exam=exam_id,
        people=found.people,
        corrected=found.corrected,
        new=int(found.new),
    )
    return redirect(shown, 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("practical_date", 422) from None


def _page(exams: dict[str, str], chosen: str, refusal: Refusal | None = None) -> Response:
    body = page(
        "practical.html",
        exams=exams,
        chosen=chosen,
        found=seen_of(practical_page, chosen),
        typed=request.form,
        done=request.args if "new" in request.args else None,
        **refused_list(refusal),
    )
    return make_response(body, 200 if refusal is None else refusal.status)
