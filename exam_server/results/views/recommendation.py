"""Whom each unit may put forward, of those whose pass is published (DOMAIN A5)."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.errors import Refusal
from exam_server.results.quota_sheet import recommendation_xlsx
from exam_server.results.records import exam_and_profile
from exam_server.results.rules.official import Official
from exam_server.results.rules.recommendation import Passed, recommendation
from exam_server.results.views.published import PublishedResult, published_page


def recommendation_sheet(
    session: Session, exam_id: str, quotas: dict[str, int], *, viewer: Staff
) -> bytes:
    """The lists of all units as xlsx. What is compared is the sum of all points there are.

    Refusals: ``not_found`` 404; ``recommend_no_ratio`` 409 where the notice states none.
    """
    _, profile = exam_and_profile(session, exam_id)
    ratio = profile.publish.recommend_ratio
    if ratio is None:
        raise Refusal("recommend_no_ratio", 409)
    people = {one.candidate: one for one in _passed(session, exam_id, viewer)}
    passed = [Passed(one.candidate, one.unit, _points(one.official)) for one in people.values()]
    return recommendation_xlsx(recommendation(passed, quotas, Decimal(ratio)), people, ratio)


def _passed(session: Session, exam_id: str, viewer: Staff) -> list[PublishedResult]:
    found: list[PublishedResult] = []
    after: str | None = ""
    while after is not None:
        page = published_page(session, exam_id, viewer=viewer, passed=True, after=after)
        found += page.results
        after = page.next
    return found


def _points(official: Official) -> Decimal:
    shown = [*official.subjects.values(), official.practical]
    numbers = [text for text in shown if text is not None and text[:1].isdigit()]
    return sum((Decimal(text) for text in numbers), Decimal(0))
