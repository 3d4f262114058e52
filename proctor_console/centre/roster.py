"""导入名册: a roster is shown as it was understood, and then taken in whole or not at all."""

from __future__ import annotations

from flask import Blueprint, Response, request

from exam_server.auth.identity import OFFICE, require
from exam_server.clock import china_day
from exam_server.context import centre
from exam_server.desk.actions.roster import import_roster, photo_source, roster_refusal
from exam_server.desk.roster import Roster, read_roster
from exam_server.desk.roster_file import roster_template
from exam_server.desk.roster_preview import preview
from exam_server.desk.views import find_exam, sittings_by_room, whole_rules
from exam_server.profiles.profile import Profile
from proctor_console.frame.access import staff
from proctor_console.frame.answers import XLSX, answer, guarded, handed_over
from proctor_console.frame.pages import page
from proctor_console.frame.uploads import (
    takes_files,
    told,
    typed,
    uploaded,
    uploaded_by_stem,
)

blueprint = guarded(Blueprint("console_roster", __name__, url_prefix="/console/exam/<exam_id>"))
api = guarded(
    takes_files(Blueprint("console_roster_api", __name__, url_prefix="/console/api")), json=True
)


@blueprint.before_request
@api.before_request
def office_only() -> None:
    """Rosters are the office's: who runs the centre, and the authority."""
    require(staff(), *OFFICE, action="import_roster")


@blueprint.get("/roster")
def show(exam_id: str) -> str:
    """The page: a file, what is the same for all of it, and what was understood."""
    store = centre().store
    exam = store.read(lambda session: find_exam(session, exam_id))
    rules = store.read(lambda session: whole_rules(session, exam.id))
    forms = [
        {"name": form.name, "annex": form.annex}
        for form in rules.forms.values()
        if form.made_by != "system" and {"身份证号码", "身份证号"} & {*form.fields}
    ]
    areas = [area.name for area in rules.areas.values()]
    return page("roster.html", exam=exam, forms=forms, areas=areas)


@blueprint.get("/roster/template.xlsx")
def template(exam_id: str) -> Response:
    """The empty roster workbook of the exam's profile."""
    rules = centre().store.read(lambda session: whole_rules(session, exam_id))
    return handed_over("roster.xlsx", XLSX, roster_template(rules))


@api.post("/exam/<exam_id>/roster/check")
def check(exam_id: str) -> Response:
    """What the file says, and whether it could be taken in; nothing is."""
    here = centre()
    roster, rules = _read(exam_id)
    rooms = _rooms(exam_id, roster)
    today, fields = china_day(here.now().wall_ms), here.keys.fields
    refusal = here.store.read(
        lambda session: roster_refusal(
            session,
            exam_id=exam_id,
            sitting_ids=rooms,
            rows=roster.rows,
            fields=fields,
            today=today,
        )
    )
    if refusal is not None:
        raise refusal
    photos = uploaded_by_stem("photos")
    found = photo_source(photos)
    return answer(
        {
            "preview": preview(roster, rules),
            "remarks": told([*roster.remarks]),
            "photos": {"given": len(photos), "used": sum(map(bool, map(found, roster.rows)))},
        }
    )


@api.post("/exam/<exam_id>/roster")
def take_in(exam_id: str) -> Response:
    """The same file, taken in."""
    here, actor = centre(), staff()
    roster, _ = _read(exam_id)
    rooms = _rooms(exam_id, roster)
    photos = photo_source(uploaded_by_stem("photos"))
    receipt = here.store.write(
        lambda tx: import_roster(
            tx,
            exam_id=exam_id,
            sitting_ids=rooms,
            rows=roster.rows,
            fields=here.keys.fields,
            actor=actor,
            photos=photos,
        )
    )
    return answer({"registered": receipt.registered, "seated": receipt.seated})


def _read(exam_id: str) -> tuple[Roster, Profile]:
    store = centre().store
    exam = store.read(lambda session: find_exam(session, exam_id))
    rules = store.read(lambda session: whole_rules(session, exam.id))
    roster = read_roster(
        uploaded("file"),
        profile=rules,
        today=china_day(centre().now().wall_ms),
        year=exam.year,
        assumed={"city": typed("city"), "unit": typed("unit")},
    )
    return roster, rules


def _rooms(exam_id: str, roster: Roster) -> dict[str, str]:
    if not roster.seated:
        return {}
    chosen = [one for one in request.form.getlist("sitting") if "\0" not in one]
    return centre().store.read(lambda session: sittings_by_room(session, exam_id, chosen))
