"""评审表决 votes of a review: lists brought in with their record, on whom nobody has voted."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.results.actions.reviews import import_votes
from exam_server.results.review_file import LABELS, read_votes
from exam_server.results.views.groups import exams_with_people
from exam_server.results.views.reviews import review_page
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.exams import chosen_exam, seen_of
from proctor_console.frame.pages import page
from proctor_console.frame.uploads import refused_list, takes_files, typed, uploaded

MOST_BYTES = 8 * 1024 * 1024
blueprint = guarded(
    takes_files(Blueprint("console_votes", __name__, url_prefix="/console/votes"), MOST_BYTES)
)


@blueprint.before_request
def province_only() -> None:
    """Who reviews: the province."""
    require(staff(), Role.AUTHORITY, action="import_votes")


@blueprint.get("")
def show() -> Response:
    """Who entered the review, how the panel voted, on whom it has not yet."""
    exams = centre().store.read(exams_with_people)
    return _page(exams, chosen_exam(exams))


@blueprint.post("/<exam_id>")
def take_in(exam_id: str) -> Response:
    """A list of votes: whole or not at all."""
    actor, here = staff(), centre()
    document, reason = typed("document"), typed("reason")  # here: the writer knows of no request
    try:
        rows = read_votes(uploaded("list"))
        found = here.store.write(
            lambda tx: import_votes(
                tx,
                exam_id=exam_id,
                rows=rows,
                document=document,
                reason=reason,
                fields=here.keys.fields,
                actor=actor,
            )
        )
    except Refusal as refusal:
        exams = here.store.read(exams_with_people)
        if refusal.status == 403 or exam_id not in exams:
            raise
        return _page(exams, exam_id, refusal)
    shown = url_for(
        "console_votes.show",
        exam=exam_id,
        people=found.people,
        corrected=found.corrected,
        written=found.written,
    )
    return redirect(shown, 303)


def _page(exams: dict[str, str], chosen: str, refusal: Refusal | None = None) -> Response:
    body = page(
        "votes.html",
        exams=exams,
        chosen=chosen,
        found=seen_of(review_page, chosen),
        columns=[words[0] for words in LABELS.values()],
        typed=request.form,
        done=request.args if "written" in request.args else None,
        **refused_list(refusal),
    )
    return make_response(body, 200 if refusal is None else refusal.status)
