"""The pass-line page: choose an exam, then everything else is drawn from the interface."""

from __future__ import annotations

from flask import Blueprint

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.results.views.groups import exams_with_people
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.exams import chosen_exam
from proctor_console.frame.pages import page

blueprint = guarded(Blueprint("console_lines", __name__, url_prefix="/console"))


@blueprint.get("/lines")
def lines() -> str:
    """合格线: for the authority only, before publication nobody else sees scores drawn."""
    require(staff(), Role.AUTHORITY, action="see_lines", of_city=True)
    exams = centre().store.read(exams_with_people)
    chosen = chosen_exam(exams)
    return page("lines.html", exams=exams, chosen=chosen)
