"""Everybody's answers in a result package: the hub can score them again, by a corrected key.

They are letters by opaque item ids, as the journal has them; no word of any item. Compact, because
a province has fourteen million of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.results.tables import ImportedResults, MergedAttempt
from exam_server.results.views.pending import answers_of
from exam_server.storage.listed import listed
from exam_server.vault.tables import Form
from question_bank.items.shape import Shape

_BETWEEN = ","


class PackedAnswers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``items``: by form, its item ids in one order. ``given``: by attempt, the canonical letters
    to each of them in that order, with commas between; nothing for a blank."""

    items: dict[str, tuple[str, ...]]
    given: dict[str, str]


def packed_answers(session: Session, scores: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The answers of every attempt that has a score, as builtins."""
    forms = {str(score["attempt"]): str(score["form"]) for score in scores}
    items = {form: _items(session, form) for form in sorted(set(forms.values()))}
    answers = answers_of(session, list(forms))
    given = {
        attempt: _BETWEEN.join(answers.get(attempt, {}).get(item, "") for item in items[form])
        for attempt, form in sorted(forms.items())
    }
    return {"items": items, "given": given}


def merged_answers(session: Session, attempt_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """What counts of centres' attempts, letters by item id; an attempt is missing where its
    package brought no answers."""
    rows = session.execute(
        select(MergedAttempt.id, MergedAttempt.form_id, MergedAttempt.imported_id).where(
            MergedAttempt.id.in_(listed("attempts"))
        ),
        {"attempts": list(attempt_ids)},
    ).all()
    packages = {
        ident: msgspec.convert(answers, PackedAnswers)
        for ident, answers in session.execute(
            select(ImportedResults.id, ImportedResults.results["answers"]).where(
                ImportedResults.id.in_({row.imported_id for row in rows})
            )
        )
        if answers is not None
    }
    return {
        row.id: _unpacked(packages[row.imported_id], row.id, row.form_id)
        for row in rows
        if row.imported_id in packages and row.id in packages[row.imported_id].given
    }


def _items(session: Session, form_id: str) -> list[str]:
    shape = msgspec.convert(session.get_one(Form, form_id).shape, Shape)
    return sorted(item.id for section in shape.sections for item in section.items)


def _unpacked(answers: PackedAnswers, attempt_id: str, form_id: str) -> dict[str, str]:
    items = answers.items.get(form_id, ())
    letters = answers.given[attempt_id].split(_BETWEEN)
    return {item: text for item, text in zip(items, letters, strict=False) if text}
