"""After the room: every hand-in gets its score, a line is drawn, the results leave."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path

import msgspec
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role
from exam_server.clock import SystemClock
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Candidate, Sitting
from exam_server.errors import Refusal
from exam_server.results.actions.lines import confirm_line, propose_line
from exam_server.results.actions.scoring import release, score_job, store_scores
from exam_server.results.export import neutral, results_csv, results_xlsx, whole_ids
from exam_server.results.package import read_result_package, result_package
from exam_server.results.rules.lines import LineParams
from exam_server.results.tables import CutScore, Score
from exam_server.results.views.groups import group_detail, groups
from exam_server.results.views.pending import pending_scores
from exam_server.results.views.score_page import result_ready, score_page
from exam_server.results.views.table import ResultRow, ResultsTable, results_table
from exam_server.room import journal
from exam_server.room.tables import Attempt, JournalEntry, RecoveryCase, Response
from exam_server.storage.tx import Tx
from tests.builders.results_day import Day, staff

AUTHORITY = staff(Role.AUTHORITY, "authority")
GROUP = "商洛市|汽车驾驶员|L3"


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    prepared = Day(database_url, tmp_path)
    yield prepared
    prepared.close()


@pytest.fixture
def sat(day: Day) -> tuple[Day, list[str]]:
    """Seven people: 8, 6, 4, 4 points, blank, absent, half absent; the room is closed."""
    people = day.register(day.people(7))
    day.bring_paper()
    day.hand_in(people[0], "ethics", "all right")
    day.hand_in(people[0], "theory", "all right")
    day.hand_in(people[1], "ethics", "all right")
    day.hand_in(people[1], "theory", "half", cause="time")
    for person in people[2:4]:
        day.hand_in(person, "ethics", "half")
        day.hand_in(person, "theory", "half")
    day.hand_in(people[4], "ethics", "blank", cause="time")
    day.hand_in(people[4], "theory", "blank", cause="proctor")
    for subject in ("ethics", "theory"):
        day.set_state(people[5], subject, "absent")
    day.hand_in(people[6], "ethics", "all right")
    day.set_state(people[6], "theory", "absent")
    day.set_sitting(SittingState.CLOSED)
    return day, people


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


# --- scoring ---------------------------------------------------------------------


def test_right_half_blank_and_absent_papers_without_a_stumble(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    assert len(day.sweep()) == 11
    rows = rows_of(day)
    assert [rows[person].sum for person in people] == ["8", "6", "4", "4", "0", None, None]
    assert [rows[person].status for person in people] == [
        "valid",
        "valid",
        "valid",
        "valid",
        "valid",
        "absent",
        "partial",
    ]
    blank = rows[people[4]].subjects
    assert (blank["ethics"].points, blank["ethics"].cause) == ("0", "time")
    assert blank["theory"].cause == "proctor"
    assert rows[people[6]].subjects["ethics"].points == "4"
    assert rows[people[6]].subjects["theory"].points is None, "absent is not 0"


def test_a_score_is_in_the_journal_with_the_head_it_was_made_from(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    attempt_id = rows_of(day)[people[0]].subjects["ethics"].attempt_id
    (entry,) = journal_of(day, attempt_id, "scored")
    score = day.store.read(
        lambda session: session.scalars(select(Score).where(Score.attempt_id == attempt_id)).one()
    )
    assert (entry["points"], entry["version"]) == ("4", 1)
    assert entry["head"] == score.attempt_head
    assert entry["scoring_digest"] == score.scoring_digest
    assert score.sections[1] == {
        "type": "multiple",
        "points": "2",
        "full": "2",
        "right": 2,
        "blank": 0,
    }


def test_the_sweep_repeats_without_scoring_anything_twice(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    jobs = day.store.read(pending_scores)
    day.sweep()
    assert day.store.read(pending_scores) == []
    for job in jobs:  # an old batch arrives late
        scored = score_job(day.client, job, scoring_secret=day.scoring_secret, data_folder=day.data)
        day.store.write(partial(store_scores, scored=scored))
    versions = day.store.read(lambda session: session.scalars(select(Score.version)).all())
    assert list(versions) == [1] * 11


def test_a_closed_room_is_scored_when_the_last_score_is_there(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    assert day.store.read(lambda session: session.get(Sitting, day.sitting_id).state) == "scored"  # type: ignore[union-attr]


def test_a_room_with_somebody_still_writing_is_not_scored(day: Day) -> None:
    people = day.register(day.people(2))
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "half")
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    assert day.store.read(lambda session: session.get(Sitting, day.sitting_id).state) == "closed"  # type: ignore[union-attr]
    assert rows_of(day)[people[1]].status == "pending"


def test_recovered_answers_are_scored_again_and_the_difference_is_recorded(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    attempt_id = rows_of(day)[people[2]].subjects["ethics"].attempt_id
    recover(day, attempt_id, "case1")
    (job,) = day.store.read(pending_scores)
    assert [attempt.attempt_id for attempt in job.attempts] == [attempt_id]
    day.sweep()
    assert [entry["version"] for entry in journal_of(day, attempt_id, "scored")] == [1, 2]
    assert "case1" in str(journal_of(day, attempt_id, "scored")[1]["reason"])
    row = rows_of(day)[people[2]]
    assert (row.subjects["ethics"].points, row.sum) == ("3", "5")
    assert day.store.read(pending_scores) == []


def test_a_score_read_before_a_recovery_is_not_stored_after_it(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    jobs = day.store.read(pending_scores)
    attempt_id = rows_of(day)[people[2]].subjects["ethics"].attempt_id
    recover(day, attempt_id, "case1")
    stored = []
    for job in jobs:
        scored = score_job(day.client, job, scoring_secret=day.scoring_secret, data_folder=day.data)
        stored += day.store.write(partial(store_scores, scored=scored))
    assert attempt_id not in stored
    assert day.sweep() == [attempt_id]
    assert rows_of(day)[people[2]].subjects["ethics"].points == "3"


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


# --- the candidate's page ----------------------------------------------------------


def test_a_candidate_sees_points_and_sum_and_no_verdict(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    with pytest.raises(Refusal, match="result_not_yet"):
        day.store.read(lambda session: score_page(session, people[0]))
    day.sweep()
    page = day.store.read(lambda session: score_page(session, people[0]))
    assert page.provisional
    assert (page.sum, page.full, page.publish_days) == ("8", "8", 15)
    assert [(line.ordinal, line.points) for line in page.subjects] == [(1, "4"), (2, "4")]
    assert len(page.receipt) == 19
    assert "合格" not in msgspec.json.encode(page).decode()
    other = day.store.read(lambda session: score_page(session, people[1]))
    assert other.receipt != page.receipt


def test_scores_show_after_the_last_subject_and_not_before(day: Day) -> None:
    people = day.register(day.people(1))
    day.bring_paper()
    day.hand_in(people[0], "ethics", "all right")
    day.sweep()
    assert not day.store.read(lambda session: result_ready(session, people[0]))
    day.hand_in(people[0], "theory", "blank")
    day.sweep()
    assert day.store.read(lambda session: result_ready(session, people[0]))


def test_a_half_absent_candidate_sees_the_score_there_is_and_no_sum(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    page = day.store.read(lambda session: score_page(session, people[6]))
    assert page.sum is None
    assert [line.points for line in page.subjects] == ["4", None]
    with pytest.raises(Refusal, match="result_not_yet"):
        day.store.read(lambda session: score_page(session, people[5]))


def test_released_results_are_no_longer_provisional(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    with pytest.raises(Refusal, match="wrong_state"):
        day.store.write(lambda tx: release(tx, sitting_id=day.sitting_id, actor=AUTHORITY))
    day.sweep()
    with pytest.raises(Refusal, match="forbidden"):
        day.store.write(lambda tx: release(tx, sitting_id=day.sitting_id, actor=staff()))
    day.store.write(lambda tx: release(tx, sitting_id=day.sitting_id, actor=AUTHORITY))
    assert not day.store.read(lambda session: score_page(session, people[0])).provisional


# --- lines -------------------------------------------------------------------------


def propose(day: Day, line: str, reason: str = "参照上年") -> str:
    return day.store.write(
        lambda tx: propose_line(
            tx,
            exam_id=day.exam_id,
            group=GROUP,
            params=LineParams(mode="line", line=line),
            reason=reason,
            actor=AUTHORITY,
        )
    )


def test_looking_at_a_line_shows_what_it_would_do_and_changes_nothing(
    sat: tuple[Day, list[str]],
) -> None:
    day, _ = sat
    day.sweep()
    (card,) = day.store.read(lambda session: groups(session, day.exam_id))
    assert (card.key, card.state, card.counts.valid, card.small) == (GROUP, "none", 5, True)
    params = LineParams(mode="line", line="4")
    detail = day.store.read(lambda session: group_detail(session, day.exam_id, GROUP, params))
    assert (detail.reached, detail.base, detail.at_line) == (4, 5, 2)
    assert sum(count for _, _, count in detail.histogram) == 5
    assert detail.cumulative[0][1] == 5
    assert [row.difference for row in detail.around if row.line in ("4", "5")] == [0, -2]
    assert [line.compared for line in detail.scores] == ["8", "6", "4", "4", "0"]
    assert detail.practical
    assert day.store.read(lambda session: session.scalars(select(CutScore)).all()) == []


def test_nothing_changes_until_the_line_is_confirmed(sat: tuple[Day, list[str]]) -> None:
    day, people = sat
    day.sweep()
    line_id = propose(day, "4")
    assert {row.decision for row in table_of(day).rows} == {None}
    day.store.write(lambda tx: confirm_line(tx, line_id=line_id, actor=AUTHORITY))
    rows = rows_of(day)
    assert [rows[person].decision for person in people] == [
        "undecided_practical",
        "undecided_practical",
        "undecided_practical",
        "undecided_practical",
        "not_reached",
        "not_reached",
        "not_reached",
    ]
    assert rows[people[0]].line == "4"
    detail = day.store.read(lambda session: group_detail(session, day.exam_id, GROUP))
    assert (detail.line, detail.lines[0].state, detail.lines[0].counts["reached"]) == (
        "4",
        "confirmed",
        4,
    )


def test_a_new_confirmed_line_takes_the_place_of_the_old_one(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    propose(day, "3")
    for line in ("4", "6"):
        line_id = propose(day, line)
        day.store.write(partial(confirm_line, line_id=line_id, actor=AUTHORITY))
    lines = day.store.read(lambda session: group_detail(session, day.exam_id, GROUP).lines)
    assert [(line.version, line.line, line.state) for line in lines] == [
        (3, "6", "confirmed"),
        (2, "4", "superseded"),
        (1, "3", "superseded"),
    ]


def test_only_the_authority_draws_lines_and_says_why(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    line_id = propose(day, "4")
    for role in (Role.PROCTOR, Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN):
        with pytest.raises(Refusal, match="forbidden"):
            day.store.write(partial(confirm_line, line_id=line_id, actor=staff(role)))
    with pytest.raises(Refusal, match="reason_required"):
        propose(day, "4", reason="  ")


def test_a_line_waits_for_the_last_score_and_for_scores_that_have_changed(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    with pytest.raises(Refusal, match="line_no_valid"):
        propose(day, "4")
    day.sweep()
    line_id = propose(day, "4")
    recover(day, rows_of(day)[people[2]].subjects["ethics"].attempt_id, "case1")
    day.sweep()
    with pytest.raises(Refusal, match="line_scores_changed"):
        day.store.write(lambda tx: confirm_line(tx, line_id=line_id, actor=AUTHORITY))
    with pytest.raises(Refusal, match="line_params"):
        propose(day, "viel")
    again = propose(day, "4")
    day.store.write(lambda tx: confirm_line(tx, line_id=again, actor=AUTHORITY))
    with pytest.raises(Refusal, match="line_not_proposed"):
        day.store.write(lambda tx: confirm_line(tx, line_id=again, actor=AUTHORITY))


def test_a_line_is_not_confirmed_while_somebody_is_still_writing(day: Day) -> None:
    people = day.register(day.people(2))
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "all right")
    day.sweep()
    line_id = propose(day, "4")
    with pytest.raises(Refusal) as caught:
        day.store.write(lambda tx: confirm_line(tx, line_id=line_id, actor=AUTHORITY))
    assert (caught.value.code, caught.value.facts) == ("line_pending", {"count": 1})


def test_each_city_has_its_own_group_and_is_seen_beside_the_others(day: Day) -> None:
    here = day.register(day.people(2))
    there = day.add_people_from("安康市", 2, seed="ankang")
    day.bring_paper()
    for person, paper in zip((*here, *there), ("all right", "half") * 2, strict=True):
        for subject in ("ethics", "theory"):
            day.hand_in(person, subject, paper)  # type: ignore[arg-type]
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    cards = day.store.read(lambda session: groups(session, day.exam_id))
    assert {card.city: card.counts.valid for card in cards} == {"商洛市": 2, "安康市": 2}
    detail = day.store.read(
        lambda session: group_detail(session, day.exam_id, GROUP, LineParams(mode="line", line="8"))
    )
    assert [(city.city, city.valid, city.reached) for city in detail.cities] == [
        ("商洛市", 2, 1),
        ("安康市", 2, 1),
    ]
    with pytest.raises(Refusal, match="group_unknown"):
        day.store.read(lambda session: group_detail(session, day.exam_id, "*|*|*"))


def test_a_special_route_is_in_no_group_and_no_denominator(day: Day) -> None:
    (first, second) = day.people(2)
    retired = msgspec.structs.replace(
        second, route="near_retirement", ticket=None, room=None, seat=None
    )
    people = day.register([first, retired])
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "half")
    day.sweep()
    (card,) = day.store.read(lambda session: groups(session, day.exam_id))
    assert card.counts.registered == 1
    everyone = day.store.read(lambda session: results_table(session, exam_id=day.exam_id))
    assert {row.candidate_id: row.status for row in everyone.rows} == {
        people[0]: "valid",
        people[1]: "not_sitting",
    }


# --- out of the house -----------------------------------------------------------------


def test_the_csv_opens_in_a_spreadsheet_and_shows_no_id_number(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    data = results_csv(table_of(day))
    assert data.startswith(b"\xef\xbb\xbf")
    head, *lines = list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))
    assert head[:4] == ["准考证号", "姓名", "性别", "身份证号"]
    assert "职业道德 得分" in head
    first = dict(zip(head, lines[0], strict=True))
    assert (first["合计"], first["职业道德 得分"], first["状态"]) == ("8", "4", "有效")
    assert "********" in first["身份证号"]
    assert dict(zip(head, lines[5], strict=True))["合计"] == ""
    whole = day.store.read(
        lambda session: whole_ids(
            session, results_table(session, exam_id=day.exam_id), day.keys.fields
        )
    )
    shown = results_csv(table_of(day), ids=whole).decode("utf-8-sig")
    assert whole[people[0]] in shown
    assert "********" not in shown


def test_the_workbook_has_scores_as_numbers_and_both_languages(
    sat: tuple[Day, list[str]],
) -> None:
    day, _ = sat
    day.sweep()
    for language in ("zh", "en"):
        data = results_xlsx(table_of(day), language)
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        head, *lines = book.get_sheet_by_index(0).to_python()
        assert len(lines) == 7
        column = head.index("合计" if language == "zh" else "Sum")
        assert lines[0][column] == 8.0


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_neutralised(day: Day, start: str) -> None:
    assert neutral(start) == "'" + start
    assert neutral("王建国") == "王建国"
    (row,) = day.people(1)
    day.register([msgspec.structs.replace(row, unit=start, name="=cmd")])
    text = results_csv(table_of(day)).decode("utf-8-sig")
    (_, line) = csv.reader(StringIO(text, newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


def packed(day: Day) -> bytes:
    return day.store.read(
        lambda session: result_package(
            session,
            exam_id=day.exam_id,
            sitting_id=day.sitting_id,
            signing=day.keys.signing,
            now=SystemClock().now(),
        )
    )


def test_the_result_package_is_signed_and_names_every_head(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    data = packed(day)
    public = day.keys.signing.public_key().public_bytes_raw()
    results = read_result_package(data, trusted=public)
    assert len(results["table"]["rows"]) == 7
    assert len(results["scores"]) == 11
    with zipfile.ZipFile(BytesIO(data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    heads = day.store.read(
        lambda session: {
            attempt.id: [attempt.head_seq, attempt.head]
            for attempt in session.scalars(select(Attempt))
        }
    )
    assert heads.items() <= manifest["heads"].items()
    assert day.sitting_id in manifest["heads"]
    numbers = day.store.read(
        lambda session: whole_ids(
            session, results_table(session, exam_id=day.exam_id), day.keys.fields
        )
    )
    assert not any(number in json.dumps(results) for number in numbers.values())
    people = day.store.read(lambda session: session.scalars(select(Candidate.id_lookup)).all())
    assert not any(lookup in json.dumps(results) for lookup in people)


def test_a_result_package_that_was_touched_is_refused(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    data = packed(day)
    for name in ("results.json", "manifest.json"):
        with pytest.raises(Refusal, match="result_package_altered"):
            read_result_package(rewritten(data, name))
    with pytest.raises(Refusal, match="result_package_signer"):
        read_result_package(data, trusted=bytes(32))
    for broken in (b"", b"PK\x03\x04", data[: len(data) // 2]):
        with pytest.raises(Refusal, match="result_package_unreadable"):
            read_result_package(broken)


def rewritten(data: bytes, changed: str) -> bytes:
    """The package with one digit of one part changed."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == changed:
                part = part.replace(b'"4"', b'"3"', 1) if b'"4"' in part else part[::-1]
            target.writestr(name, part)
    return buffer.getvalue()
