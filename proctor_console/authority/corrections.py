"""Corrections of scoring keys 更正答案: the page, and every step of one."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.results.actions.correcting import (
    approve_correction,
    propose_correction,
    reject_correction,
    withdraw_correction,
)
from exam_server.results.actions.trial import try_out
from exam_server.results.corrections import Change, forms_of, found_correction
from exam_server.results.views.correction_table import correction_csv
from exam_server.results.views.corrections import (
    correction_cards,
    correction_detail,
    forms_to_correct,
)
from exam_server.results.views.groups import exams_with_people
from proctor_console.authority.custody import Custody, opened, scoring_told
from proctor_console.frame.access import staff
from proctor_console.frame.answers import answer, ask, guarded, handed_over
from proctor_console.frame.exams import chosen_exam
from proctor_console.frame.pages import page

blueprint = guarded(Blueprint("console_corrections", __name__, url_prefix="/console/corrections"))
api = guarded(Blueprint("console_corrections_api", __name__, url_prefix="/console/api"), json=True)


@blueprint.before_request
@api.before_request
def authority_only() -> None:
    """Whose key it is may correct it: the province's authority."""
    require(staff(), Role.AUTHORITY, action="see_corrections")


class OneChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of one form; ``letters``: canonical, for another or a further answer."""

    form: str
    item: str
    change: str
    letters: str = ""


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A correction put forward."""

    changes: tuple[OneChange, ...]
    reason: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written beside a step."""

    reason: str = ""


@blueprint.get("")
def corrections() -> str:
    """Every correction of an exam, and a new one."""
    viewer, here = staff(), centre()
    exams = here.store.read(exams_with_people)
    chosen = chosen_exam(exams)
    cards, forms = here.store.read(
        lambda session: (
            correction_cards(session, chosen, keys=here.keys, viewer=viewer),
            forms_to_correct(session, chosen),
        )
    )
    return page("corrections.html", exams=exams, chosen=chosen, cards=cards, forms=forms)


@blueprint.get("/<correction_id>")
def correction(correction_id: str) -> str:
    """One correction: what it would do, drawn and listed, and what may be done with it."""
    viewer, here = staff(), centre()
    found = here.store.read(
        lambda session: correction_detail(session, correction_id, keys=here.keys, viewer=viewer)
    )
    return page("correction.html", one=found)


@api.get("/corrections/<correction_id>/table.csv")
def table(correction_id: str) -> Response:
    """The table before/after of everybody."""
    made = centre().store.read(lambda session: correction_csv(session, correction_id))
    return handed_over(f"更正前后对照-{correction_id}.csv", "text/csv", made)


@api.post("/exams/<exam_id>/corrections")
def propose(exam_id: str) -> Response:
    """提出 with a reason."""
    actor, wanted, here = staff(), ask(Proposal), centre()
    changes = [Change(one.form, one.item, one.change, one.letters) for one in wanted.changes]
    ident = here.store.write(
        lambda tx: propose_correction(
            tx,
            exam_id=exam_id,
            changes=changes,
            reason=wanted.reason,
            keys=here.keys,
            actor=actor,
        )
    )
    return answer({"id": ident})


@api.post("/corrections/<correction_id>/try")
def attempt_it(correction_id: str) -> Response:
    """试算, told line by line (:func:`scoring_told`)."""
    actor, here = staff(), centre()
    forms = here.store.read(lambda session: forms_of(found_correction(session, correction_id)))
    source, second = opened(forms, ask(Custody), actor)
    steps = try_out(
        here.store,
        correction_id=correction_id,
        source=source,
        keys=here.keys,
        actor=actor,
        second=second,
    )
    return scoring_told(steps)


@api.post("/corrections/<correction_id>/approve")
def approve(correction_id: str) -> Response:
    """批准; ``applied``: whether it has taken effect with that."""
    actor, words = staff(), ask(Words)
    applied = centre().store.write(
        lambda tx: approve_correction(
            tx, correction_id=correction_id, actor=actor, reason=words.reason
        )
    )
    return answer({"applied": applied})


@api.post("/corrections/<correction_id>/reject")
def reject(correction_id: str) -> Response:
    """否决, with the reason."""
    actor, words = staff(), ask(Words)
    centre().store.write(
        lambda tx: reject_correction(
            tx, correction_id=correction_id, reason=words.reason, actor=actor
        )
    )
    return answer({"done": True})


@api.post("/corrections/<correction_id>/withdraw")
def withdraw(correction_id: str) -> Response:
    """撤回 by who proposed it, with the reason."""
    actor, words = staff(), ask(Words)
    centre().store.write(
        lambda tx: withdraw_correction(
            tx, correction_id=correction_id, reason=words.reason, actor=actor
        )
    )
    return answer({"done": True})
