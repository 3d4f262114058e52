"""编排: plans proposed, looked at room by room, put right by hand, and fixed."""

from __future__ import annotations

import re

from flask import Blueprint, make_response, redirect, url_for
from werkzeug.wrappers import Response

from exam_server.auth.identity import OFFICE, Role, require
from exam_server.clock import typed_start
from exam_server.context import centre
from exam_server.desk.actions.placement import Asked, Place, move_placed, propose_placement
from exam_server.desk.actions.seating import fix_placement
from exam_server.desk.plans import (
    find_plan,
    plan_page,
    planned_room,
    planned_sittings,
    plans_of,
    rooms_text,
)
from exam_server.desk.register import register_page
from exam_server.desk.rooms_file import read_rooms
from exam_server.desk.views import find_exam, whole_rules
from exam_server.errors import Refusal, not_found
from exam_server.room.actions.bell import make_ready
from exam_server.storage.tx import Tx
from exam_server.words import refusal_text
from proctor_console.frame.access import staff
from proctor_console.frame.answers import guarded
from proctor_console.frame.pages import language, page
from proctor_console.frame.uploads import told, typed

blueprint = guarded(Blueprint("console_placement", __name__, url_prefix="/console"))


@blueprint.before_request
def office_only() -> None:
    """Placement is the office's: who runs the centre, and the authority."""
    require(staff(), *OFFICE, action="see_placement")


@blueprint.get("/exam/<exam_id>/placement")
def show(exam_id: str) -> Response:
    """The exam's plans, and the form that proposes another."""
    return _plans(exam_id)


@blueprint.post("/exam/<exam_id>/placement")
def propose(exam_id: str) -> Response:
    """A proposal for everybody who waits for a seat."""
    actor = staff()
    try:
        floors = read_rooms(typed("rooms").encode())
        starts = tuple(typed_start(line) for line in typed("starts").splitlines() if line.strip())
        forms = typed("forms")
        cities = tuple(one.strip() for one in re.split("[、,，]", typed("cities")) if one.strip())
        asked = Asked(
            floors=floors,
            starts_ms=starts,
            forms=int(forms) if forms in ("1", "2", "3", "4") else 0,
            cities=cities,
        )
        plan = centre().store.write(
            lambda tx: propose_placement(tx, exam_id=exam_id, asked=asked, actor=actor)
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _plans(exam_id, refusal)
    return redirect(url_for("console_placement.plan", placement_id=plan), 303)


@blueprint.get("/placement/<placement_id>")
def plan(placement_id: str) -> Response:
    """One plan: batches as a time table, remarks, who has no seat."""
    return _plan(placement_id)


@blueprint.post("/placement/<placement_id>/fix")
def fix(placement_id: str) -> Response:
    """定案: sittings, seats and ticket numbers."""
    actor = staff()
    try:
        centre().store.write(lambda tx: fix_placement(tx, placement_id=placement_id, actor=actor))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _plan(placement_id, refusal)
    return redirect(url_for("console_placement.plan", placement_id=placement_id), 303)


@blueprint.post("/placement/<placement_id>/<int:batch>/ready")
def ready(placement_id: str, batch: int) -> Response:
    """分配试卷 in every room of a batch, or in none; from then on nobody is moved or added."""
    require(staff(), Role.CENTRE_ADMIN, action="make_ready")
    actor, store = staff().actor, centre().store
    rooms = store.read(lambda session: planned_sittings(session, placement_id, batch))

    def command(tx: Tx) -> None:
        for sitting_id in rooms:
            make_ready(tx, sitting_id=sitting_id, actor=actor)

    try:
        store.write(command, sittings=rooms)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _plan(placement_id, refusal)
    return redirect(url_for("console_placement.plan", placement_id=placement_id), 303)


@blueprint.get("/placement/<placement_id>/<int:batch>/<int:floor>")
def room(placement_id: str, batch: int, floor: int) -> Response:
    """One room of one batch, drawn as it is built."""
    return _room(placement_id, batch, floor)


@blueprint.post("/placement/<placement_id>/<int:batch>/<int:floor>")
def move(placement_id: str, batch: int, floor: int) -> Response:
    """Somebody gets another seat, changes places, or is taken out."""
    actor, reason, who = staff(), typed("reason"), typed("candidate")

    try:
        to = _to()
        centre().store.write(
            lambda tx: move_placed(
                tx, placement_id=placement_id, candidate_id=who, to=to, reason=reason, actor=actor
            )
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _room(placement_id, batch, floor, refusal)
    back = url_for("console_placement.room", placement_id=placement_id, batch=batch, floor=floor)
    return redirect(back, 303)


def _to() -> Place | None:
    seat = typed("seat").strip()
    if not seat:
        return None
    batch, _, floor = typed("to").partition("-")
    numbers = [one for one in (batch, floor, seat) if one.isascii() and one.isdigit()]
    if len(numbers) != 3 or max(map(len, numbers)) > 4:
        raise Refusal("placement_no_seat", 422, {"seat": seat[:10]})
    return Place(batch=int(batch), floor=int(floor), seat=int(seat))


def _plans(exam_id: str, refusal: Refusal | None = None) -> Response:
    store = centre().store
    exam = store.read(lambda session: find_exam(session, exam_id))
    rules = store.read(lambda session: whole_rules(session, exam.id))
    found = store.read(
        lambda session: register_page(session, rules, exam_id=exam.id, show="unseated")
    )
    rooms = typed("rooms") or store.read(lambda session: rooms_text(session, exam.id))
    body = page(
        "plans.html",
        exam=exam,
        plans=store.read(lambda session: plans_of(session, exam.id)),
        waiting=found.found,
        rooms=rooms,
        starts=typed("starts"),
        cities=typed("cities"),
        forms=int(typed("forms")) if typed("forms") in ("1", "2", "3", "4") else 2,
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
        problems=told(refusal.rows) if refusal else [],
        taken=refusal is not None and refusal.code == "placement_rooms_taken",
    )
    return make_response(body, refusal.status if refusal else 200)


def _plan(placement_id: str, refusal: Refusal | None = None) -> Response:
    store = centre().store
    exam_id = store.read(lambda session: find_plan(session, placement_id)).exam_id
    rules = store.read(lambda session: whole_rules(session, exam_id))
    found = store.read(lambda session: plan_page(session, rules, placement_id))
    body = page(
        "plan.html",
        exam=store.read(lambda session: find_exam(session, exam_id)),
        plan=found,
        remarks=told(found.remarks),
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
        problems=told(refusal.rows) if refusal else [],
    )
    return make_response(body, refusal.status if refusal else 200)


def _room(placement_id: str, batch: int, floor: int, refusal: Refusal | None = None) -> Response:
    store = centre().store
    exam_id = store.read(lambda session: find_plan(session, placement_id)).exam_id
    rules = store.read(lambda session: whole_rules(session, exam_id))
    found = store.read(lambda session: plan_page(session, rules, placement_id))
    card = next((one for one in found.batches if one.index == batch), None)
    if card is None:
        raise not_found("batch", str(batch + 1))
    drawn = store.read(lambda session: planned_room(session, rules, placement_id, batch, floor))
    body = page(
        "plan_room.html",
        exam=store.read(lambda session: find_exam(session, exam_id)),
        plan=found,
        batch=card,
        room=drawn,
        remarks=told(drawn.remarks),
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
    )
    return make_response(body, refusal.status if refusal else 200)
