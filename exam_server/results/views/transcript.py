"""The candidate's own official result and its e-transcript 电子成绩单 (DOMAIN A6, A13, B19).

Only what has been published, and of it the newest release of the person's group. Whoever asks
must know both numbers; wrong pairs, unpublished results and unknown people get one and the same
answer: nothing. The transcript carries a code over all it says, that the authority's page
checks; it never has an ID number whole.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from exam_server.clock import china_day
from exam_server.desk.rules import id_number as ids
from exam_server.desk.tables import Candidate, Exam
from exam_server.keys import FieldCipher
from exam_server.profiles.profile import Profile, of_exam
from exam_server.results.rules.group import parts_of
from exam_server.results.rules.official import WITHDRAWN, Official, publisher_of
from exam_server.results.rules.outcome import Reason
from exam_server.results.tables import ReleasedResult, ResultsRelease
from exam_server.results.views.outcome_words import decided
from exam_server.results.views.table import full_of
from question_bank.canonical import canonical

_PURPOSE = "kaochang/transcript/1"
_DIGITS_MOST = 40  # of a ticket number that is looked for


class TranscriptLine(msgspec.Struct, frozen=True):
    """One subject. ``points``: None where there are none, then ``state`` says why."""

    name: str
    name_en: str
    points: str | None
    full: str | None
    state: str


class Transcript(msgspec.Struct, frozen=True):
    """What is published about one person. ``result``, ``result_en``: the outcome in words;
    ``line``: the group's, None where none was drawn; ``released_on``, ``valid_until``: ISO dates;
    ``version``: of the release; ``code``: of :func:`said_by`."""

    exam: str
    year: int
    office: str
    name: str
    id_masked: str
    ticket: str
    unit: str
    trade: str
    level: str
    lines: tuple[TranscriptLine, ...]
    sum: str | None
    full: str
    line: str | None
    status: str
    result: str
    result_en: str
    valid_until: str | None
    released_on: str
    version: int
    code: str = ""


class Checked(msgspec.Struct, frozen=True):
    """A transcript whose code is right. ``newest``: whether it is what counts now."""

    transcript: Transcript
    newest: bool


def own_transcript(
    session: Session, fields: FieldCipher, *, id_number: str, ticket: str
) -> Transcript | None:
    """The official result of the person with both numbers, as they are typed; None otherwise."""
    lookup = fields.lookup(ids.normalise(id_number))
    rows = session.execute(
        _released()
        .where(Candidate.id_lookup == lookup, Candidate.ticket == plain_ticket(ticket))
        .where(ResultsRelease.version == _newest_version())
        .order_by(ResultsRelease.released_ms.desc())
    ).all()
    found = [_transcript(row, fields) for row in rows if row.official["status"] != WITHDRAWN]
    return found[0] if found else None


def checked_transcript(
    session: Session, fields: FieldCipher, *, ticket: str, code: str
) -> Checked | None:
    """The transcript that carries ``code``, of any release; None when there is none."""
    given = plain_code(code)
    rows = session.execute(_released().where(Candidate.ticket == plain_ticket(ticket))).all()
    newest = _newest(rows)
    for row in rows:
        if row.official["status"] == WITHDRAWN:
            continue
        found = _transcript(row, fields)
        if hmac.compare_digest(plain_code(found.code), given):
            return Checked(found, newest=row.id in newest)
    return None


def group_transcripts(
    session: Session, fields: FieldCipher, exam_id: str, groups: Iterable[str] | None = None
) -> list[tuple[str, Transcript]]:
    """(whole ID number, transcript) of everybody whose result counts, by ticket: for a bundle in
    which each is sealed with its own numbers. ``groups``: None for all of the exam."""
    query = _released(Candidate.id_cipher).where(
        Candidate.exam_id == exam_id,
        Candidate.ticket.is_not(None),
        ResultsRelease.version == _newest_version(),
    )
    if groups is not None:
        query = query.where(ResultsRelease.group_key.in_(list(groups)))
    rows = session.execute(query.order_by(Candidate.ticket)).all()
    return [
        (
            fields.open(row.id_cipher, f"candidate.id:{row.candidate_id}").decode(),
            _transcript(row, fields),
        )
        for row in rows
        if row.official["status"] != WITHDRAWN
    ]


def account_of(fields: FieldCipher, typed: str) -> str:
    """What is guessed at, as a keyed hash: the same however the number is spaced or written."""
    return fields.lookup(ids.normalise(typed))


def plain_ticket(text: str) -> str:
    """A ticket number as it is compared: full-width digits become ASCII, blanks go."""
    return "".join(unicodedata.normalize("NFKC", text[:_DIGITS_MOST]).split()).replace("\0", "")


def plain_code(text: str) -> str:
    """A code as it is compared: upper case, without dashes and blanks, O and I read as digits."""
    kept = "".join(one for one in unicodedata.normalize("NFKC", text[:80]).upper() if one.isalnum())
    return kept.translate(str.maketrans("OIL", "011")).encode("ascii", "replace").decode()


def _released(*more: Any) -> Select[Any]:
    return (
        select(
            ResultsRelease.id,
            ResultsRelease.group_key,
            ResultsRelease.version,
            ResultsRelease.released_ms,
            ReleasedResult.official,
            ReleasedResult.candidate_id,
            Candidate.name,
            Candidate.id_masked,
            Candidate.ticket,
            Candidate.unit,
            Candidate.trade,
            Candidate.level,
            Exam,
            *more,
        )
        .join(ReleasedResult, ReleasedResult.release_id == ResultsRelease.id)
        .join(Candidate, Candidate.id == ReleasedResult.candidate_id)
        .join(Exam, Exam.id == Candidate.exam_id)
    )


def _newest_version() -> Any:
    """The last version of the row's own group."""
    other = ResultsRelease.__table__.alias("other")
    return (
        select(func.max(other.c.version))
        .where(
            other.c.exam_id == ResultsRelease.exam_id,
            other.c.group_key == ResultsRelease.group_key,
        )
        .correlate(ResultsRelease)
        .scalar_subquery()
    )


