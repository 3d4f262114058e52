"""准考证 (DOMAIN D21): whose it is, when and where, what to bring; ID number masked, a QR code
that holds the ticket number and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exam_server.desk.tables import Candidate, Exam, Sitting
from exam_server.documents.office_file import OfficeWords
from exam_server.documents.paper import Paper
from exam_server.documents.pictures import photo_svg, qr_svg
from exam_server.documents.scope import Member
from exam_server.documents.times import clock_words, day_words
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile, of_exam
from exam_server.profiles.rules_text import rules_text

MINUTE_MS = 60_000
SEX = {"M": "男", "F": "女"}
MODES = {"formal": "", "trial": "试考", "practice": "练习"}


def tickets(
    exam: Exam, found: Sequence[Member], *, fields: FieldCipher, words: OfficeWords
) -> Paper:
    """One page for each of ``found``, all of them placed."""
    profile, files = of_exam(exam), {}
    rows = []
    for one in found:
        person, sitting = one.person, one.sitting
        assert sitting is not None
        assert person.ticket is not None
        qr, photo = f"qr/{person.id}.svg", photo_of(person, fields)
        files[qr] = qr_svg(person.ticket)
        if photo is not None:
            files[f"photo/{person.id}.svg"] = photo
        rows.append(
            {
                **who(person, profile),
                **where(sitting, words),
                "seat": person.seat,
                "photo": f"photo/{person.id}.svg" if photo is not None else None,
                "qr": qr,
                "subjects": timetable(profile, sitting.planned_start_ms),
                "day": day_words(sitting.planned_start_ms, weekday=True),
                "start": clock_words(sitting.planned_start_ms),
                "enter": clock_words(
                    sitting.planned_start_ms - profile.room.entry_minutes * MINUTE_MS
                ),
                "late": clock_words(
                    sitting.planned_start_ms + profile.room.late_limit_minutes * MINUTE_MS
                ),
            }
        )
    data: dict[str, Any] = {
        "exam": exam.name,
        "mode": MODES[exam.mode],
        "issuer": words.issuer,
        "phone": words.phone,
        "entry_minutes": profile.room.entry_minutes,
        "late_minutes": profile.room.late_limit_minutes,
        "follows": profile.block.mode == "immediate",
        "rules": rules_text(profile),
        "people": rows,
    }
    return Paper("ticket", data, files)


def who(person: Candidate, profile: Profile) -> dict[str, Any]:
    """A person as every sheet of the room names them; the ID number masked."""
    return {
        "name": person.name,
        "sex": SEX[person.sex],
        "id": person.id_masked,
        "ticket": person.ticket or "",
        "unit": person.unit,
        "trade": person.trade,
        "level": profile.level_name(person.level),
        "city": person.city,
    }


def where(sitting: Sitting, words: OfficeWords) -> dict[str, Any]:
    """A room at its time."""
    return {
        "centre": sitting.centre,
        "address": words.addresses.get(sitting.centre, ""),
        "room": sitting.room,
        "sitting": sitting.name,
    }


def timetable(profile: Profile, start_ms: int) -> list[dict[str, str]]:
    """The subjects of the block one after the other, each with its full time (DOMAIN A3)."""
    rows, at_ms = [], start_ms
    for _, subject_id, subject in profile.ordered:
        end_ms = at_ms + profile.limit_ms(subject_id)
        rows.append(
            {
                "subject": subject.name,
                "day": day_words(at_ms),
                "start": clock_words(at_ms),
                "end": clock_words(end_ms),
                "minutes": str(subject.minutes),
            }
        )
        at_ms = end_ms
    return rows


def photo_of(person: Candidate, fields: FieldCipher) -> str | None:
    """The person's photo for the typesetter, None without one."""
    if person.photo_cipher is None:
        return None
    return photo_svg(fields.open(person.photo_cipher, f"candidate.photo:{person.id}"))
