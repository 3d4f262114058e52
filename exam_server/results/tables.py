"""What follows from the answers: scores and lines."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_server.storage.base import Base


class Score(Base):
    """The score of one attempt as the scorer process computed it, by version.

    ``attempt_id``: of an attempt of this machine, or of a centre's (:class:`MergedAttempt`).
    """

    __tablename__ = "score"
    __table_args__ = (UniqueConstraint("attempt_id", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]  # 1, then +1 per recorded rescore
    points: Mapped[str]  # decimal
    sections: Mapped[list[Any]]  # [{type, points, full, right, blank}]
    attempt_head: Mapped[str]  # the chain head that was scored
    scoring_digest: Mapped[str]
    scored_ms: Mapped[int]
    reason: Mapped[str | None]  # null for version 1


class CutScore(Base):
    """A version of a group's line 合格线. Its life is ``rules.line_life.LineState``; nothing but
    the state ever changes."""

    __tablename__ = "cut_score"
    __table_args__ = (UniqueConstraint("exam_id", "group_key", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    group_key: Mapped[str]  # city|trade|level
    version: Mapped[int]
    params: Mapped[dict[str, Any]]  # results.rules.LineParams as builtins
    line: Mapped[str | None]  # decimal; null = nobody passes
    counts: Mapped[dict[str, Any]]
    snapshot_digest: Mapped[str]  # sha256 of the canonical scores that went in
    state: Mapped[str]
    # proposed although centres' packages were missing: {reason, centres: [{centre, people}]}
    without: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class LineStep(Base):
    """A step that a line took, and who took it. Rows are only ever added."""

    __tablename__ = "line_step"

    id: Mapped[str] = mapped_column(primary_key=True)
    cut_score_id: Mapped[str] = mapped_column(ForeignKey("cut_score.id"), index=True)
    step: Mapped[str]  # the state it led to
    staff_id: Mapped[str]
    at_ms: Mapped[int]
    reason: Mapped[str]  # "" where none is asked for
    document: Mapped[str]  # the filing's number, else ""


class Correction(Base):
    """A correction of scoring keys 更正: what is proposed, what it would do, how far it is. Its
    life is ``rules.correction_life``. The letters of a new answer are in ``sealed`` alone."""

    __tablename__ = "correction"

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    items: Mapped[list[Any]]  # [[form id, item id, change]]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # the letters, in the order of items
    reason: Mapped[str]
    state: Mapped[str]
    keys: Mapped[
        dict[str, Any]
    ]  # form id → {from, to: scoring digests, version, golden}; once tried
    effects: Mapped[dict[str, Any]]  # results.correction_effects.Effects; once tried
    digest: Mapped[str | None]  # of everything that the approvals are given for
    applied_ms: Mapped[int | None]


class CorrectionStep(Base):
    """A step that a correction took, and who took it. Rows are only ever added."""

    __tablename__ = "correction_step"

    id: Mapped[str] = mapped_column(primary_key=True)
    correction_id: Mapped[str] = mapped_column(ForeignKey("correction.id"), index=True)
    number: Mapped[int]
    step: Mapped[str]  # the state it led to
    staff_id: Mapped[str]
    second_id: Mapped[str | None]  # who opened the scoring key with them
    at_ms: Mapped[int]
    reason: Mapped[str]  # "" where none is asked for


class TrialScore(Base):
    """One attempt's score under the corrected key, beside the one it has: the table before/after,
    which stays when the correction is applied."""

    __tablename__ = "trial_score"

    correction_id: Mapped[str] = mapped_column(ForeignKey("correction.id"), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(primary_key=True)  # of this machine, or of a centre
    imported_id: Mapped[str]  # the package it came in, "" for a room of this machine
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"))
    subject: Mapped[str]
    form_id: Mapped[str]
    head: Mapped[str]  # the chain head that was scored
    version: Mapped[int]  # of the score it would follow
    before: Mapped[str]  # decimal
    after: Mapped[str]  # decimal
    sections: Mapped[list[Any]]


class JudgesPanel(Base):
    """A judges' sheet as it was taken in; never changed. Usable by groups of its trade and
    level."""

    __tablename__ = "judges_panel"
    __table_args__ = (UniqueConstraint("exam_id", "trade", "level", "digest"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    trade: Mapped[str]  # as in the group's key, "*" for all
    level: Mapped[str]
    kind: Mapped[str]  # angoff | hofstee
    digest: Mapped[str]  # sha256 of the canonical content
    content: Mapped[dict[str, Any]]  # results.rules.judges.Panel as builtins
    imported_by: Mapped[str]
    imported_ms: Mapped[int]


class Ruling(Base):
    """A ruling 处理决定 of the authority about a person's results (rules.ruling). Only added."""

    __tablename__ = "ruling"
    __table_args__ = (UniqueConstraint("candidate_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"), index=True)
    number: Mapped[int]  # of the person's, 1, 2, …: the order in which they were made
    subject: Mapped[str]  # its id, "*" = every subject
    decision: Mapped[str]  # held | void | none
    reason: Mapped[str]
    document: Mapped[str]  # the ruling's number, "" when there is none
    settles: Mapped[int]  # violations recorded in rooms of this machine by then
    at_ms: Mapped[int]
    staff_id: Mapped[str]


