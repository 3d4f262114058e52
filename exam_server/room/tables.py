"""What happened in the room: attempts, responses, the journal, incidents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from exam_server.room.rules.timing import Timing
from exam_server.storage.base import Base


class Attempt(Base):
    """One candidate's 作答过程 in one subject. Its life is ``room.rules.AttemptState``."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("candidate_id", "ordinal"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"))
    subject: Mapped[str]
    ordinal: Mapped[int]  # 1 = first subject of the block
    form_id: Mapped[str] = mapped_column(ForeignKey("form.id"))
    state: Mapped[str] = mapped_column(index=True)
    cause: Mapped[str | None]  # candidate | time | proctor, once submitted
    # time, see room/rules/timing.py; all durations in ms
    limit_ms: Mapped[int]
    granted_ms: Mapped[int] = mapped_column(default=0)
    spent_ms: Mapped[int] = mapped_column(default=0)
    running_since_ms: Mapped[int | None]  # boot clock; null unless the time runs
    boot: Mapped[str | None]  # the boot `running_since_ms` belongs to
    started_ms: Mapped[int | None]  # wall, the true start, never rewritten
    submitted_ms: Mapped[int | None]  # wall
    # answers
    fence: Mapped[int] = mapped_column(default=1)
    answered: Mapped[int] = mapped_column(default=0)
    marked: Mapped[int] = mapped_column(default=0)
    current_item: Mapped[int] = mapped_column(default=1)  # displayed number, 1-based
    late_admitted: Mapped[bool] = mapped_column(default=False)  # the proctor let them in late
    # time lost at a machine change, measured; a person grants it or declines
    proposed_ms: Mapped[int] = mapped_column(default=0)
    last_saved_ms: Mapped[int | None]
    # journal chain of the attempt
    head_seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str]

    @property
    def timing(self) -> Timing:
        """The time facts as the pure rules take them."""
        return Timing(
            self.limit_ms, self.granted_ms, self.spent_ms, self.running_since_ms, self.boot
        )


class Response(Base):
    """The newest acknowledged answer to one item; history is the journal."""

    __tablename__ = "response"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    fence: Mapped[int]
    counter: Mapped[int]
    options: Mapped[str]  # canonical option letters, sorted, "" = blank
    marked: Mapped[bool]
    seq: Mapped[int]  # journal entry that holds it
    digest: Mapped[str]


class JournalEntry(Base):
    """One hash-chained fact (docs/reference/journal.md). Never updated, never deleted."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        UniqueConstraint("chain", "fence", "counter"),
        Index("ix_journal_sitting_kind", "sitting_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"))
    chain: Mapped[str]  # attempt id, or the sitting id
    seq: Mapped[int]
    kind: Mapped[str]  # a name of room/catalogue.toml
    actor: Mapped[str]  # candidate | system | staff:<id>
    at_ms: Mapped[int]
    boot_ms: Mapped[int]
    boot: Mapped[str]
    data: Mapped[dict[str, Any]]
    prev: Mapped[str]
    digest: Mapped[str]
    fence: Mapped[int | None]  # copied from data for responses: the replay index
    counter: Mapped[int | None]


class Terminal(Base):
    """The live terminal of a candidate: one row per candidate, replaced at a move."""

    __tablename__ = "terminal"

    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"), primary_key=True)
    terminal_id: Mapped[str]  # the browser's own persistent id
    token_hash: Mapped[str] = mapped_column(unique=True)
    seat: Mapped[int | None]
    fence: Mapped[int]
    logged_in_ms: Mapped[int]
    confirmed_ms: Mapped[int | None]
    pledged_ms: Mapped[int | None]
    preferences: Mapped[dict[str, Any] | None]  # size, contrast, language; goes along at a move


class MachineChange(Base):
    """A machine change 换机 that is under way; gone once the candidate sits at the new machine.

    It begins with what comes first: the candidate's login at another machine (``asked_…``) or
    the proctor's release (``released_ms``).
    """

    __tablename__ = "machine_change"

    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"), primary_key=True)
    asked_seat: Mapped[int | None]
    asked_ms: Mapped[int | None]  # wall
    released_ms: Mapped[int | None]  # wall; null: nobody has agreed yet
    to_seat: Mapped[int | None]  # where they are sent; null: any spare
    away_spent_ms: Mapped[int]  # of the current attempt, when the old machine was of no more use


class Presence(Base):
    """What the server last heard of a candidate's terminal; rewritten in bulk each second.

    ``served_by``: the process that holds its socket, if one does.
    """

    __tablename__ = "presence"

    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidate.id"), primary_key=True)
    connected: Mapped[bool]
    served_by: Mapped[int | None]
    heard_ms: Mapped[int]  # wall
    lost_ms: Mapped[int | None]  # wall, since when it is silent
    hand_raised_ms: Mapped[int | None]


class Heartbeat(Base):
    """The last moment the server is known to have lived: one row, rewritten every second.

    All processes that serve write it. ``epoch`` counts how often the first of them began;
    terminals resynchronise when it changes. ``hold_until_ms``: boot clock until which nothing
    expires after an outage, ``hold_ms``: how long that was.
    """

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wall_ms: Mapped[int]
    boot_ms: Mapped[int]
    boot: Mapped[str]
    epoch: Mapped[int] = mapped_column(default=0)
    hold_until_ms: Mapped[int] = mapped_column(default=0)
    hold_ms: Mapped[int] = mapped_column(default=0)


class RecoveryCase(Base):
    """Late evidence kept, not counted, until two persons decide (DESIGN §5)."""

    __tablename__ = "recovery_case"

    id: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), index=True)
    opened_ms: Mapped[int]
    seqs: Mapped[list[Any]]  # journal seqs of the late entries in the attempt's chain
    state: Mapped[str]  # room.rules.recovery_life.RecoveryState
    first_staff_id: Mapped[str | None]
    second_staff_id: Mapped[str | None]
    reason: Mapped[str | None]


class Incident(Base):
    """异常情况 recorded by a proctor: a fact and a proposal, never a ruling."""

    __tablename__ = "incident"

    id: Mapped[str] = mapped_column(primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    candidate_id: Mapped[str | None] = mapped_column(ForeignKey("candidate.id"))
    kind: Mapped[str]  # equipment | health | violation | other
    text: Mapped[str]
    at_ms: Mapped[int]
    staff_id: Mapped[str]
    resolved_ms: Mapped[int | None]  # wall; null: still to be settled
    outcome: Mapped[str | None]  # how it was settled, in a person's words


class Explanation(Base):
    """Why an attempt ended without an answer, or with its terminal lost (收场核对)."""

    __tablename__ = "explanation"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    cause: Mapped[str] = mapped_column(primary_key=True)  # blank | unsynced
    reason: Mapped[str]
    at_ms: Mapped[int]
    staff_id: Mapped[str]


class Message(Base):
    """A message from the proctor to one candidate or to the room."""

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    candidate_id: Mapped[str | None]
    text: Mapped[str]
    at_ms: Mapped[int]
    staff_id: Mapped[str]
