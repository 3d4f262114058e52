"""Reading back what a results day left behind."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role
from exam_server.results.actions.lines import approve_line, put_into_effect
from exam_server.results.rules.params import LineParams
from exam_server.results.views.group_shapes import GroupCard, GroupDetail
from exam_server.results.views.groups import group_detail, groups
from exam_server.results.views.table import ResultRow, ResultsTable, results_table
from exam_server.room import journal
from exam_server.room.tables import Attempt, JournalEntry, RecoveryCase, Response
from exam_server.storage.tx import Tx
from tests.builders.results_day import Day, staff

AUTHORITY = staff(Role.AUTHORITY, "authority")
APPROVER = staff(Role.AUTHORITY, "approver")
GROUP = "商洛市|汽车驾驶员|L3"


def put_line_into_effect(day: Day, line_id: str) -> None:
    """The rest of a province's line after its proposal."""
    day.store.write(partial(approve_line, line_id=line_id, actor=APPROVER))
    day.store.write(partial(put_into_effect, line_id=line_id, actor=AUTHORITY))


def groups_of(day: Day) -> list[GroupCard]:
    """The groups as the province sees them."""
    return day.store.read(lambda session: groups(session, day.exam_id, viewer=AUTHORITY))


def detail_of(day: Day, key: str, params: LineParams | None = None) -> GroupDetail:
    """One group as the province sees it."""
    return day.store.read(
        lambda session: group_detail(session, day.exam_id, key, params, viewer=AUTHORITY)
    )


def table_of(day: Day) -> ResultsTable:
    return day.store.read(lambda session: results_table(session, sitting_id=day.sitting_id))


def rows_of(day: Day) -> dict[str, ResultRow]:
    return {row.candidate_id: row for row in table_of(day).rows}


def journal_of(day: Day, chain: str, kind: str) -> list[dict[str, object]]:
    def find(session: Session) -> list[dict[str, object]]:
        entries = session.scalars(
            select(JournalEntry)
            .where(JournalEntry.chain == chain, JournalEntry.kind == kind)
            .order_by(JournalEntry.seq)
        )
        return [entry.data for entry in entries]

    return day.store.read(find)


def recover(day: Day, attempt_id: str, case: str) -> None:
    """Two persons have applied one late answer, as the room records it."""

    def apply(tx: Tx) -> None:
        attempt = tx.session.get(Attempt, attempt_id)
        assert attempt is not None
        known = set(
            tx.session.scalars(select(Response.item_id).where(Response.attempt_id == attempt_id))
        )
        item, letters = next(
            (item, letters)
            for item, letters in sorted(day.correct[attempt.form_id].items())
            if item not in known
        )
        revision = [1, 99]
        data = {
            "case": case,
            "item": item,
            "options": letters,
            "marked": False,
            "revision": revision,
            "first": "staff:a",
            "second": "staff:b",
        }
        kept = journal.append(tx, chain=attempt, kind="recovered", actor="staff:b", data=data)
        tx.session.add(
            Response(
                attempt_id=attempt_id,
                item_id=item,
                fence=1,
                counter=99,
                options=letters,
                marked=False,
                seq=kept["seq"],
                digest=kept["digest"],
            )
        )
        tx.session.add(
            RecoveryCase(
                id=case,
                attempt_id=attempt_id,
                opened_ms=0,
                seqs=[],
                state="applied",
                first_staff_id="a",
                second_staff_id="b",
                reason="断网",
            )
        )

    day.store.write(apply)
