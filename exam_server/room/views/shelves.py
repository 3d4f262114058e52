"""What never changes once it is there, read once: exams as announced, forms as sealed.

A room of candidates asks for the same rules and the same shapes within minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from exam_server.desk.tables import Exam
from exam_server.profiles.profile import Profile, of_exam
from exam_server.profiles.rules_text import headings, pledge_text, rules_text
from exam_server.vault.tables import Form
from question_bank.items.shape import Shape


@dataclass(frozen=True, slots=True)
class Announced:
    """An exam: its frozen rules, the seed of its orders, and what a Me says of it."""

    rules: Profile
    seed: bytes
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A form before the bell: its shape, and what a Stage says of it."""

    shape: Shape
    told: Mapping[str, Any]


class Shelves:
    """Exams and forms by id, of one centre; bounded by what that centre holds."""

    def __init__(self) -> None:
        self._exams: dict[str, Announced] = {}
        self._forms: dict[str, Sealed] = {}

    def exam(self, session: Session, exam_id: str) -> Announced:
        """The exam of this id, which a row refers to."""
        known = self._exams.get(exam_id)
        if known is None:
            known = self._exams[exam_id] = _announced(session.get_one(Exam, exam_id))
        return known

    def form(self, session: Session, form_id: str) -> Sealed:
        """The form of this id, which a row refers to."""
        known = self._forms.get(form_id)
        if known is None:
            known = self._forms[form_id] = _sealed(session.get_one(Form, form_id))
        return known


def _announced(exam: Exam) -> Announced:
    rules = of_exam(exam)
    told = {
        "exam": exam.name,
        "mode": exam.mode,
        "rules": rules_text(rules, "zh"),
        "rules_en": rules_text(rules, "en"),
        "pledge": pledge_text("zh"),
        "pledge_en": pledge_text("en"),
        "auto_start_seconds": rules.block.auto_start_seconds,
        "warn_minutes": list(rules.room.warn_minutes),
        "limits_shortened": rules.limits_shortened,
    }
    return Announced(rules, bytes.fromhex(exam.permutation_seed), told)


def _sealed(form: Form) -> Sealed:
    shape = msgspec.convert(form.shape, Shape)
    sections = [(part.type, len(part.items), part.points) for part in shape.sections]
    told = {
        "form_id": form.id,
        "blob": form.blob_digest,
        "shape": {
            "sections": msgspec.to_builtins(shape.sections),
            "credit": msgspec.to_builtins(shape.credit),
        },
        "headings": headings(sections, shape.credit),
    }
    return Sealed(shape, told)
