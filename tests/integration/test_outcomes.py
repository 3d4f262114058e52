"""Provisional on the spot, official under a line: what became of each person, and every reason."""

from __future__ import annotations

import csv
from datetime import date
from functools import partial
from io import BytesIO, StringIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from exam_server.errors import Refusal
from exam_server.results.actions.lines import propose_line
from exam_server.results.actions.rulings import find_person, rule
from exam_server.results.export import results_csv, results_xlsx
from exam_server.results.people import people as people_of
from exam_server.results.rules.entries import Standing
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.ruling import Decision
from exam_server.results.views.outcomes import Outcomes, PersonOutcome, outcomes
from exam_server.room.tables import Incident
from exam_server.storage.acts import Act
from exam_server.storage.tx import Tx
from tests.builders.profiles import short_block
from tests.builders.results_day import Day, staff
from tests.builders.results_read import (
    AUTHORITY,
    GROUP,
    put_line_into_effect,
    recover,
    rows_of,
    table_of,
)

TODAY = date(2026, 7, 1)
LINE = LineParams(mode="line", line="4")


def found(day: Day, group: str | None = None) -> Outcomes:
    return day.store.read(lambda session: outcomes(session, day.exam_id, today=TODAY, group=group))


def one(day: Day, ident: str) -> PersonOutcome:
    """One person, and the same person among everybody."""
    (person,) = day.store.read(
        lambda session: outcomes(session, day.exam_id, today=TODAY, candidate_id=ident)
    ).people
    assert person in found(day, GROUP).people
    return person


def decided(day: Day, ident: str) -> tuple[str | None, list[str]]:
    person = one(day, ident)
    return person.status, [reason.code for reason in person.reasons]


def violation(day: Day, ident: str) -> None:
    def write(tx: Tx) -> None:
        tx.session.add(
            Incident(id="v1", sitting_id=day.sitting_id, candidate_id=ident, kind="violation",
                     text="夹带资料", at_ms=tx.now.wall_ms - 1, staff_id="p1")
        )  # fmt: skip

    day.store.write(write)


def rules(
    day: Day, ident: str, decision: Decision, subject: str = "*", document: str = "处〔1〕"
) -> None:
    ruling = partial(rule, candidate_id=ident, subject=subject, decision=decision, reason="查实",
                     document=document, actor=AUTHORITY)  # fmt: skip
    day.store.write(ruling)


def test_a_result_is_decided_by_line_practical_and_ruling(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    assert {person.status for person in found(day).people} == {"undecided", "fail", "absent"}
    line_id = day.store.write(
        lambda tx: propose_line(tx, exam_id=day.exam_id, group=GROUP, params=LINE, reason="x",
                                actor=AUTHORITY)
    )  # fmt: skip
    put_line_into_effect(day, line_id)
    assert decided(day, people[0]) == ("undecided", ["practical_missing"])
    assert decided(day, people[4]) == ("fail", ["line"])
    assert decided(day, people[5]) == ("absent", [])
    assert decided(day, people[6]) == ("fail", ["subject_absent"])
    assert one(day, people[0]).line == "4"

    violation(day, people[0])
    assert decided(day, people[0]) == ("held", ["violation"])
    assert one(day, people[0]).sum == "8"  # the score stays
    rules(day, people[0], "none")
    assert decided(day, people[0]) == ("undecided", ["practical_missing"])
    rules(day, people[0], "void")
    assert decided(day, people[0]) == ("void", [])
    book = CalamineWorkbook.from_filelike(BytesIO(results_xlsx(table_of(day))))
    said = book.get_sheet_by_name("合格线").to_python()
    assert said == [[GROUP, "各科合计 4 分及以上；线上同分的人全部达线"]]
    exported = results_csv(table_of(day)).decode("utf-8-sig")
    assert "成绩无效" in exported
    assert "不合格（未达合格线）" in exported


def test_statement_6_the_score_on_the_terminal_is_the_exported_one(
    sat: tuple[Day, list[str]],
) -> None:
    """Bit for bit in the table of every export; the recomputation from the log is the verifier's
    (tests/integration/test_three_subjects.py)."""
    day, people = sat
    day.sweep()
    rows = {row["准考证号"]: row for row in csv.DictReader(
        StringIO(results_csv(table_of(day)).decode("utf-8-sig")))}  # fmt: skip
    for ident in people[:5]:
        shown, row = day.score_page(ident), rows[str(one(day, ident).ticket)]
        assert shown is not None
        assert [row["职业道德 得分"], row["专业理论 得分"]] == [
            line.points for line in shown.subjects
        ]
        assert row["合计"] == shown.sum == one(day, ident).provisional_sum


def test_every_difference_from_the_spot_is_explained(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    before = one(day, people[2])
    assert before.differences == ()
    assert before.provisional_sum == before.sum
    recover(day, before.subjects["ethics"].attempt_id, "case7")
    day.sweep()
    rules(day, people[2], "void", subject="theory", document="陕处〔2026〕7号")
    after = one(day, people[2])
    assert [(one.subject, one.kind, one.reason) for one in after.differences] == [
        ("ethics", "recovery", "断网"),
        ("theory", "void", "陕处〔2026〕7号 查实"),
    ]
    ethics, theory = after.subjects["ethics"], after.subjects["theory"]
    assert (ethics.provisional, ethics.version) == (before.subjects["ethics"].points, 2)
    assert ethics.points == after.differences[0].after
    assert (theory.state, theory.points, theory.provisional) == (
        "voided", None, before.subjects["theory"].points,
    )  # fmt: skip
    assert (after.sum, after.provisional_sum) == (None, before.sum)


def test_the_lines_see_what_the_lists_see(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    rules(day, people[0], "void")
    rules(day, people[1], "void", subject="theory")
    entries = {
        person.entry.candidate_id: person.entry
        for person in day.store.read(
            lambda session: people_of(session, short_block(), exam_id=day.exam_id)
        )
    }
    assert entries[people[0]].standing is Standing.VOIDED
    assert entries[people[1]].standing is Standing.PARTIAL
    assert {row.candidate_id: row.standing for row in found(day).people} == {
        ident: entry.standing for ident, entry in entries.items()
    }


def test_only_the_authority_voids_and_says_why(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    facts: dict[str, Any] = {
        "candidate_id": people[0],
        "subject": "*",
        "decision": "void",
        "reason": "查实",
        "document": "处〔1〕",
        "actor": AUTHORITY,
    }
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("forbidden", {"actor": staff()}),
        ("forbidden", {"actor": staff(AUTHORITY.role, "city", "商洛市")}),
        ("not_found", {"candidate_id": "nobody"}),
        ("reason_required", {"reason": " "}),
        ("ruling_document_required", {"document": ""}),
        ("ruling_unknown", {"subject": "poetry"}),
        ("ruling_unknown", {"decision": "pass"}),
    ]
    for code, change in wrong:
        with pytest.raises(Refusal, match=code):
            day.store.write(partial(rule, **(facts | change)))
    ticket = str(rows_of(day)[people[0]].ticket)
    whose = day.store.read(lambda session: find_person(session, day.exam_id, ticket))
    assert whose == (people[0], None)  # the province publishes this level
    rules(day, people[0], "void")
    last = day.store.read(lambda session: session.query(Act).order_by(Act.seq.desc()).first())
    assert last is not None
    assert (last.kind, last.data["reason"], last.data["document"]) == ("ruled", "查实", "处〔1〕")