class PracticalImport(Base):
    """A list of practical results 操作技能 as it was brought in. Never changed, only followed by
    another."""

    __tablename__ = "practical_import"
    __table_args__ = (UniqueConstraint("exam_id", "digest"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    number: Mapped[int]  # 1, then +1 per import of the exam
    digest: Mapped[str]  # SHA-256 of the file, or of the list as a package has it
    document: Mapped[str]  # the source document's number
    document_date: Mapped[str]  # ISO date
    document_sha256: Mapped[str]  # of its scan; of the file itself where there is none
    reason: Mapped[str]  # why results that were there are corrected, else ""
    imported_ms: Mapped[int]
    imported_by: Mapped[str]
    # the centre's package that brought it; null for a list brought in here
    imported_id: Mapped[str | None] = mapped_column(ForeignKey("imported_results.id"))


class PracticalResult(Base):
    """One person's practical result in one import; the newest import's counts."""

    __tablename__ = "practical_result"

    import_id: Mapped[str] = mapped_column(ForeignKey("practical_import.id"), primary_key=True)
    candidate_id: Mapped[str] = mapped_column(
        ForeignKey("candidate.id"), primary_key=True, index=True
    )
    result: Mapped[str]  # pass | fail | score | absent
    points: Mapped[str | None]  # decimal, of a score
    row: Mapped[int]  # of the file; 0 in a package


class ReviewVote(Base):
    """How a review panel 专业考评组 voted on one person, as it was brought in. Only added; the
    newest counts."""

    __tablename__ = "review_vote"

    id: Mapped[str] = mapped_column(primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"), index=True)
    expected: Mapped[int]  # members due 应到
    present: Mapped[int]  # members there 实到
    agreed: Mapped[int]
    against: Mapped[int]
    abstained: Mapped[int]
    document: Mapped[str]  # the record of the review, by number or name
    imported_by: Mapped[str]
    imported_ms: Mapped[int]


class Announcement(Base):
    """What the authority sent to one centre, and therefore expects back (rules.announced)."""

    __tablename__ = "announcement"
    __table_args__ = (UniqueConstraint("package_id", "centre_key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    # null only where it was announced before results were merged; then it is to be announced again
    exam_id: Mapped[str | None] = mapped_column(ForeignKey("exam.id"))
    package_id: Mapped[str]  # the sealed package; the authority's machine need not hold it
    centre_key: Mapped[str]  # base64, raw Ed25519: who will sign the results
    centre: Mapped[str]
    exam_name: Mapped[str]
    forms: Mapped[dict[str, Any]]  # form id → {scoring_digest, golden: points or null}
    builds: Mapped[list[Any]]  # [] = any
    seats: Mapped[dict[str, Any]]  # ticket → room; {} = no roster announced
    announced_ms: Mapped[int]
    announced_by: Mapped[str]


class ImportedResults(Base):
    """A centre's result package as it came in, with where it came from.

    Nothing of it changes but its ``state`` and what was decided about it.
    """

    __tablename__ = "imported_results"

    id: Mapped[str] = mapped_column(primary_key=True)
    announcement_id: Mapped[str] = mapped_column(ForeignKey("announcement.id"), index=True)
    digest: Mapped[str] = mapped_column(unique=True)  # SHA-256 of the signed manifest
    sittings: Mapped[list[Any]]  # the centre's sitting ids
    tickets: Mapped[list[Any]]  # of everybody in it who sat or should have
    manifest: Mapped[dict[str, Any]]
    results: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    # as it came; null where it came before files were kept, until it is brought again
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    created_ms: Mapped[int]
    imported_ms: Mapped[int]
    imported_by: Mapped[str]
    state: Mapped[str]  # results.rules.merging.PackageState
    conflicts: Mapped[list[Any]]  # results.rules.merging.Conflict as builtins, when it came in
    decided_by: Mapped[str | None]
    decided_ms: Mapped[int | None]
    reason: Mapped[str | None]
    superseded_by: Mapped[str | None]


class NoticeStart(Base):
    """That a public notice 公示 was put up, where and since when. Rows are only ever added: the
    highest version of a notice at a place counts."""

    __tablename__ = "notice_start"
    __table_args__ = (UniqueConstraint("exam_id", "notice", "city", "unit", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    notice: Mapped[str]  # its id in the profile
    city: Mapped[str]  # as in the group's key; "" where the province posts
    unit: Mapped[str]  # "" where an office posts
    version: Mapped[int]  # 1, then +1 per correction
    begun_on: Mapped[str]  # ISO date
    document: Mapped[str]  # the notice's number, or where it is posted
    reason: Mapped[str]  # of a correction, else ""
    at_ms: Mapped[int]
    staff_id: Mapped[str]


class ResultsRelease(Base):
    """The official publication 发布 of one group's results, by version. Never changed."""

    __tablename__ = "results_release"
    __table_args__ = (UniqueConstraint("exam_id", "group_key", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[str] = mapped_column(ForeignKey("exam.id"))
    group_key: Mapped[str]
    version: Mapped[int]  # 1, then +1 per correction
    # null: nobody has a valid score, so there is nothing to draw a line on
    cut_score_id: Mapped[str | None] = mapped_column(ForeignKey("cut_score.id"))
    snapshot_digest: Mapped[str]  # of the scores, as the line's
    digest: Mapped[str]  # sha256 of the canonical results that were published
    people: Mapped[int]
    changed: Mapped[int]  # of them not as they were published, or shown, before
    reason: Mapped[str]  # of a correction, "" where the record explains everything
    released_by: Mapped[str]
    released_ms: Mapped[int]


class ReleasedResult(Base):
    """One person's result in one release."""

    __tablename__ = "released_result"

    release_id: Mapped[str] = mapped_column(ForeignKey("results_release.id"), primary_key=True)
    candidate_id: Mapped[str] = mapped_column(
        ForeignKey("candidate.id"), primary_key=True, index=True
    )
    official: Mapped[dict[str, Any]]  # results.rules.official.Official as builtins
    changes: Mapped[list[Any]]  # rules.official.Change as builtins; [] = as before


class MergedAttempt(Base):
    """A centre's attempt that counts at the hub: one per person and subject.

    What counts now, made from the packages; what came in is :class:`ImportedResults`.
    """

    __tablename__ = "merged_attempt"
    __table_args__ = (UniqueConstraint("candidate_id", "subject"),)

    id: Mapped[str] = mapped_column(primary_key=True)  # as the centre calls it
    imported_id: Mapped[str] = mapped_column(ForeignKey("imported_results.id"), index=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"))
    subject: Mapped[str]
    ordinal: Mapped[int]
    form_id: Mapped[str]  # "" for one that was never scored
    state: Mapped[str]  # submitted | absent | voided
    cause: Mapped[str | None]
    answered: Mapped[int]
    started_ms: Mapped[int | None]
    submitted_ms: Mapped[int | None]
    head: Mapped[str]  # of the attempt's chain at the centre
    # where a correction took another attempt's place: {before, reason, at_ms}
    corrected: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
