"""The register 报名册: who is registered, and what changes about them after the roster came in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from exam_server.auth.identity import OFFICE, require
from exam_server.clock import china_day
from exam_server.context import centre
from exam_server.desk.actions.seating import seat_person
from exam_server.desk.register import (
    SHOWN,
    Show,
    exam_of,
    history,
    register_entry,
    register_page,
    words_of,
)
from exam_server.desk.update_file import read_updates
from exam_server.desk.views import exams, find_exam, sittings_of, whole_rules
from exam_server.desk.wish_form import wish_from
from exam_server.errors import Refusal
from exam_server.results.actions.registration import (
    Applied,
    UpdateReceipt,
    apply_updates,
    change_registration,
    replace_photo,
)
from exam_server.storage.tx import Tx
from exam_server.words import refusal_text
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import language, page
from proctor_console.frame.uploads import takes_files, told, typed, uploaded

blueprint = guarded(takes_files(Blueprint("console_register", __name__, url_prefix="/console")))


@blueprint.before_request
def office_only() -> None:
    """The register is the office's: who runs the centre, and the authority."""
    require(staff(), *OFFICE, action="see_register")


@blueprint.get("/exams")
def all_exams() -> str:
    """考试项目: every exam, and what is done before its day."""
    return page("exams.html", exams=centre().store.read(exams))


@blueprint.get("/exam/<exam_id>/register")
def show(exam_id: str) -> Response:
    """报名册, narrowed by ``?show=`` and searched by ``?q=``."""
    return _list(exam_id)


@blueprint.post("/exam/<exam_id>/register/update")
def update(exam_id: str) -> Response:
    """The registration system's file: all of it, or nobody is changed."""
    here, actor = centre(), staff()
    rules = here.store.read(lambda session: whole_rules(session, exam_id))
    try:
        rows = read_updates(
            uploaded("file"),
            profile=rules,
            today=china_day(here.now().wall_ms),
            reason=typed("reason"),
        )
        done = here.store.write(
            lambda tx: apply_updates(
                tx, exam_id=exam_id, rows=rows, fields=here.keys.fields, actor=actor
            )
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _list(exam_id, refusal=refusal)
    return _list(exam_id, done=done)


@blueprint.get("/registration/<candidate_id>")
def person(candidate_id: str) -> Response:
    """One registration: how it stands, doubts with their clauses, what was changed."""
    return _person(candidate_id)


@blueprint.post("/registration/<candidate_id>")
def change(candidate_id: str) -> Response:
    """Bring one registration to what the form says, with a reason."""
    here, actor, reason = centre(), staff(), typed("reason")
    said = {name: typed(name) for name in request.form}
    file = request.files.get("photo")
    photo = b"" if file is None else file.read()

    def command(tx: Tx) -> tuple[Applied, ...]:
        wish = wish_from(said)
        done = change_registration(
            tx, candidate_id=candidate_id, wish=wish, reason=reason, actor=actor
        )
        if not photo:
            return done
        fields = here.keys.fields
        return (
            *done,
            replace_photo(
                tx,
                candidate_id=candidate_id,
                photo=photo,
                fields=fields,
                reason=reason,
                actor=actor,
            ),
        )

    return _told(candidate_id, command)


@blueprint.post("/registration/<candidate_id>/seat")
def seat(candidate_id: str) -> Response:
    """A free seat of a planned sitting, for who comes late or has to move."""
    actor, reason = staff(), typed("reason")
    number, sitting = typed("seat").strip(), typed("sitting")

    def command(tx: Tx) -> None:
        if number and not (number.isascii() and number.isdigit()):
            raise Refusal("placement_no_seat", 422, {"seat": number[:10]})
        seat_person(
            tx,
            candidate_id=candidate_id,
            sitting_id=sitting,
            seat=int(number) if number else None,
            reason=reason,
            actor=actor,
        )

    try:
        centre().store.write(command)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _person(candidate_id, refusal=refusal)
    return redirect(url_for("console_register.person", candidate_id=candidate_id), 303)


def _told(candidate_id: str, command: Any) -> Response:
    try:
        done = centre().store.write(command)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _person(candidate_id, refusal=refusal)
    return _person(candidate_id, applied=done)


def _list(
    exam_id: str, *, refusal: Refusal | None = None, done: UpdateReceipt | None = None
) -> Response:
    here = centre()
    wanted = request.args.get("show", "all")
    kind: Show = next((one for one in SHOWN if one == wanted), "all")
    search = request.args.get("q", "").replace("\0", "")
    rules = here.store.read(lambda session: whole_rules(session, exam_id))
    found = here.store.read(
        lambda session: register_page(session, rules, exam_id=exam_id, show=kind, search=search)
    )
    body = page(
        "register.html",
        exam=_exam(exam_id),
        found=found,
        show=kind,
        search=search,
        done=done,
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
        problems=told(refusal.rows) if refusal else [],
    )
    return make_response(body, refusal.status if refusal else 200)


def _person(
    candidate_id: str,
    *,
    refusal: Refusal | None = None,
    applied: tuple[Applied, ...] | None = None,
) -> Response:
    here = centre()
    exam_id = here.store.read(lambda session: exam_of(session, candidate_id))
    rules = here.store.read(lambda session: whole_rules(session, exam_id))
    plans = here.store.read(lambda session: sittings_of(session, exam_id))
    body = page(
        "registration.html",
        exam=_exam(exam_id),
        one=here.store.read(lambda session: register_entry(session, rules, candidate_id)),
        routes={route: meaning.name for route, meaning in rules.routes.items()},
        sittings=[one for one in plans if one.state == "planned"],
        past=here.store.read(lambda session: history(session, candidate_id)),
        applied=None if applied is None else [words_of(one.change, one.effect) for one in applied],
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
    )
    return make_response(body, refusal.status if refusal else 200)


def _exam(exam_id: str) -> dict[str, str]:
    found = centre().store.read(lambda session: find_exam(session, exam_id))
    return {"id": found.id, "name": found.name}
