"""Saving answers: the hot path (DESIGN §3).

Plain statements instead of mapped objects: one look at the attempt, one at the current
responses, then the journal, the responses and the attempt's row. Everything is validated
before the first write, so a refusal touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from exam_server.errors import Refusal
from exam_server.ids import new_id
from exam_server.room import journal
from exam_server.room.rules.lifecycle import AttemptState
from exam_server.room.rules.reported import LARGEST, whole
from exam_server.room.rules.revisions import Revision, newer
from exam_server.room.rules.timing import Timing
from exam_server.room.tables import Attempt, JournalEntry, Presence, RecoveryCase, Response
from exam_server.storage.base import Base
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


class Receipt(msgspec.Struct, frozen=True):
    """What is durable. ``kept``: counted | superseded | late."""

    item: str
    revision: tuple[int, int]
    seq: int
    digest: str
    kept: str


class Receipts(msgspec.Struct, frozen=True):
    """Answer to a batch: one receipt per response, and the attempt's time and head."""

    receipts: tuple[Receipt, ...]
    left_ms: int
    head_seq: int
    head: str


_KEPT = {"response": "counted", "superseded": "superseded", "late_evidence": "late"}


def save_responses(
    tx: Tx,
    *,
    attempt_id: str,
    candidate_id: str,
    shape: Shape,
    answers: Sequence[Answer],
    grace_ms: int,
    current_item: int | None = None,
) -> Receipts:
    """Append the answers to the journal and update what counts; one receipt each.

    A revision that is already in the journal gets its first receipt again. ``grace_ms``:
    how long after zero an answer in flight still counts. Refusals (nothing is written):
    ``revision_reused`` 409 (that revision is another answer's), ``not_found`` 404,
    ``not_started`` 409, ``malformed_response`` 422, ``batch_too_large`` 413.
    """
    found = _attempt(tx, attempt_id, candidate_id)
    _validate(shape, answers)
    if found.state in (AttemptState.ASSIGNED, AttemptState.CHECKED_IN, AttemptState.ABSENT):
        raise Refusal("not_started", 409)
    batch = _Batch(tx, found, _standing(tx, attempt_id, answers))
    for answer in answers:
        batch.take(answer, _late_reason(found, answer, tx, grace_ms))
    batch.write(current_item if current_item in range(1, shape.count + 1) else None)
    timing = _timing(found)
    return Receipts(tuple(batch.receipts), timing.left(tx.now), batch.seq, batch.head)


class _Batch:
    """The entries and rows one message becomes."""

    def __init__(self, tx: Tx, found: Any, standing: _Standing) -> None:
        self._tx, self._found, self._standing = tx, found, standing
        self.receipts: list[Receipt] = []
        self.seq, self.head = int(found.head_seq), str(found.head)
        self._entries: list[dict[str, Any]] = []
        self._rows: dict[str, dict[str, Any]] = {}
        self._answered, self._marked = int(found.answered), int(found.marked)
        self._late: list[int] = []

    def take(self, answer: Answer, late: str | None) -> None:
        """Journal one answer, unless this revision is there already."""
        known = self._standing.journalled.get(answer.revision)
        if known is not None:
            if not known.holds(answer):
                raise Refusal("revision_reused", 409, {"revision": list(answer.revision)})
            self.receipts.append(known.receipt)
            return
        current = self._standing.current.get(answer.item)
        kind = self._kind(answer, current, late)
        entry = self._append(kind, answer, late)
        receipt = Receipt(answer.item, answer.revision, entry["seq"], entry["digest"], _KEPT[kind])
        self.receipts.append(receipt)
        self._standing.journalled[answer.revision] = _Known(receipt, answer.options, answer.marked)
        if kind == "response":
            self._replace(answer, current, entry)
        elif kind == "late_evidence":
            self._late.append(entry["seq"])

    @staticmethod
    def _kind(answer: Answer, current: _Current | None, late: str | None) -> str:
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
            sitting_id=self._found.sitting_id,
            chain=self._found.id,
            seq=self.seq + 1,
            kind=kind,
            actor="candidate",
            now=self._tx.now,
            data=data,
            prev=self.head,
        )
        self.seq, self.head = entry["seq"], entry["digest"]
        self._entries.append(journal.row_of(entry))
        return entry

    def _silent_ms(self) -> int:
        """The silence before this batch as the server measured it, evidence for the case."""
        row = self._tx.session.execute(
            select(_PRESENCE.c.lost_ms, _PRESENCE.c.heard_ms).where(
                _PRESENCE.c.candidate_id == self._found.candidate_id
            )
        ).first()
        return max(0, self._tx.now.wall_ms - (row.lost_ms or row.heard_ms)) if row else 0

    def _replace(self, answer: Answer, current: _Current | None, entry: dict[str, Any]) -> None:
        had, was_marked = (bool(current.options), current.marked) if current else (False, False)
        self._answered += bool(answer.options) - had
        self._marked += answer.marked - was_marked
        self._standing.current[answer.item] = _Current(
            Revision(*answer.revision), answer.options, answer.marked
        )
        self._rows[answer.item] = {
            "attempt_id": self._found.id,
            "item_id": answer.item,
            "fence": answer.revision[0],
            "counter": answer.revision[1],
            "options": answer.options,
            "marked": answer.marked,
            "seq": entry["seq"],
            "digest": entry["digest"],
        }

    def write(self, current_item: int | None) -> None:
        """All rows of the batch, in the order journal → responses → attempt."""
        session = self._tx.session
        values: dict[str, Any] = {}
        if current_item is not None and current_item != self._found.current_item:
            values["current_item"] = current_item
        if self._entries:
            session.execute(insert(JournalEntry.__table__), self._entries)  # type: ignore[arg-type]
            values |= {"head_seq": self.seq, "head": self.head}
            self._tx.heads[self._found.id] = (self.seq, self.head)
            self._tx.facts.append(
                Fact(
                    self._found.sitting_id, self._found.candidate_id, self._found.id, "response", {}
                )
            )
        if self._rows:
            upsert_responses(self._tx, list(self._rows.values()))
            values |= {
                "answered": self._answered,
                "marked": self._marked,
                "last_saved_ms": self._tx.now.wall_ms,
            }
        if values:
            session.execute(update(_ATTEMPT).where(_ATTEMPT.c.id == self._found.id).values(values))
        if self._late:
            open_recovery_case(self._tx, self._found.id, self._late)


