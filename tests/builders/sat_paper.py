"""A real sealed paper under a province's scores: all have sat it, and one key is wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from exam_server.context import Centre
from exam_server.desk.tables import Candidate
from exam_server.results.tables import Score
from exam_server.room.tables import Attempt, Response
from exam_server.storage.base import Base
from exam_server.storage.tx import Tx
from exam_server.vault.actions.packages import import_package
from question_bank.items.key import FormKey, ItemKey, as_builtins, digest
from question_bank.items.scoring import score_form
from question_bank.items.shape import LETTERS, ItemType
from question_bank.sealing import package
from question_bank.sealing.build import build
from tests.builders.papers import CREATED_MS, SEALING_SEED, Authority, draft

_AT_ONCE = 20_000


@dataclass(frozen=True)
class SatPaper:
    """``item``: the one whose key is wrong; ``letters``: what the able have answered there.
    ``scoring``: the authority's own scoring key file."""

    form_id: str
    bell_code: str
    item: str
    letters: str
    scoring: dict[str, Any]


def sit_paper(here: Centre, *, seed: int, singles: int = 50, multiples: int = 50) -> SatPaper:
    """Seal a paper to this machine and let everybody who handed theory in have sat it."""
    counts = {ItemType.SINGLE: singles, ItemType.MULTIPLE: multiples}
    built = build(
        exam="全省工考",
        drafts=[draft(counts)],
        recipients=[here.keys.hpke.public_key()],
        signing_key=Authority().signing,
        seed=SEALING_SEED,
        created_ms=CREATED_MS,
    )
    sealed = package.from_bytes(built.data)
    ((form_id, key),) = built.form_keys.items()
    wrong = next(one for one in key.items if one.type is ItemType.SINGLE)
    letters = next(one for one in LETTERS if one not in wrong.correct)
    here.store.write(
        lambda tx: import_package(tx, package=sealed, file=built.data, data=here.settings.data)
    )
    here.store.write(lambda tx: _sit(tx, form_id, key, wrong.item_id, letters, seed))
    return SatPaper(form_id, built.bell_code, wrong.item_id, letters, {form_id: as_builtins(key)})


def one_group(here: Centre, *, city: str, trade: str, level: str) -> None:
    """Everybody is of one group, so that there is something to draw."""
    here.store.write(
        lambda tx: tx.session.execute(
            update(Candidate).values(city=city, trade=trade, level=level)
        ).close()
    )


def _sit(tx: Tx, form_id: str, key: FormKey, wrong: str, letters: str, seed: int) -> None:
    chance = random.Random(seed)
    attempts = tx.session.scalars(
        select(Attempt.id)
        .where(Attempt.subject == "theory", Attempt.state == "submitted")
        .order_by(Attempt.id)
    ).all()
    responses: list[dict[str, Any]] = []
    for attempt in attempts:
        given = _answers(key, wrong, letters, chance)
        score = score_form(key, given)
        responses += [_response(attempt, item, text) for item, text in given.items()]
        tx.session.execute(
            update(Score)
            .where(Score.attempt_id == attempt)
            .values(
                points=str(score.points),
                scoring_digest=digest(key),
                sections=[],
            )
        )
    tx.session.execute(update(Attempt).where(Attempt.id.in_(attempts)).values(form_id=form_id))
    table = Base.metadata.tables[Response.__tablename__]
    for first in range(0, len(responses), _AT_ONCE):
        tx.session.execute(insert(table), responses[first : first + _AT_ONCE])


def _answers(key: FormKey, wrong: str, letters: str, chance: random.Random) -> dict[str, str]:
    """Somebody of one ability; at the item with the wrong key, who knows it is marked wrong."""
    ability = min(0.97, max(0.25, chance.gauss(0.66, 0.12)))
    given = {one.item_id: _answer(one, chance.random() < ability, chance) for one in key.items}
    if chance.random() < ability:
        given[wrong] = letters
    return given


def _answer(key: ItemKey, knows: bool, chance: random.Random) -> str:
    if knows:
        return key.correct
    return chance.choice([one for one in LETTERS[: key.options] if one != key.correct])


def _response(attempt: str, item: str, letters: str) -> dict[str, Any]:
    return {
        "attempt_id": attempt, "item_id": item, "fence": 1, "counter": 1, "options": letters,
        "marked": False, "seq": 1, "digest": "",
    }  # fmt: skip
