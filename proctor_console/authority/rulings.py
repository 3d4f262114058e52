"""处理决定: whose results are held, and the authority's rulings."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.results.actions.rulings import find_person, rule
from exam_server.results.views.groups import exams_with_people
from exam_server.results.views.rulings import ruling_page
from exam_server.words import refusal_text
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.exams import chosen_exam, seen_of
from proctor_console.frame.pages import language, page

blueprint = guarded(Blueprint("console_rulings", __name__, url_prefix="/console/rulings"))


@blueprint.before_request
def authority_only() -> None:
    """Only the authority voids a score; whose person it is the use case asks."""
    require(staff(), Role.AUTHORITY, action="rule", of_city=True)


@blueprint.get("")
def show() -> Response:
    """Who is held, whose score is void, and every ruling."""
    exams = centre().store.read(exams_with_people)
    return _page(exams, chosen_exam(exams))


@blueprint.post("/<exam_id>")
def decide(exam_id: str) -> Response:
    """One ruling on the person with the ticket that was typed."""
    actor, here = staff(), centre()
    # nobody types NUL, and PostgreSQL can neither look for it nor keep it
    typed = {name: text.replace("\0", "").strip() for name, text in request.form.items()}
    try:
        person, _ = here.store.read(
            lambda session: find_person(session, exam_id, typed.get("ticket", ""))
        )
        here.store.write(
            lambda tx: rule(
                tx,
                candidate_id=person,
                subject=typed.get("subject", ""),
                decision=typed.get("decision", ""),  # type: ignore[arg-type]  # refused if none
                reason=typed.get("reason", ""),
                document=typed.get("document", ""),
                actor=actor,
            )
        )
    except Refusal as refusal:
        exams = here.store.read(exams_with_people)
        if refusal.status == 403 or exam_id not in exams:
            raise
        return _page(exams, exam_id, refusal)
    return redirect(url_for("console_rulings.show", exam=exam_id), 303)


def _page(exams: dict[str, str], chosen: str, refusal: Refusal | None = None) -> Response:
    problem = "" if refusal is None else refusal_text(refusal.code, refusal.facts, language())
    body = page(
        "rulings.html",
        exams=exams,
        chosen=chosen,
        found=seen_of(ruling_page, chosen),
        typed=request.form,
        problem=problem,
    )
    return make_response(body, 200 if refusal is None else refusal.status)
