"""Saving answers: the hot path (DESIGN §3).

What waits together is validated and written together: one look at all the attempts, one at
the current responses, one at the revisions already journalled, then all journal entries, all
responses and all attempt rows. Each message is validated by itself before anything is
written, so a refusal touches nothing and nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.room import journal
from exam_server.room.actions.people import timing_of
from exam_server.room.actions.responses_sql import (
    Current,
    Known,
    Receipt,
    Standing,
    attempts_named,
    insert_entries,
    kept_as,
    move_attempts,
    standing_of,
    upsert_responses,
)
from exam_server.room.actions.rounds import rounds
from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.rules.recovery_life import RecoveryState
from exam_server.room.rules.reported import LARGEST, whole
from exam_server.room.rules.revisions import Revision, newer
from exam_server.room.tables import Presence, RecoveryCase
from exam_server.storage.tx import Fact, Tx
from question_bank.items.shape import Shape, well_formed

MOST_IN_A_BATCH = 400  # two block lengths: a whole paper's outbox fits


class Answer(msgspec.Struct, frozen=True):
    """One response as the terminal sends it. ``elapsed_ms``: the terminal's own clock."""

    item: str
    options: str
    marked: bool
    revision: tuple[int, int]
    elapsed_ms: int = 0


class Receipts(msgspec.Struct, frozen=True):
    """Answer to a batch: one receipt per response, and the attempt's time and head."""

    receipts: tuple[Receipt, ...]
    left_ms: int
    head_seq: int
    head: str


class Save(msgspec.Struct, frozen=True):
    """One message of one terminal, with what checking it needs.

    ``grace_ms``: how long after zero an answer in flight still counts.
    """

    attempt_id: str
    candidate_id: str
    shape: Shape
    answers: Sequence[Answer]
    grace_ms: int
    current_item: int | None = None


def save_responses(tx: Tx, save: Save) -> Receipts:
    """Append the answers of one message to the journal and update what counts.

    A revision that is already in the journal gets its first receipt again. Refusals (nothing
    is written): ``revision_reused`` 409 (that revision is another answer's), ``not_found``
    404, ``not_started`` 409, ``malformed_response`` 422, ``batch_too_large`` 413.
    """
    (outcome,) = save_together(tx, [save])
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def save_together(tx: Tx, saves: Sequence[Save]) -> list[Receipts | Refusal]:
    """As :func:`save_responses` for every message, in this order; a refusal is its own only."""
    outcomes: list[Receipts | Refusal] = []
    for some in rounds(saves, whose=lambda save: save.attempt_id):
        outcomes += _save_distinct(tx, some)
    return outcomes


def _save_distinct(tx: Tx, saves: Sequence[Save]) -> list[Receipts | Refusal]:
    found = attempts_named(tx, [save.attempt_id for save in saves])
    outcomes: dict[str, Receipts | Refusal] = {}
    sound = []
    for save in saves:
        try:
            _validate(save, found.get(save.attempt_id))
            sound.append(save)
        except Refusal as refusal:
            outcomes[save.attempt_id] = refusal
    standing = standing_of(tx, [(save.attempt_id, save.answers) for save in sound])
    taken = []
    for save in sound:
        try:
            batch = _Batch(tx, found[save.attempt_id], standing[save.attempt_id], save)
            outcomes[save.attempt_id] = batch.receipts_of_all()
            taken.append(batch)
        except Refusal as refusal:
            outcomes[save.attempt_id] = refusal
    _write(tx, taken)
    return [outcomes[save.attempt_id] for save in saves]


