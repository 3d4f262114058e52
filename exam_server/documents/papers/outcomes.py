"""What follows for each person: 成绩单, 合格人员名单, and the forms of those who passed (A13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.desk.tables import Exam
from exam_server.desk.views import id_number_of
from exam_server.documents.paper import Paper
from exam_server.documents.papers.rooms import heading
from exam_server.documents.papers.tickets import SEX, photo_of
from exam_server.documents.scope import Member
from exam_server.documents.table import GROUP, Table
from exam_server.keys import FieldCipher
from exam_server.profiles.office import Form
from exam_server.profiles.profile import Profile
from exam_server.results.reviews import Votes
from exam_server.results.rules.official import Official
from exam_server.results.tables import ReleasedResult, ResultsRelease
from exam_server.results.views.outcome_words import without_points
from exam_server.results.views.transcript import Transcript
from exam_server.storage.listed import listed
from exam_server.words import state_word

_SCORES, _SEAL = "考核成绩", "盖章）"
_VOTES = {
    "应到人数": "expected",
    "实到人数": "present",
    "同意人数": "agreed",
    "不同意人数": "against",
    "弃权人数": "abstained",
}
_WITHOUT = "—"


def official_results(session: Session, ids: Sequence[str]) -> dict[str, Official]:
    """The newest released result of these people, by candidate id: before the line is in effect
    there is none (D16)."""
    rows = session.execute(
        select(ReleasedResult.candidate_id, ReleasedResult.official)
        .join(ResultsRelease, ResultsRelease.id == ReleasedResult.release_id)
        .where(ReleasedResult.candidate_id.in_(listed("candidates")))
        .order_by(ResultsRelease.version),
        {"candidates": list(ids)},
    )
    return {ident: msgspec.convert(official, Official) for ident, official in rows}


def passed_forms_of(profile: Profile) -> dict[str, Form]:
    """The forms 合格表 that the province's system makes, by level (A13)."""
    return {
        level: form
        for form in profile.forms.values()
        if form.made_by == "system" and any(field.startswith(_SCORES) for field in form.fields)
        for level in form.levels or profile.levels
    }


def transcripts(found: Sequence[Transcript]) -> Paper:
    """电子成绩单: a page each, as the query page shows it, with its code."""
    people: list[dict[str, Any]] = [
        {
            "exam": one.exam,
            "name": one.name,
            "id": one.id_masked,
            "ticket": one.ticket,
            "unit": one.unit,
            "trade": one.trade,
            "level": one.level,
            "lines": [
                {
                    "subject": line.name,
                    "points": line.points or without_points(line.state, "zh"),
                    "full": line.full or _WITHOUT,
                }
                for line in one.lines
            ],
            "sum": one.sum,
            "full": one.full,
            "line": one.line,
            "result": one.result,
            "office": one.office,
            "released": one.released_on,
            "version": one.version,
            "until": one.valid_until,
            "code": one.code,
        }
        for one in found
    ]
    return Paper("transcript", {"people": people})


def passed_list(
    exam: Exam, profile: Profile, passed: Sequence[Member], results: Mapping[str, Official]
) -> Table:
    """合格人员名单, by unit, trade, level and name; ID numbers masked."""
    ordered = sorted(
        passed, key=lambda one: (one.county, one.person.unit, one.person.trade, one.person.level,
                                 one.person.name)
    )  # fmt: skip
    subjects = [(ident, subject.name) for _, ident, subject in profile.ordered]
    practical = (profile.practical.name,) if profile.practical.type != "none" else ()
    return Table(
        title="合格人员名单",
        above=heading(exam),
        facts=(("人数", f"{len(ordered)} 人"),),
        columns=(
            "序号", "姓名", "性别", "身份证号", "工作单位", "工种", "等级",
            *(name for _, name in subjects), *practical, "备注",
        ),
        widths=(
            11, 20, 10, 37, 0, 34, 17, *(18.0 for _ in subjects), *(20.0 for _ in practical), 22,
        ),
        rows=tuple(
            (
                str(number),
                one.person.name,
                SEX[one.person.sex],
                one.person.id_masked,
                one.person.unit,
                one.person.trade,
                profile.level_name(one.person.level),
                *(_points(results[one.person.id], ident) for ident, _ in subjects),
                *([_practical(results[one.person.id])] if practical else []),
                _remark(results[one.person.id]),
            )
            for number, one in enumerate(ordered, start=1)
        ),
        left=(4, 5),
        size_pt=9.5,
        flipped=True,
        sealed=("考核部门", "人社部门"),
    )  # fmt: skip


