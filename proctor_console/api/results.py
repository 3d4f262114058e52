"""What goes out: exams, published groups, official results and who is qualified."""

from __future__ import annotations

from flask import Blueprint, Response, request

from exam_server.auth.identity import Staff
from exam_server.auth.tokens import Scope
from exam_server.context import centre
from exam_server.desk.views import exams as all_exams
from exam_server.results.actions.handing_out import record_numbers
from exam_server.results.views.published import MOST, published_groups, published_page
from proctor_console.api.access import PREFIX, admitted, holder
from proctor_console.frame.answers import answer

blueprint = admitted(Blueprint("api_results", __name__, url_prefix=PREFIX))


@blueprint.get("/exams")
def exams() -> Response:
    """The exams of this office; any token."""
    found = centre().store.read(all_exams)
    return answer(
        [
            {"id": one.id, "name": one.name, "year": one.year, "mode": one.mode,
             "profile": one.profile}
            for one in found
        ]
    )  # fmt: skip


@blueprint.get("/exams/<exam_id>/groups")
def groups(exam_id: str) -> Response:
    """The groups whose results are published, with the release that counts; ``results:read``."""
    viewer = holder(Scope.RESULTS)
    return answer(
        centre().store.read(lambda session: published_groups(session, exam_id, viewer=viewer))
    )


@blueprint.get("/exams/<exam_id>/results")
def results(exam_id: str) -> Response:
    """Official results, page by page; ``results:read``, and ``numbers:read`` for ``ids=whole``."""
    return _page(exam_id, passed=False)


@blueprint.get("/exams/<exam_id>/qualified")
def qualified(exam_id: str) -> Response:
    """Only who is qualified, with nothing left to come; as ``results``."""
    return _page(exam_id, passed=True)


def _page(exam_id: str, *, passed: bool) -> Response:
    viewer = holder(Scope.RESULTS)
    group = request.args.get("group", "").replace("\0", "") or None
    after = request.args.get("after", "").replace("\0", "")[:40]
    limit = request.args.get("limit", MOST, type=int)
    whole = _whole(viewer, exam_id, group, after, passed=passed)
    here = centre()
    return answer(
        here.store.read(
            lambda session: published_page(
                session,
                exam_id,
                viewer=viewer,
                group=group,
                passed=passed,
                after=after,
                limit=limit,
                whole=here.keys.fields if whole else None,
            )
        )
    )


def _whole(viewer: Staff, exam_id: str, group: str | None, after: str, *, passed: bool) -> bool:
    """Whole ID numbers only for who may have them, after the call is in the record."""
    if request.args.get("ids") != "whole":
        return False
    holder(Scope.NUMBERS)
    centre().store.write(
        lambda tx: record_numbers(
            tx, exam_id=exam_id, group=group, after=after, passed=passed, actor=viewer
        )
    )
    return True
