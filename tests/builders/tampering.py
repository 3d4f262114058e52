"""Somebody with the database in their hands: every change they can make, drawn at random.

A real room is played and its journal exported by the program itself after each change; the
verifier is given that export, the scoring key, the key on record and one head from outside.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from exam_server.desk.tables import Sitting
from exam_server.results.tables import Score
from exam_server.room.actions import control
from exam_server.room.tables import Attempt, JournalEntry, RecoveryCase, Response
from exam_server.storage.acts import Act
from exam_server.verify.outside import OutsideHead
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from tests.builders.journal_builder import Export
from tests.builders.room_day import CHIEF, PROCTOR, RoomDay

JOURNAL: Table = JournalEntry.__table__  # type: ignore[assignment]
ACTS: Table = Act.__table__  # type: ignore[assignment]
# ``id`` is the row's number in the table: in no digest, in no export, read by nothing that counts
COLUMNS = [column.name for column in JOURNAL.columns if column.name != "id"]
ACT_COLUMNS = [column.name for column in ACTS.columns]
Row = dict[str, Any]
Places = set[tuple[str, int]]
Statements = Sequence[tuple[Any, Row | None]]


def play(room: RoomDay) -> None:
    """Three people, all that can happen to them in half an hour, and the heads every minute."""
    there = room.begin(0, 1, 2)
    first, second, third = there
    room.tick()
    for terminal in there:
        terminal.answer(0, "a")
        terminal.answer(2, "ac")
        terminal.answer(0, "b", marked=True)
    room.wait(minutes=2)
    attempt = first.attempt_id()
    room.do(control.pause_attempt, attempt_id=attempt, actor=PROCTOR, reason="换键盘")
    room.wait(seconds=40)
    room.do(control.resume_attempt, attempt_id=attempt, actor=PROCTOR, reason="换好了")
    room.do(control.grant, attempt_id=attempt, seconds=60, actor=PROCTOR, reason="补回")
    room.do(control.grant, sitting_id=room.sitting_id, seconds=30, actor=CHIEF, reason="停电")
    late = second.write(1, "c")
    second.hand_in()
    second.send(late)
    room.wait(minutes=2)
    first.hand_in(first.write(1, "d"))
    third.hand_in()
    for terminal in there:
        terminal.open(2)
        terminal.answer(0, "a", subject=2)
        terminal.hand_in(subject=2)
    room.wait(minutes=2)


@dataclass
class Tamperer:
    """Makes a change, has it verified, and puts everything back."""

    room: RoomDay
    dice: random.Random
    file: Path
    tried: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        other = self.room.plan("03")  # a row can be moved to another sitting
        self._elsewhere = other
        self.rows = self._all(JOURNAL)
        self.rows = [row for row in self.rows if row["sitting_id"] == self.room.sitting_id]
        heads = [row for row in self.rows if row["kind"] == "heads"]
        self.outside = OutsideHead(heads[-1]["digest"], heads[-1]["seq"])
        reached = heads[-1]["data"]["acts"][0]
        # what no outside head covers stands under the signature alone, which the forger has
        covered = {**{n: s for n, (s, _) in heads[-1]["data"]["heads"].items()}}
        covered[self.room.sitting_id] = heads[-1]["seq"]
        self.covered = [row for row in self.rows if row["seq"] <= covered.get(row["chain"], 0)]
        self.acts = [row for row in self._all(ACTS) if row["seq"] <= reached]

    def run(self, rounds: int) -> None:
        """``rounds`` random changes of every sort."""
        for column, _ in itertools.product(COLUMNS, range(rounds)):
            self._cell(JOURNAL, self.dice.choice(self.covered), column)
        for column, _ in itertools.product(ACT_COLUMNS, range(rounds)):
            self._cell(ACTS, self.dice.choice(self.acts), column)
        for _ in range(rounds):
            self._gone(JOURNAL, self.dice.choice(self.covered))
            self._gone(ACTS, self.dice.choice(self.acts))
            self._exchanged()
            self._cut()
            self._rewritten()
        for attempt in sorted({row["chain"] for row in self.rows} - {self.room.sitting_id}):
            self._attempt_gone(attempt)

    # --- the changes -------------------------------------------------------------

    def _cell(self, table: Table, row: Row, column: str) -> None:
        new = self._another(table, row, column)
        changed = {**row, column: new}
        self._try(
            f"{table.name}.{column}",
            _around(row) | _around(changed),
            [(update(table).where(_is(table, row)), {column: new})],
            [(update(table).where(_is(table, changed)), {column: row[column]})],
        )

    def _gone(self, table: Table, row: Row) -> None:
        self._try(
            f"{table.name} entry deleted",
            _around(row),
            [(delete(table).where(_is(table, row)), None)],
            [(insert(table), row)],
        )

    def _exchanged(self) -> None:
        """Two entries of a chain change places."""
        one = self.dice.choice([row for row in self.covered if row["seq"] > 1])
        other = next(
            row
            for row in self.rows
            if row["chain"] == one["chain"] and row["seq"] == one["seq"] - 1
        )
        away = [(update(JOURNAL).where(_is(JOURNAL, one)), {"seq": 10**6})]
        there = [(update(JOURNAL).where(_is(JOURNAL, other)), {"seq": one["seq"]})]
        here = [(update(JOURNAL).where(_is(JOURNAL, one)), {"seq": other["seq"]})]
        back = [
            *away,
            (update(JOURNAL).where(_is(JOURNAL, other)), {"seq": other["seq"]}),
            (update(JOURNAL).where(_is(JOURNAL, one)), {"seq": one["seq"]}),
        ]
        places = _around(one) | _around(other)
        self._try("journal entries exchanged", places, [*away, *there, *here], back)

    def _cut(self) -> None:
        """The end of a chain is cut off and the row that names its head is mended."""
        last = self.dice.choice([row for row in self.covered if row["seq"] > 1])
        tail = [
            row for row in self.rows if row["chain"] == last["chain"] and row["seq"] >= last["seq"]
        ]
        before = next(
            row
            for row in self.rows
            if row["chain"] == last["chain"] and row["seq"] == last["seq"] - 1
        )
        owner = self._owner(last["chain"])
        mended = {"head_seq": before["seq"], "head": before["digest"]}
        whole = {"head_seq": tail[-1]["seq"], "head": tail[-1]["digest"]}
        places = {(last["chain"], row["seq"]) for row in [before, *tail]}
        if last["chain"] == self.room.sitting_id:
            places.add((self.room.sitting_id, self.outside.seq or 0))
        self._try(
            "journal chain cut short",
            places,
            [*((delete(JOURNAL).where(_is(JOURNAL, row)), None) for row in tail), (owner, mended)],
            [*((insert(JOURNAL), row) for row in tail), (owner, whole)],
        )

    def _attempt_gone(self, attempt: str) -> None:
        """Chain, row, answers and scores of an attempt: as if it had never been."""
        chain = [row for row in self.rows if row["chain"] == attempt]
        tables: list[tuple[Table, str]] = [
            (Score.__table__, "attempt_id"),  # type: ignore[list-item]
            (Response.__table__, "attempt_id"),  # type: ignore[list-item]
            (RecoveryCase.__table__, "attempt_id"),  # type: ignore[list-item]
            (Attempt.__table__, "id"),  # type: ignore[list-item]
        ]
        kept = {
            table: [row for row in self._all(table) if row[name] == attempt]
            for table, name in tables
        }
        gone = [(delete(JOURNAL).where(JOURNAL.c.chain == attempt), None)]
        gone += [(delete(table).where(table.c[name] == attempt), None) for table, name in tables]
        back = [(insert(table), row) for table, _ in reversed(tables) for row in kept[table]]
        places = {(attempt, row["seq"]) for row in chain} | {(attempt, -1)}
        self._try(
            "attempt removed", places, gone, [*back, *((insert(JOURNAL), row) for row in chain)]
        )

    def _rewritten(self) -> None:
        """Every digest computed anew after the change, and signed with the centre's own key."""
        journal, _ = self.room.export()
        lie = Export.opened(journal.read_bytes(), self.room.scoring, self.room.centre.keys.signing)
        number = self.dice.randrange(len(self.covered))
        place = (self.covered[number]["chain"], self.covered[number]["seq"])
        entry = next(e for e in lie.entries if (e["chain"], e["seq"]) == place)
        entry["at"] += self.dice.choice([-60_000, -1, 1, 60_000])
        lie.recompute()
        self.file.write_bytes(lie.pack())
        head = {(self.room.sitting_id, self.outside.seq or 0)}
        self._judge("whole record rewritten and signed", head, self._verify(self.file))

    # --- one try -----------------------------------------------------------------

    def _try(
        self,
        what: str,
        places: Places,
        forth: Statements,
        back: Statements,
    ) -> None:
        self._apply(forth)
        try:
            journal, _ = self.room.export()
            report = self._verify(journal)
        finally:
            self._apply(back)
        self._judge(what, places, report)

    def _judge(self, what: str, places: Places, report: Report) -> None:
        self.tried[what] += 1
        named = {
            (found.chain, found.seq if found.seq is not None else -1) for found in report.findings
        }
        if report.status != 1 or not named & places:
            self.missed.append(f"{what} at {sorted(places)}: {sorted(named, key=str)[:5]}")

    def _verify(self, journal: Path) -> Report:
        key = self.room.centre.keys.signing.public_key().public_bytes_raw()
        scoring = self.room.settings.home / "scoring.json"
        return verify(journal, outside=[self.outside], known_key=key, scoring=[scoring])

    def _apply(self, statements: Statements) -> None:
        self.room.centre.store.write(
            lambda tx: [
                tx.session.execute(statement if values is None else statement.values(**values))
                for statement, values in statements
            ]
        )

    def _all(self, table: Table) -> list[Row]:
        """In the order in which they were written; a database gives them in any."""
        query = select(table).order_by(*table.primary_key.columns)
        return self.room.centre.store.read(
            lambda session: [dict(row._mapping) for row in session.execute(query)]
        )

    def _owner(self, chain: str) -> Any:
        owner: Any = Sitting if chain == self.room.sitting_id else Attempt
        return update(owner).where(owner.id == chain)

    def _another(self, table: Table, row: Row, column: str) -> Any:
        """A different value of the same sort that the table would take."""
        value = row[column]
        match column:
            case "sitting_id":
                return self._elsewhere
            case "seq":
                return value + self.dice.randrange(1_000, 1_000_000)
            case "chain":
                return self.dice.choice(["nobody", value[:-1] + "~"])
            case "data":
                return self._spoilt(value)
            case "fence" | "counter":
                return 77 + self.dice.randrange(10**6)
        if isinstance(value, int):
            return value + self.dice.choice([-60_000, -7, -1, 1, 7, 60_000])
        at = self.dice.randrange(len(value))
        letter = self.dice.choice([c for c in "0123456789abcdef" if c != value[at]])
        return value[:at] + letter + value[at + 1 :]

    def _spoilt(self, data: Row) -> Row:
        """One field of the entry's data says something else."""
        if not data:
            return {"x": 1}
        name = self.dice.choice(sorted(data))
        value = data[name]
        return {**data, name: value + 1 if isinstance(value, int) else [value, "x"]}


def _is(table: Table, row: Row) -> Any:
    """By the row's own number where it has one: that is never what is changed."""
    if "id" in row:
        return table.c.id == row["id"]
    return table.c.seq == row["seq"]


def _around(row: Row) -> Places:
    """The entry, and its neighbours, at whose link a gap shows."""
    chain = str(row.get("chain", "acts"))
    return {(chain, row["seq"] + step) for step in (-1, 0, 1)}


def sorts() -> Iterator[str]:
    """Every sort of change a campaign makes."""
    yield from (f"journal.{column}" for column in COLUMNS)
    yield from (f"act.{column}" for column in ACT_COLUMNS)
    yield from ("journal entry deleted", "act entry deleted", "journal entries exchanged")
    yield from ("journal chain cut short", "attempt removed", "whole record rewritten and signed")