def passed_forms(
    profile: Profile,
    passed: Sequence[Member],
    results: Mapping[str, Official],
    *,
    fields: FieldCipher,
    votes: Mapping[str, Votes],
) -> Paper:
    """合格表: a page each, the boxes of the notice's own form and no others, the ID number whole.

    Where it has boxes for the review 评审, those who were voted on have the numbers; the others'
    stay blank, to be written.
    """
    files: dict[str, str] = {}
    people = []
    forms = passed_forms_of(profile)
    for one in passed:
        form, photo = forms[one.person.level], photo_of(one.person, fields)
        if photo is not None:
            files[f"photo/{one.person.id}.svg"] = photo
        people.append(
            {
                "form": form.name,
                "name": one.person.name,
                "sex": SEX[one.person.sex],
                "unit": one.person.unit,
                "trade": one.person.trade,
                "level": profile.level_name(one.person.level),
                "id": id_number_of(one.person, fields),
                "photo": f"photo/{one.person.id}.svg" if photo is not None else None,
                "scores": [
                    _score(results[one.person.id], name, profile) for name in _named(form, _SCORES)
                ],
                "votes": _votes(votes.get(one.person.id)),
            }
        )
    boxes = {form.name: _boxes(form) for form in forms.values()}
    return Paper("passed_form", {"forms": boxes, "people": people}, files)


def _boxes(form: Form) -> dict[str, Any]:
    plain = [field for field in form.fields if GROUP not in field]
    groups = list(dict.fromkeys(field.split(GROUP)[0] for field in form.fields if GROUP in field))
    review = [group for group in groups if group != _SCORES]
    return {
        "title": form.name,
        "annex": form.annex,
        "has_level": "考核等级" in plain,
        "has_remarks": "备注" in plain,
        "scores": _named(form, _SCORES),
        "opinions": [field for field in plain if field.endswith(_SEAL)],
        "review": review[0] if review else "",
        "review_boxes": _named(form, review[0]) if review else [],
        # the review stands before the office that issues the certificate
        "opinions_before": len([field for field in plain if field.endswith(_SEAL)]) - 1,
    }


def _named(form: Form, group: str) -> list[str]:
    return [field.split(GROUP)[1] for field in form.fields if field.startswith(group + GROUP)]


def _score(result: Official, name: str, profile: Profile) -> str:
    for _, ident, subject in profile.ordered:
        if subject.name == name:
            return _points(result, ident)
    return _practical(result) if name == profile.practical.name else ""


def _votes(votes: Votes | None) -> dict[str, str]:
    if votes is None:
        return {}
    return {label: str(getattr(votes, name)) for label, name in _VOTES.items()}


def _points(result: Official, ident: str) -> str:
    points = result.subjects.get(ident)
    if points is not None:
        return points
    state = result.states.get(ident)
    return state_word("subject", state) if state in ("absent", "voided") else _WITHOUT


def _practical(result: Official) -> str:
    if result.practical in ("pass", "fail", "absent"):
        return state_word("subject", result.practical)
    return result.practical or _WITHOUT


def _remark(result: Official) -> str:
    review = [one for one in result.reasons if one.code == "review"]
    return "进入评审" if review else ""
