"""What a centre brings in beside the scores travels in its package; rulings are the authority's."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from sqlalchemy import select

from exam_server.clock import SystemClock
from exam_server.errors import Refusal
from exam_server.results.actions.lines import propose_line
from exam_server.results.actions.practical import import_practical
from exam_server.results.actions.rulings import rule
from exam_server.results.merging_practical import Standing
from exam_server.results.package import result_package
from exam_server.results.package_file import ResultFile, read_result_file
from exam_server.results.packed_practical import newest
from exam_server.results.practical_lists import Source
from exam_server.results.rules.params import LineParams
from exam_server.results.rules.practised import Practised
from exam_server.results.views.intake import imported_practical, imported_table
from exam_server.results.views.outcomes import PersonOutcome, outcomes
from exam_server.results.views.practical import PracticalPage, practical_page
from exam_server.storage.acts import Act
from tests.builders.centre_packages import practical_list
from tests.builders.hub import Hub
from tests.builders.results_day import Day, staff
from tests.builders.results_read import AUTHORITY, GROUP, put_line_into_effect
from tests.builders.services import ROOT

LATER = 60_000


@pytest.fixture
def hub(day: Day) -> Hub:
    return Hub(day)


def bring(day: Day, lines: dict[str, str], reason: str = "") -> None:
    """A list brought in at this machine, by ticket."""
    text = "准考证号,操作技能\n" + "".join(f"{who},{word}\n" for who, word in lines.items())
    day.store.write(
        partial(
            import_practical, exam_id=day.exam_id, data=text.encode(), reason=reason,
            source=Source("商人社考〔2026〕12号", date(2026, 6, 5)), fields=day.keys.fields,
            actor=staff(),
        )
    )  # fmt: skip


def page_of(day: Day) -> PracticalPage:
    return day.store.read(lambda session: practical_page(session, day.exam_id, viewer=AUTHORITY))


def person(day: Day, ident: str) -> PersonOutcome:
    (one,) = day.store.read(
        lambda session: outcomes(session, day.exam_id, today=date(2026, 7, 1), candidate_id=ident)
    ).people
    return one


def results(day: Day, ids: list[str]) -> list[str | None]:
    found = [person(day, ident).practical for ident in ids]
    return [None if one is None else one.shown for one in found]


def package_of(day: Day) -> ResultFile:
    return read_result_file(
        day.store.read(
            lambda session: result_package(
                session,
                exam_id=day.exam_id,
                sitting_id=day.sitting_id,
                signing=day.keys.signing,
                now=SystemClock().now(),
            )
        )
    )


def test_a_centres_lists_are_in_its_package_and_its_own_rulings_only_as_facts(
    sat: tuple[Day, list[str]],
) -> None:
    day, people = sat
    day.sweep()
    tickets = {row.candidate_id: str(row.ticket) for row in package_of(day).results.table.rows}
    who = [tickets[ident] for ident in people]
    bring(day, {who[0]: "合格", who[1]: "合格", who[2]: "缺考"})
    bring(day, {who[1]: "不合格"}, reason="登记有误")
    ruling = partial(rule, candidate_id=people[0], subject="*", decision="void", reason="替考",
                     document="处〔2026〕1号", actor=AUTHORITY)  # fmt: skip
    ident = day.store.write(ruling)
    params = LineParams(mode="line", line="4")
    line = partial(propose_line, exam_id=day.exam_id, group=GROUP, params=params, reason="x")
    put_line_into_effect(day, day.store.write(partial(line, actor=AUTHORITY)))

    found = package_of(day).results
    assert [(one.document, one.reason, len(one.results)) for one in found.practical] == [
        ("商人社考〔2026〕12号", "", 3), ("商人社考〔2026〕12号", "登记有误", 1),
    ]  # fmt: skip
    assert newest(found.practical) == {
        who[0]: Practised("pass"), who[1]: Practised("fail"), who[2]: Practised("absent"),
    }  # fmt: skip
    row = next(row for row in found.table.rows if row.candidate_id == people[0])
    assert (row.sum, row.status) == ("8", "valid")  # what was sat, whatever was ruled here
    assert row.decision == "held"
    assert [(one.id, one.ticket, one.text) for one in found.violations] == [
        (ident, who[0], "处〔2026〕1号 替考")  # holds it where it is taken in
    ]


def test_a_list_that_names_more_people_undoes_no_correction(hub: Hub) -> None:
    """A sitting's package, then the whole exam's: its first list has grown, the correction of
    it is here already."""
    day, ids = hub.day, hub.ids[:2]
    who = [hub.ticket(ident) for ident in ids]
    mended = practical_list({who[0]: "fail"}, reason="登记有误")
    hub.take_in(hub.east_package(practical=[practical_list({who[0]: "pass"}), mended]))
    grown = practical_list(dict.fromkeys(who, "pass"))
    again = hub.take_in(hub.east_package(LATER, practical=[grown, mended]))
    hub.accept(again.id)
    assert results(day, ids) == ["fail", "pass"]


def test_what_a_centre_brings_counts_at_the_hub_once_and_names_its_source(hub: Hub) -> None:
    day, ids = hub.day, hub.ids[:3]
    who = [hub.ticket(ident) for ident in ids]
    first = practical_list({who[0]: "pass", who[1]: "pass"})
    mended = practical_list({who[1]: "fail"}, reason="登记有误")
    bring(day, {who[0]: "合格"})  # the same result was here before the package came
    found = hub.take_in(hub.east_package(practical=[first, mended]))
    assert (found.state, found.conflicts) == ("counts", 0)
    assert results(day, ids) == ["pass", "fail", None]
    (why,) = person(day, ids[1]).differences
    assert (why.before, why.after, why.reason) == ("pass", "fail", "商州鉴〔2026〕4号 登记有误")
    lists = page_of(day).lists
    assert [(one.centre, one.people) for one in lists] == [
        ("商州考点", 1), ("商州考点", 1), ("", 1),
    ]  # fmt: skip
    assert day.store.read(lambda session: imported_practical(session, found.id)) == {
        who[0]: "pass", who[1]: "fail",
    }  # fmt: skip

    assert not hub.take_in(hub.east_package(practical=[first, mended])).new
    bring(day, {who[1]: "合格"}, reason="复核")  # corrected here since: an old list undoes nothing
    again = hub.take_in(hub.east_package(LATER, practical=[first, mended]))
    hub.accept(again.id, reason="补送")
    assert results(day, ids) == ["pass", "pass", None]
    assert len(page_of(day).lists) == len(lists) + 1


@pytest.mark.parametrize(
    ("standing", "stands"), [("here", ["pass", "fail"]), ("brought", ["fail", "fail"])]
)
def test_where_results_differ_nothing_counts_until_somebody_says_which_stand(
    hub: Hub, standing: Standing, stands: list[str]
) -> None:
    day, ids = hub.day, hub.ids[:2]
    who = [hub.ticket(ident) for ident in ids]
    bring(day, {who[0]: "合格"})
    brought = practical_list({who[0]: "fail", who[1]: "fail"})
    found = hub.take_in(hub.east_package(practical=[brought]))
    assert (found.state, found.conflicts) == ("held", 1)
    _, _, _, conflicts = day.store.read(lambda session: imported_table(session, found.id))
    assert [(one.ticket, one.subject, one.here, one.brought) for one in conflicts] == [
        (who[0], "practical", "pass", "fail")
    ]
    with pytest.raises(Refusal, match="result_package_practical_differs") as caught:
        hub.accept(found.id)
    assert caught.value.facts == {"who": who[0]}
    assert results(day, ids) == ["pass", None]
    assert person(day, ids[0]).sum is None

    hub.accept(found.id, reason="对照两份文件", practical=standing)
    assert results(day, ids) == stands
    assert person(day, ids[0]).sum == "8"
    told = [one.reason for one in person(day, ids[0]).differences]
    assert told == (["商州鉴〔2026〕4号 对照两份文件"] if standing == "brought" else [])
    acts = day.store.read(lambda s: [one.data for one in s.scalars(select(Act).order_by(Act.seq))])
    (decided,) = (data for data in acts if "in_place_of" in data)
    assert decided["practical"] == [[who[0], "pass", "fail", standing]]


def test_a_list_at_the_hub_that_differs_from_a_centres_wants_a_reason(hub: Hub) -> None:
    who = hub.ticket(hub.ids[0])
    hub.take_in(hub.east_package(practical=[practical_list({who: "pass"})]))
    with pytest.raises(Refusal, match="practical_reason"):
        bring(hub.day, {who: "不合格"})
    bring(hub.day, {who: "不合格"}, reason="复核")
    assert results(hub.day, hub.ids[:1]) == ["fail"]


def test_a_package_of_the_format_before_is_read_and_has_none() -> None:
    data = (ROOT / "tests" / "fixtures" / "result-package-1.zip").read_bytes()
    file = read_result_file(data)
    assert file.manifest.format == "kaochang/results/1"
    assert [row.sum for row in file.results.table.rows] == ["8", "6", None]
    assert (len(file.results.violations), file.results.practical) == (1, ())


def test_a_list_is_known_by_all_that_it_says() -> None:
    one = practical_list({"1": "pass"})
    others = [
        practical_list({"1": "fail"}), practical_list({"2": "pass"}),
        practical_list({"1": "pass"}, document="另一号"), practical_list({"1": "pass"}, reason="x"),
    ]  # fmt: skip
    assert one.content == practical_list({"1": "pass"}).content
    assert len({item.content for item in [one, *others]}) == 5
