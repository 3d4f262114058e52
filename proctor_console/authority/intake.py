"""What came back from the centres: announced, imported, still missing; and the import itself."""

from __future__ import annotations

from io import BytesIO

import msgspec
from flask import Blueprint, Response, request

from exam_server.auth.identity import Role, require
from exam_server.context import centre
from exam_server.results.actions.held_packages import accept_correction, set_aside
from exam_server.results.actions.intake import import_results
from exam_server.results.actions.late_scoring import score_late
from exam_server.results.late import late_forms
from exam_server.results.merging_practical import Standing
from exam_server.results.views.intake import (
    announced_cards,
    arrivals,
    imported_practical,
    imported_table,
    late_papers,
)
from exam_server.upkeep.hub_proof import announce_proof, write_proof
from proctor_console.authority.custody import Custody, opened, scoring_told
from proctor_console.frame.access import staff
from proctor_console.frame.answers import answer, ask, guarded, handed_over
from proctor_console.frame.pages import page

MOST_BYTES = 16 * 1024 * 1024  # a centre of a thousand candidates takes about one

blueprint = guarded(Blueprint("console_intake", __name__, url_prefix="/console/imported"))
api = guarded(Blueprint("console_intake_api", __name__, url_prefix="/console/api"), json=True)


@blueprint.before_request
@api.before_request
def authority_only() -> None:
    """Results of centres are the authority's alone."""
    require(staff(), Role.AUTHORITY, action="see_imported")


@blueprint.get("")
def imported() -> str:
    """汇总: every centre that was sent a paper, what it sent back, what is missing."""
    cards, late = centre().store.read(
        lambda session: (announced_cards(session), late_papers(session))
    )
    exams = {card.exam_id: card.exam for card in cards if card.exam_id and card.packages}
    return page("imported.html", cards=cards, sums=arrivals(cards), late=late, exams=exams)


@blueprint.get("/<imported_id>")
def one(imported_id: str) -> str:
    """One package: where it came from, its rows, and what it contradicts."""
    here = centre().store
    card, name, table, conflicts = here.read(lambda session: imported_table(session, imported_id))
    practical = here.read(lambda session: imported_practical(session, imported_id))
    return page(
        "imported_one.html",
        card=card,
        centre=name,
        table=table,
        conflicts=conflicts,
        practical=practical,
    )


@blueprint.get("/exams/<exam_id>/proof.zip")
def proof(exam_id: str) -> Response:
    """汇总核验包: all that proves what counts, for whoever supervises the office."""
    actor, here, made = staff(), centre(), BytesIO()
    here.store.write(lambda tx: announce_proof(tx, exam_id=exam_id, actor=actor.actor))
    now = here.now()
    here.store.read(
        lambda session: write_proof(
            session, made, exam_id=exam_id, signing=here.keys.signing, now=now
        )
    )
    return handed_over(f"proof-{exam_id}.zip", "application/zip", made.getvalue())


@api.post("/imported")
def take_in() -> Response:
    """A result package, the bytes of the file as the body: taken in whole or not at all."""
    request.max_content_length = MOST_BYTES
    actor, data = staff(), request.get_data()
    found = centre().store.write(lambda tx: import_results(tx, data=data, actor=actor))
    return answer(
        {
            "id": found.id,
            "centre": found.centre,
            "new": found.new,
            "rows": found.rows,
            "state": found.state.value,
            "conflicts": found.conflicts,
        }
    )


@api.post("/imported/late")
def score_them() -> Response:
    """补评 of what came in after a correction, told line by line (:func:`scoring_told`)."""
    actor, here = staff(), centre()
    source, second = opened(here.store.read(late_forms), ask(Custody), actor)
    steps = score_late(here.store, source=source, keys=here.keys, actor=actor, second=second)
    return scoring_told(steps)


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a package that contradicts others is accepted or set aside."""

    reason: str


class Accepted(Words, frozen=True, forbid_unknown_fields=True):
    """``practical``: which practical results stand where they differ."""

    practical: Standing | None = None


@api.post("/imported/<imported_id>/accept")
def accept(imported_id: str) -> Response:
    """以更正为准: from now on it counts for its people."""
    actor, words = staff(), ask(Accepted)
    centre().store.write(
        lambda tx: accept_correction(
            tx,
            imported_id=imported_id,
            reason=words.reason,
            practical=words.practical,
            actor=actor,
        )
    )
    return answer({"done": True})


@api.post("/imported/<imported_id>/set-aside")
def aside(imported_id: str) -> Response:
    """不采用: it never counts."""
    actor, words = staff(), ask(Words)
    centre().store.write(
        lambda tx: set_aside(tx, imported_id=imported_id, reason=words.reason, actor=actor)
    )
    return answer({"done": True})
