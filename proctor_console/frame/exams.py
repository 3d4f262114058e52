"""Which exam a page is about, and what its viewer sees of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from flask import request
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.context import centre
from exam_server.errors import not_found
from proctor_console.frame.access import staff

Seen_co = TypeVar("Seen_co", covariant=True)


class ExamView(Protocol[Seen_co]):
    """A view of an exam, as far as the viewer's office may look."""

    def __call__(self, session: Session, exam_id: str, /, *, viewer: Staff) -> Seen_co: ...


def chosen_exam(exams: Mapping[str, str]) -> str:
    """``?exam=…``, else the first; "" where there is none. ``exams``: names by id.

    ``not_found`` 404 for an exam that is not among them.
    """
    chosen = request.args.get("exam") or next(iter(exams), "")
    if chosen and chosen not in exams:
        raise not_found("exam", chosen)
    return chosen


def seen_of(view: ExamView[Seen_co], chosen: str) -> Seen_co | None:
    """What whoever asks sees of the exam ``chosen``; None where none is."""
    viewer = staff()  # here: the reader knows of no request
    if not chosen:
        return None
    return centre().store.read(lambda session: view(session, chosen, viewer=viewer))