class _Batch:
    """The entries and rows one message becomes; nothing is written here."""

    def __init__(self, tx: Tx, found: Any, standing: Standing, save: Save) -> None:
        self._tx, self.found, self._standing, self._save = tx, found, standing, save
        self._receipts: list[Receipt] = []
        self.seq, self.head = int(found.head_seq), str(found.head)
        self.entries: list[dict[str, Any]] = []
        self.rows: dict[str, dict[str, Any]] = {}
        self._answered, self._marked = int(found.answered), int(found.marked)
        self._timing = timing_of(found)
        self.late: list[int] = []

    def receipts_of_all(self) -> Receipts:
        """Take every answer of the message; what its terminal is told once it is durable."""
        for answer in self._save.answers:
            self.take(answer, self._late_reason(answer))
        left_ms = self._timing.left(self._tx.now)
        return Receipts(tuple(self._receipts), left_ms, self.seq, self.head)

    def take(self, answer: Answer, late: str | None) -> None:
        """Journal one answer, unless this revision is there already."""
        known = self._standing.journalled.get(answer.revision)
        if known is not None:
            if not known.holds(answer.item, answer.options, answer.marked):
                raise Refusal("revision_reused", 409, {"revision": list(answer.revision)})
            self._receipts.append(known.receipt)
            return
        current = self._standing.current.get(answer.item)
        kind = self._kind(answer, current, late)
        entry = self._append(kind, answer, late)
        receipt = Receipt(
            answer.item, answer.revision, entry["seq"], entry["digest"], kept_as(kind)
        )
        self._receipts.append(receipt)
        self._standing.journalled[answer.revision] = Known(receipt, answer.options, answer.marked)
        if kind == "response":
            self._replace(answer, current, entry)
        elif kind == "late_evidence":
            self.late.append(entry["seq"])

    def _late_reason(self, answer: Answer) -> str | None:
        """Why this answer is evidence only, or None when it counts (DESIGN §5)."""
        if answer.revision[0] != self.found.fence:
            return "fence"
        if self.found.state not in (AttemptState.IN_PROGRESS, AttemptState.PAUSED):
            return "submitted"
        now, timing = self._tx.now, self._timing
        if timing.running and not timing.may_answer(now, self._save.grace_ms):
            return "submitted"
        return None

    @staticmethod
    def _kind(answer: Answer, current: Current | None, late: str | None) -> str:
        if late is not None:
            return "late_evidence"
        counts = newer(Revision(*answer.revision), current.revision if current else None)
        return "response" if counts else "superseded"

    def _append(self, kind: str, answer: Answer, late: str | None) -> dict[str, Any]:
        data: dict[str, Any] = {
            "item": answer.item,
            "options": answer.options,
            "marked": answer.marked,
            "revision": list(answer.revision),
            "elapsed_ms": whole(answer.elapsed_ms),
        }
        if late is not None:
            data |= {"reason": late, "silent_ms": self._silent_ms()}
        entry = journal.make_entry(
            sitting_id=self.found.sitting_id,
            chain=self.found.id,
            seq=self.seq + 1,
            kind=kind,
            actor="candidate",
            now=self._tx.now,
            data=data,
            prev=self.head,
        )
        self.seq, self.head = entry["seq"], entry["digest"]
        self.entries.append(journal.row_of(entry))
        return entry

    def _silent_ms(self) -> int:
        """The silence before this batch as the server measured it, evidence for the case."""
        row = self._tx.session.get(Presence, self.found.candidate_id)
        return max(0, self._tx.now.wall_ms - (row.lost_ms or row.heard_ms)) if row else 0

    def _replace(self, answer: Answer, current: Current | None, entry: dict[str, Any]) -> None:
        had, was_marked = (bool(current.options), current.marked) if current else (False, False)
        self._answered += bool(answer.options) - had
        self._marked += answer.marked - was_marked
        self._standing.current[answer.item] = Current(
            Revision(*answer.revision), answer.options, answer.marked
        )
        self.rows[answer.item] = {
            "attempt_id": self.found.id,
            "item_id": answer.item,
            "fence": answer.revision[0],
            "counter": answer.revision[1],
            "options": answer.options,
            "marked": answer.marked,
            "seq": entry["seq"],
            "digest": entry["digest"],
        }

    def moved(self) -> dict[str, Any]:
        """The attempt's row as it is afterwards: every column that a message may move."""
        wanted, found = self._save.current_item, self.found
        places = range(1, self._save.shape.count + 1)
        return {
            "attempt": found.id,
            "current_item": wanted if wanted in places else found.current_item,
            "head_seq": self.seq,
            "head": self.head,
            "answered": self._answered,
            "marked": self._marked,
            "last_saved_ms": self._tx.now.wall_ms if self.rows else found.last_saved_ms,
        }

    def moves(self) -> bool:
        """Whether the attempt's row is another afterwards."""
        return bool(self.entries) or self.moved()["current_item"] != self.found.current_item


def _write(tx: Tx, batches: Sequence[_Batch]) -> None:
    """All rows of all messages, in the order journal → responses → attempts."""
    insert_entries(tx, [entry for batch in batches for entry in batch.entries])
    upsert_responses(tx, [row for batch in batches for row in batch.rows.values()])
    move_attempts(tx, [batch.moved() for batch in batches if batch.moves()])
    for batch in batches:
        found = batch.found
        if batch.entries:
            tx.heads[found.id] = (batch.seq, batch.head)
            tx.facts.append(Fact(found.sitting_id, found.candidate_id, found.id, "response", {}))
        if batch.late:
            open_recovery_case(tx, found.id, batch.late)


def _validate(save: Save, found: Any) -> None:
    """A number the database cannot hold must not fail the whole room's commit."""
    if found is None or found.candidate_id != save.candidate_id:
        raise Refusal("not_found", 404, {"what": "attempt", "id": save.attempt_id})
    if len(save.answers) > MOST_IN_A_BATCH:
        raise Refusal("batch_too_large", 413, {"most": MOST_IN_A_BATCH})
    for answer in save.answers:
        place = save.shape.find(answer.item)
        possible = all(1 <= number <= LARGEST for number in answer.revision)
        if place is None or not possible or not well_formed(*place, answer.options):
            raise Refusal("malformed_response", 422, {"item": answer.item[:40]})
    if found.state in (AttemptState.ASSIGNED, AttemptState.CHECKED_IN, AttemptState.ABSENT):
        raise Refusal("not_started", 409)


def open_recovery_case(tx: Tx, attempt_id: str, seqs: list[int]) -> None:
    """Late evidence waits for two persons; one open case per attempt collects it."""
    case = tx.session.scalar(
        select(RecoveryCase).where(
            RecoveryCase.attempt_id == attempt_id, RecoveryCase.state == RecoveryState.OPEN
        )
    )
    if case is None:
        case = RecoveryCase(
            id=new_id(),
            attempt_id=attempt_id,
            opened_ms=tx.now.wall_ms,
            seqs=[],
            state=RecoveryState.OPEN.value,
        )
        tx.session.add(case)
    case.seqs = [*case.seqs, *seqs]