def _newest(rows: Iterable[Any]) -> set[str]:
    last: dict[tuple[str, str], Any] = {}
    for row in rows:
        key = (row.Exam.id, row.group_key)
        if key not in last or row.version > last[key].version:
            last[key] = row
    return {row.id for row in last.values()}


def _transcript(row: Any, fields: FieldCipher) -> Transcript:
    profile, official = of_exam(row.Exam), msgspec.convert(row.official, Official)
    city = publisher_of(parts_of(row.group_key), profile.publish.authority)
    found = Transcript(
        exam=row.Exam.name,
        year=row.Exam.year,
        office=profile.authorities.get("city" if city else "province", ""),
        name=row.name,
        id_masked=row.id_masked,
        ticket=row.ticket,
        unit=row.unit,
        trade=row.trade,
        level=profile.level_name(row.level),
        lines=_lines(profile, official),
        sum=official.sum if profile.score.show_sum else None,
        full=full_of(profile),
        line=official.line,
        status=official.status,
        result=decided(official.status, official.reasons, "zh"),
        result_en=decided(official.status, official.reasons, "en"),
        valid_until=official.valid_until,
        released_on=china_day(row.released_ms).isoformat(),
        version=row.version,
    )
    return msgspec.structs.replace(
        found, code=fields.code_of(said_by(found, official.reasons), _PURPOSE)
    )


def said_by(found: Transcript, reasons: Sequence[Reason]) -> bytes:
    """What a code is made over: everything a transcript says. Of the outcome its status and the
    codes of its reasons, not the words: printed codes stay right when a word changes."""
    wordless = msgspec.structs.replace(found, result="", result_en="")
    why = sorted({one.code for one in reasons})
    return canonical({**msgspec.to_builtins(wordless), "reasons": why})


def _lines(profile: Profile, official: Official) -> tuple[TranscriptLine, ...]:
    lines = [
        TranscriptLine(
            subject.name,
            subject.name_en,
            official.subjects.get(ident),
            subject.full_mark,
            official.states.get(ident, ""),
        )
        for _, ident, subject in profile.ordered
    ]
    practical = profile.practical
    if practical.type != "none":
        shown = official.practical
        known = shown not in (None, "pass", "fail", "absent")
        lines.append(
            TranscriptLine(
                practical.name,
                practical.name_en,
                shown if known else None,
                practical.full_mark if practical.type == "score" else None,
                "submitted" if known else shown or "missing",
            )
        )
    return tuple(lines)