class _Current(msgspec.Struct, frozen=True):
    revision: Revision
    options: str
    marked: bool


class _Known(msgspec.Struct, frozen=True):
    """An answer that is in the journal: its first receipt is good for nothing but it."""

    receipt: Receipt
    options: str
    marked: bool

    def holds(self, answer: Answer) -> bool:
        return (self.receipt.item, self.options, self.marked) == (
            answer.item,
            answer.options,
            answer.marked,
        )


class _Standing(msgspec.Struct):
    """What the database holds about the items and revisions of a batch."""

    current: dict[str, _Current]
    journalled: dict[tuple[int, int], _Known]


_ATTEMPT: Table = Base.metadata.tables[Attempt.__tablename__]
_RESPONSE: Table = Base.metadata.tables[Response.__tablename__]
_PRESENCE: Table = Base.metadata.tables[Presence.__tablename__]
_JOURNAL: Table = Base.metadata.tables[JournalEntry.__tablename__]


def _attempt(tx: Tx, attempt_id: str, candidate_id: str) -> Any:
    found = tx.session.execute(select(_ATTEMPT).where(_ATTEMPT.c.id == attempt_id)).first()
    if found is None or found.candidate_id != candidate_id:
        raise Refusal("not_found", 404, {"what": "attempt", "id": attempt_id})
    return found


def _validate(shape: Shape, answers: Sequence[Answer]) -> None:
    """A number the database cannot hold must not fail the whole room's commit."""
    if len(answers) > MOST_IN_A_BATCH:
        raise Refusal("batch_too_large", 413, {"most": MOST_IN_A_BATCH})
    for answer in answers:
        place = shape.find(answer.item)
        possible = all(1 <= number <= LARGEST for number in answer.revision)
        if place is None or not possible or not well_formed(*place, answer.options):
            raise Refusal("malformed_response", 422, {"item": answer.item[:40]})


def _standing(tx: Tx, attempt_id: str, answers: Sequence[Answer]) -> _Standing:
    if not answers:
        return _Standing({}, {})
    items = {answer.item for answer in answers}
    current = {
        row.item_id: _Current(Revision(row.fence, row.counter), row.options, row.marked)
        for row in tx.session.execute(
            select(_RESPONSE).where(
                _RESPONSE.c.attempt_id == attempt_id, _RESPONSE.c.item_id.in_(items)
            )
        )
    }
    counters = {answer.revision[1] for answer in answers}
    journalled = {
        (row.fence, row.counter): _Known(
            Receipt(
                row.data["item"], (row.fence, row.counter), row.seq, row.digest, _KEPT[row.kind]
            ),
            row.data["options"],
            row.data["marked"],
        )
        for row in tx.session.execute(
            select(
                _JOURNAL.c.fence,
                _JOURNAL.c.counter,
                _JOURNAL.c.seq,
                _JOURNAL.c.digest,
                _JOURNAL.c.kind,
                _JOURNAL.c.data,
            ).where(
                _JOURNAL.c.chain == attempt_id,
                _JOURNAL.c.fence.in_({answer.revision[0] for answer in answers}),
                _JOURNAL.c.counter.in_(counters),
            )
        )
    }
    return _Standing(current, journalled)


def _late_reason(found: Any, answer: Answer, tx: Tx, grace_ms: int) -> str | None:
    """Why this answer is evidence only, or None when it counts (DESIGN §5)."""
    if answer.revision[0] != found.fence:
        return "fence"
    if found.state not in (AttemptState.IN_PROGRESS, AttemptState.PAUSED):
        return "submitted"
    timing = _timing(found)
    if timing.running and not timing.may_answer(tx.now, grace_ms):
        return "submitted"
    return None


def _timing(found: Any) -> Timing:
    return Timing(
        found.limit_ms, found.granted_ms, found.spent_ms, found.running_since_ms, found.boot
    )


def upsert_responses(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Insert or replace current responses."""
    dialect = tx.session.get_bind().dialect.name
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = build(_RESPONSE)
    columns = ("fence", "counter", "options", "marked", "seq", "digest")
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["attempt_id", "item_id"],
            set_={name: statement.excluded[name] for name in columns},
        ),
        rows,
    )


def open_recovery_case(tx: Tx, attempt_id: str, seqs: list[int]) -> None:
    """Late evidence waits for two persons; one open case per attempt collects it."""
    case = tx.session.scalar(
        select(RecoveryCase).where(
            RecoveryCase.attempt_id == attempt_id, RecoveryCase.state == "open"
        )
    )
    if case is None:
        case = RecoveryCase(
            id=new_id(), attempt_id=attempt_id, opened_ms=tx.now.wall_ms, seqs=[], state="open"
        )
        tx.session.add(case)
    case.seqs = [*case.seqs, *seqs]
