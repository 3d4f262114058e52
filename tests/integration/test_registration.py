"""What changes after the roster came in: withdrawn, paid late, documents in or not, corrected."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_server.auth.identity import Role, Staff
from exam_server.desk.register import candidate_named, history, register_entry, register_page
from exam_server.desk.rules.changes import Change, Effect, Registration, Stage
from exam_server.desk.rules.needs import Needs
from exam_server.desk.rules.roster_row import RosterRow
from exam_server.desk.rules.wishes import Wish
from exam_server.desk.tables import Candidate, Sitting
from exam_server.desk.update_file import read_updates
from exam_server.desk.views import photo_url_of
from exam_server.errors import Refusal
from exam_server.results.actions.registration import (
    Applied,
    UpdateReceipt,
    apply_updates,
    change_registration,
    replace_photo,
)
from exam_server.results.people import people
from exam_server.results.records import records
from exam_server.storage.acts import Act, first_break
from tests.builders.hub import Hub
from tests.builders.profiles import short_block
from tests.builders.published import draw_line, publish
from tests.builders.results_day import Day, staff
from tests.builders.results_read import rows_of

TODAY = date(2026, 6, 20)
OFFICE = staff(Role.AUTHORITY)
OUT = Wish(registration=Registration.WITHDRAWN)
BACK = Wish(registration=Registration.IN_FORCE)


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    prepared = Day(database_url, tmp_path)
    yield prepared
    prepared.close()


def change(day: Day, who: str, wish: Wish, actor: Staff = OFFICE) -> list[tuple[str, str, str]]:
    applied = day.store.write(
        lambda tx: change_registration(
            tx, candidate_id=who, wish=wish, reason="本人申请", actor=actor
        )
    )
    return [told(one) for one in applied]


def told(one: Applied) -> tuple[str, str, str]:
    return one.change.value, one.stage.value, one.effect.value


def person(day: Day, who: str) -> Candidate:
    def found(session: Session) -> Candidate:
        row = session.get_one(Candidate, who)
        session.expunge(row)
        return row

    return day.store.read(found)


def counted(day: Day) -> set[str]:
    """Who is in a line."""
    return {
        one.entry.candidate_id
        for one in day.store.read(lambda s: people(s, short_block(), exam_id=day.exam_id))
    }


def kinds(day: Day) -> list[str]:
    chosen = select(Act.data).where(Act.kind == "registration_changed").order_by(Act.seq)
    return [data["change"] for data in day.store.read(lambda s: s.scalars(chosen).all())]


def too_late(day: Day, who: str, wish: Wish) -> dict[str, object]:
    with pytest.raises(Refusal, match="change_too_late") as caught:
        change(day, who, wish)
    return caught.value.facts


def test_a_withdrawal_means_what_the_day_has_come_to(day: Day) -> None:
    """Before the papers are assigned the seat is free, then the person is absent, then it is
    too late; what is released is not touched."""
    early, late, here = day.register(day.people(3))
    assert change(day, early, OUT) == [("withdrawn", "seated", "unseated")]
    assert change(day, early, OUT) == [], "what stands so is no change"
    row = person(day, early)
    assert (row.seat, row.sitting_id) == (None, None)
    assert row.ticket is not None, "the number is nobody else's"
    assert counted(day) == {late, here}
    assert change(day, early, BACK) == [("reinstated", "listed", "kept")]
    assert counted(day) == {early, late, here}

    day.bring_paper()
    assert change(day, late, OUT) == [("withdrawn", "assigned", "marked_absent")]
    whole = day.store.read(lambda s: records(s, short_block(), exam_id=day.exam_id))
    (absent,) = [one for one in whole if one.candidate.id == late]
    assert [one.state for one in absent.subjects] == ["absent", "absent"]
    assert not absent.sits
    day.set_state(here, "ethics", "checked_in")
    facts = too_late(day, here, OUT)
    assert facts["stage"] == "已签到或作答中"
    assert facts["stage_en"] == "checked in or answering"

    def release(session: Session) -> None:
        session.get_one(Sitting, day.sitting_id).state = "released"

    day.store.write(lambda tx: release(tx.session))
    assert too_late(day, here, OUT)["stage"] == "成绩已发布"
    assert kinds(day) == ["withdrawn", "reinstated", "withdrawn"]
    assert day.store.read(first_break) is None


def test_documents_that_come_in_or_not_after_the_exam_decide_whether_it_counts(day: Day) -> None:
    rows = [msgspec.structs.replace(row, conditional=True) for row in day.people(2)]
    good, bad = day.register(rows)
    day.bring_paper()
    for who in (good, bad):
        for subject in ("ethics", "theory"):
            day.hand_in(who, subject, "all right")
    day.sweep()
    assert change(day, good, Wish(condition="cleared")) == [
        ("condition_cleared", "ended", "kept"),
    ]
    assert change(day, bad, Wish(condition="failed")) == [("disqualified", "ended", "not_counted")]
    found = day.store.read(lambda s: people(s, short_block(), exam_id=day.exam_id))
    assert [(one.entry.candidate_id, one.entry.standing) for one in found] == [(good, "valid")]
    assert rows_of(day)[bad].status == "disqualified"
    assert change(day, bad, Wish(condition="cleared")) == [
        ("reinstated", "ended", "kept"),
        ("condition_cleared", "ended", "kept"),
    ]
    assert counted(day) == {good, bad}
    assert [one.change[1] for one in day.store.read(lambda s: history(s, bad))] == [
        "documents are in", "reinstated", "disqualified",
    ]  # fmt: skip


def update(day: Day, *lines: dict[str, str]) -> UpdateReceipt:
    rows = read_updates(as_csv(*lines), profile=short_block(), today=TODAY)
    return day.store.write(
        lambda tx: apply_updates(
            tx, exam_id=day.exam_id, rows=rows, fields=day.keys.fields, actor=OFFICE
        )
    )


def as_csv(*lines: dict[str, str]) -> bytes:
    out = StringIO(newline="")
    columns = dict.fromkeys(name for line in lines for name in line)
    writer = csv.DictWriter(out, list(columns), restval="")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


def line(row: RosterRow, **changes: str) -> dict[str, str]:
    return {"姓名": row.name, "身份证号码": row.id_number, "原因": "报名系统更新"} | changes


def test_the_registration_systems_file_changes_what_differs_and_nothing_twice(day: Day) -> None:
    first, second, third, owing = day.people(4)
    owing = msgspec.structs.replace(owing, paid=False, ticket=None, room=None, seat=None)
    ids = day.register([first, second, third, owing])
    lines = (
        line(first, 缴费="已缴费", 报名状态="正常"),
        line(second, 更正姓名="王䶮", 延长时间="30%"),
        line(third, 特殊情形="临近退休", 缴费=""),
        line(owing, 缴费="已缴费"),
    )
    receipt = update(day, *lines)
    assert (receipt.read, receipt.changed) == (4, 3)
    assert [told(one) for one in receipt.applied] == [
        ("name", "seated", "reprint"),
        ("needs", "seated", "seat_again"),
        ("route_leaves", "seated", "unseated"),
        ("paid", "listed", "kept"),
    ]
    assert update(day, *lines).applied == ()
    assert counted(day) == {ids[0], ids[1], ids[3]}
    rules = short_block()
    entry = day.store.read(lambda s: register_entry(s, rules, ids[1]))
    assert (entry.name, entry.needs) == ("王䶮", Needs(time_factor="1.3"))
    shown = day.store.read(lambda s: register_page(s, rules, exam_id=day.exam_id, show="unseated"))
    assert [one.id for one in shown.entries] == [ids[3]]
    assert (shown.counts["all"], shown.counts["out"], shown.counts["needs"]) == (4, 1, 1)


def test_a_file_with_one_wrong_line_changes_nobody(day: Day) -> None:
    first, second = day.people(2)
    (who,) = day.register([first])
    with pytest.raises(Refusal, match="update_problems") as caught:
        update(day, line(first, 报名状态="退考"), line(second, 报名状态="退考"))
    (row,) = caught.value.rows
    assert (row["row"], row["column"], row["code"]) == (3, "身份证号码", "update_not_registered")
    assert person(day, who).registration == "in_force"
    with pytest.raises(Refusal) as caught:
        update(day, line(first, 姓名="别人", 缴费="未缴费"))
    assert caught.value.rows[0]["code"] == "update_name_differs"
    assert kinds(day) == []


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"身份证号码": "6.11002E+17", "缴费": "是"}, "身份证号码", "roster_id_lost"),
        ({"报名状态": "不来了"}, "报名状态", "update_word"),
        ({"容缺后补": "差不多"}, "容缺后补", "update_word"),
        ({"缴费": "一半"}, "缴费", "roster_paid"),
        ({"特殊情形": "会开车"}, "特殊情形", "roster_route"),
        ({"延长时间": "三倍"}, "延长时间", "roster_time_factor"),
        ({"延长时间": "3"}, "延长时间", "roster_time_factor"),
        ({"缴费": "是", "原因": ""}, "原因", "roster_empty"),
    ],
)
def test_an_update_is_refused_by_row_and_column(
    changes: dict[str, str], place: str, code: str, some_people: list[RosterRow]
) -> None:
    first, second = some_people
    lines = [line(first, 缴费="是"), line(second, **changes)]
    with pytest.raises(Refusal) as caught:
        read_updates(as_csv(*lines), profile=short_block(), today=TODAY)
    assert [(row["row"], row["column"], row["code"]) for row in caught.value.rows] == [
        (3, place, code)
    ]


@pytest.fixture(scope="module")
def some_people() -> list[RosterRow]:
    return Day.people(None, 2)  # type: ignore[arg-type]


def test_a_table_that_changes_nothing_is_no_update(some_people: list[RosterRow]) -> None:
    with pytest.raises(Refusal, match="update_no_header"):
        read_updates(as_csv(line(some_people[0])), profile=short_block(), today=TODAY)


def test_a_change_needs_the_office_and_a_reason_without_a_number(day: Day) -> None:
    (row,) = day.people(1)
    (who,) = day.register([row])
    with pytest.raises(Refusal, match="forbidden"):
        change(day, who, OUT, staff(Role.CHIEF_PROCTOR))
    for reason, code in ((" ", "reason_required"), (f"误报 {row.id_number}", "id_number_in_text")):
        with pytest.raises(Refusal, match=code):
            day.store.write(
                lambda tx, reason=reason: change_registration(  # type: ignore[misc]
                    tx, candidate_id=who, wish=OUT, reason=reason, actor=OFFICE
                )
            )
    with pytest.raises(Refusal, match="route_unknown"):
        change(day, who, Wish(route="vip"))
    assert kinds(day) == []


def test_a_photo_is_replaced_encrypted_and_recorded(day: Day) -> None:
    (row,) = day.people(1)
    (who,) = day.register([row])
    before = photo_url_of(person(day, who), day.keys.fields)

    def give(photo: bytes) -> Applied:
        return day.store.write(
            lambda tx: replace_photo(
                tx, candidate_id=who, photo=photo, fields=day.keys.fields, reason="旧照片",
                actor=OFFICE,
            )
        )  # fmt: skip

    with pytest.raises(Refusal, match="photo_unreadable"):
        give(b"MZ\x90")
    done = give(b"\xff\xd8\xff\xe0 another face \xff\xd9")
    assert (done.change, done.stage, done.effect) == (Change.PHOTO, Stage.SEATED, Effect.REPRINT)
    after = photo_url_of(person(day, who), day.keys.fields)
    assert after is not None
    assert after != before
    assert b"another face" not in (person(day, who).photo_cipher or b"")
    named = day.store.read(lambda s: candidate_named(s, day.exam_id, row.name))
    assert named == who


def test_who_sat_at_a_centre_is_not_struck_off_by_a_list(day: Day) -> None:
    """At the hub nobody has an attempt of their own: what a package brought, and what was
    published, is how far they have come."""
    hub = Hub(day)
    for data in (hub.east_package(), hub.west_package()):
        hub.take_in(data)
    first, second = hub.ids[0], hub.ids[1]
    for wish in (OUT, Wish(paid=False)):
        with pytest.raises(Refusal, match="change_too_late"):
            change(day, first, wish)
    draw_line(day, line="4")
    publish(day)
    with pytest.raises(Refusal, match="change_too_late"):
        change(day, first, OUT)
    wrong = Wish(registration=Registration.DISQUALIFIED)
    assert change(day, second, wrong) == [("disqualified", "released", "not_counted")]
    assert change(day, second, BACK) == [("reinstated", "released", "kept")]
    assert {first, second} <= counted(day)
