"""发布: what is due, what can be published, publishing it, and every publication there was."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from exam_server.auth.identity import Role, require
from exam_server.clock import china_day
from exam_server.context import centre
from exam_server.errors import Refusal
from exam_server.profiles.holiday_file import calendar
from exam_server.results.actions.handing_out import record_list
from exam_server.results.actions.notices import Posted, start_notice
from exam_server.results.actions.release import release_groups
from exam_server.results.quota_sheet import read_quotas
from exam_server.results.views.groups import exams_with_people
from exam_server.results.views.notices import notice_list
from exam_server.results.views.recommendation import recommendation_sheet
from exam_server.results.views.release import release_list, release_versions
from exam_server.words import refusal_text
from proctor_console.frame.access import staff
from proctor_console.frame.answers import XLSX, guarded, handed_over
from proctor_console.frame.exams import chosen_exam
from proctor_console.frame.pages import language, page
from proctor_console.frame.uploads import typed

blueprint = guarded(Blueprint("console_release", __name__, url_prefix="/console/release"))
MOST_QUOTA_BYTES = 4 * 1024 * 1024
MOST_ROWS = 200  # of unexplained differences that one page shows


@blueprint.before_request
def authority_only() -> None:
    """Publishing is the authority's; whose group it is the use case asks."""
    require(staff(), Role.AUTHORITY, action="release", of_city=True)


@blueprint.get("")
def show() -> Response:
    """成绩发布: every group with its line, its last day and its last publication."""
    exams = centre().store.read(exams_with_people)
    return _page(exams, chosen_exam(exams))


@blueprint.post("/<exam_id>")
def publish(exam_id: str) -> Response:
    """发布 the groups that were ticked, all or none."""
    actor = staff()
    # nobody types NUL, and PostgreSQL can neither look for it nor keep it
    groups = [key for key in request.form.getlist("group") if "\0" not in key]
    reason = typed("reason")
    try:
        centre().store.write(
            lambda tx: release_groups(
                tx, exam_id=exam_id, groups=groups, actor=actor, reason=reason
            )
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        exams = centre().store.read(exams_with_people)
        return _page(exams, exam_id, refusal, frozenset(groups))
    return redirect(url_for("console_release.show", exam=exam_id), 303)


@blueprint.get("/<exam_id>/versions")
def versions(exam_id: str) -> str:
    """Every publication of ``?group=…`` and whom it changed."""
    viewer, group = staff(), request.args.get("group", "")
    found = centre().store.read(
        lambda session: release_versions(session, exam_id, group, viewer=viewer)
    )
    return page("release_versions.html", exam_id=exam_id, group=group, versions=found)


@blueprint.post("/<exam_id>/notice")
def start(exam_id: str) -> Response:
    """公示: a notice was put up, where and since when."""
    actor = staff()
    try:
        notice = typed("notice")
        posted = Posted(typed("at"), _day(typed("on")), typed("document"), typed("reason"))
        centre().store.write(
            lambda tx: start_notice(tx, exam_id=exam_id, notice=notice, posted=posted, actor=actor)
        )
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return _page(centre().store.read(exams_with_people), exam_id, refusal)
    return redirect(url_for("console_release.show", exam=exam_id, _anchor="notices"), 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("notice_date", 422, {"given": text}) from None


@blueprint.post("/<exam_id>/recommend")
def recommend(exam_id: str) -> Response:
    """推荐名单: vacancies by unit as a file, the lists of all units back."""
    actor = staff()
    request.max_content_length = MOST_QUOTA_BYTES
    sent = request.files.get("quotas")
    try:
        quotas = read_quotas(sent.read() if sent else b"")
        made = centre().store.read(
            lambda session: recommendation_sheet(session, exam_id, quotas, viewer=actor)
        )
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _page(centre().store.read(exams_with_people), exam_id, refusal)
    centre().store.write(lambda tx: record_list(tx, exam_id=exam_id, actor=actor))
    return handed_over("推荐名单.xlsx", XLSX, made)


def _page(
    exams: dict[str, str],
    chosen: str,
    refusal: Refusal | None = None,
    ticked: frozenset[str] = frozenset(),
) -> Response:
    here, viewer = centre(), staff()
    known, today = calendar(here.settings.profiles), china_day(here.now().wall_ms)
    found = chosen and here.store.read(
        lambda session: release_list(session, chosen, viewer=viewer, calendar=known, today=today)
    )
    notices = chosen and here.store.read(
        lambda session: notice_list(session, chosen, viewer=viewer, calendar=known, today=today)
    )
    rows = refusal.rows[:MOST_ROWS] if refusal else []
    body = page(
        "release.html",
        exams=exams,
        chosen=chosen,
        found=found,
        notices=notices or (),
        today=today.isoformat(),
        ticked=ticked,
        problem=refusal and refusal_text(refusal.code, refusal.facts, language()),
        unexplained=[
            (row["column"], row["facts"]) for row in rows if row["code"] == "release_differs"
        ],
        places=[
            (row["row"], row["column"], refusal_text(str(row["code"]), _facts(row), language()))
            for row in rows
            if row["code"] != "release_differs"
        ],
        more=len(refusal.rows) - len(rows) if refusal else 0,
    )
    return make_response(body, refusal.status if refusal else 200)


def _facts(row: dict[str, object]) -> dict[str, object]:
    facts = row["facts"]
    return dict(facts) if isinstance(facts, dict) else {}
