"""A line goes from its proposal to its effect, each step by the office that has it (D16)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import select

from exam_server.auth.identity import Role, Staff
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.synthetic import Kind
from exam_server.desk.tables import Exam
from exam_server.errors import Refusal
from exam_server.results.actions.lines import (
    approve_line,
    file_line,
    propose_line,
    put_into_effect,
    return_line,
)
from exam_server.results.rules.group import PROVINCIAL
from exam_server.results.rules.line_life import Drawing, LineState, drawing_of, is_next, may_act
from exam_server.results.rules.params import LineParams
from exam_server.results.views.groups import group_detail, groups
from exam_server.storage.acts import Act, first_break
from exam_server.storage.tx import Tx
from tests.builders.results_day import Day
from tests.builders.results_read import GROUP, rows_of

SHAANXI = {"L5": "city_then_file", "L4": "city_then_file", "L3": "province", "L2": "province"}
L4 = "商洛市|汽车驾驶员|L4"


def office(name: str, city: str | None = None) -> Staff:
    return Staff(name, name, name, Role.AUTHORITY, city)


PROVINCE, DEPUTY = office("省甲"), office("省乙")
CITY, CITY_DEPUTY = office("商洛甲", "商洛市"), office("商洛乙", "商洛市")
OTHER_CITY = office("安康甲", "安康市")


def test_who_draws_a_line_follows_from_level_and_city() -> None:
    def of(city: str, level: str) -> Drawing:
        return drawing_of({"city": city, "trade": "电工", "level": level}, SHAANXI)

    assert of("商洛市", "L4") == Drawing("商洛市", filed=True)
    assert of("商洛市", "L3") == Drawing(None, filed=False)
    assert of(PROVINCIAL, "L5") == Drawing(None, filed=False)
    assert of("*", "L5") == Drawing(None, filed=False)
    assert of("商洛市", "*") == Drawing(None, filed=False), "some of its levels are the province's"
    cities = {"L5": "city", "L4": "city_then_file"}
    assert drawing_of({"city": "商洛市", "trade": "*", "level": "*"}, cities) == Drawing(
        "商洛市", filed=True
    )
    assert drawing_of({"city": "商洛市", "trade": "*", "level": "L5"}, cities) == Drawing(
        "商洛市", filed=False
    )


@pytest.mark.parametrize("drawing", [Drawing(None, filed=False), Drawing("商洛市", filed=True)])
def test_no_step_is_left_out_and_none_is_taken_twice(drawing: Drawing) -> None:
    order = list(pairwise(drawing.steps))
    for state in LineState:
        for to in (LineState.APPROVED, LineState.FILED, LineState.EFFECTIVE):
            assert is_next(state, to, drawing) == ((state, to) in order), (state, to)
    assert not is_next(LineState.EFFECTIVE, LineState.RETURNED, drawing)


def test_the_province_files_and_the_city_does_the_rest() -> None:
    drawing = Drawing("商洛市", filed=True)
    for act in (LineState.APPROVED, LineState.EFFECTIVE):
        assert may_act(act, LineState.PROPOSED, drawing, "商洛市")
        assert not may_act(act, LineState.PROPOSED, drawing, None)
        assert not may_act(act, LineState.PROPOSED, drawing, "安康市")
    assert may_act(LineState.FILED, LineState.APPROVED, drawing, None)
    assert not may_act(LineState.FILED, LineState.APPROVED, drawing, "商洛市")
    assert may_act(LineState.RETURNED, LineState.APPROVED, drawing, None)
    assert not may_act(LineState.RETURNED, LineState.PROPOSED, drawing, None)


# --- the office ---------------------------------------------------------------------


def propose(
    day: Day,
    actor: Staff,
    group: str = GROUP,
    line: str = "4",
    minimum: dict[str, str] | None = None,
) -> str:
    return day.store.write(
        lambda tx: propose_line(
            tx,
            exam_id=day.exam_id,
            group=group,
            params=LineParams(mode="line", line=line, minimum=minimum or {}),
            reason="参照上年",
            actor=actor,
        )
    )


def do(day: Day, step: Callable[..., None], line_id: str, actor: Staff, **more: str) -> None:
    day.store.write(partial(step, line_id=line_id, actor=actor, **more))


def acts(day: Day) -> list[Act]:
    return list(
        day.store.read(
            lambda session: session.scalars(
                select(Act).where(Act.kind.startswith("line_")).order_by(Act.seq)
            ).all()
        )
    )


@pytest.fixture
def scored(sat: tuple[Day, list[str]]) -> tuple[Day, list[str]]:
    """Seven people of L3 have sat and are scored: the province's line."""
    sat[0].sweep()
    return sat


@pytest.fixture
def city_day(day: Day) -> Day:
    """Two people of L4: the city's line, filed with the province."""
    people = day.register(day.people(2, [Kind("汽车驾驶员", "L4")]))
    day.bring_paper()
    for person, paper in zip(people, ("all right", "half"), strict=True):
        for subject in ("ethics", "theory"):
            day.hand_in(person, subject, paper)  # type: ignore[arg-type]
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    return day


def test_a_provinces_line_counts_only_when_it_is_in_effect(
    scored: tuple[Day, list[str]],
) -> None:
    day, people = scored
    line_id = propose(day, PROVINCE)
    do(day, approve_line, line_id, DEPUTY)
    assert {row.decision for row in rows_of(day).values()} == {None}
    do(day, put_into_effect, line_id, PROVINCE)
    assert rows_of(day)[people[0]].decision == "undecided"
    assert rows_of(day)[people[4]].decision == "fail"
    found = acts(day)
    assert [act.kind for act in found] == ["line_proposed", "line_approved", "line_effective"]
    assert [act.actor for act in found] == ["staff:省甲", "staff:省乙", "staff:省甲"]
    assert len({act.data["snapshot"] for act in found}) == 1
    assert found[0].data["reason"] == "参照上年"
    assert day.store.read(first_break) is None


def test_a_city_cannot_draw_the_line_of_l3(scored: tuple[Day, list[str]]) -> None:
    day, _ = scored
    with pytest.raises(Refusal, match="line_wrong_office"):
        propose(day, CITY)
    line_id = propose(day, PROVINCE)
    for step in (approve_line, put_into_effect):
        with pytest.raises(Refusal, match="line_wrong_office"):
            do(day, step, line_id, CITY)
    with pytest.raises(Refusal, match="line_wrong_office"):
        do(day, return_line, line_id, CITY, reason="不同意")


def test_a_province_does_not_draw_a_citys_line_of_l4(city_day: Day) -> None:
    with pytest.raises(Refusal, match="line_wrong_office_city") as caught:
        propose(city_day, PROVINCE, L4)
    assert caught.value.facts == {"city": "商洛市"}
    with pytest.raises(Refusal, match="line_wrong_office_city"):
        propose(city_day, OTHER_CITY, L4)


def test_a_citys_line_is_filed_with_the_province_before_it_takes_effect(city_day: Day) -> None:
    day = city_day
    line_id = propose(day, CITY, L4)
    with pytest.raises(Refusal, match="line_same_person"):
        do(day, approve_line, line_id, CITY)
    with pytest.raises(Refusal, match="line_step"):
        do(day, file_line, line_id, PROVINCE, document="陕工考备〔2026〕3号")
    do(day, approve_line, line_id, CITY_DEPUTY)
    with pytest.raises(Refusal, match="line_step"):
        do(day, put_into_effect, line_id, CITY)
    with pytest.raises(Refusal, match="line_wrong_office"):
        do(day, file_line, line_id, CITY, document="自备")
    with pytest.raises(Refusal, match="line_document_required"):
        do(day, file_line, line_id, PROVINCE, document=" ")
    do(day, file_line, line_id, PROVINCE, document="陕工考备〔2026〕3号")
    assert {row.decision for row in rows_of(day).values()} == {None}
    with pytest.raises(Refusal, match="line_wrong_office_city"):
        do(day, put_into_effect, line_id, PROVINCE)
    do(day, put_into_effect, line_id, CITY)
    (card,) = day.store.read(lambda session: groups(session, day.exam_id, viewer=CITY))
    assert (card.state, card.line, card.drawn_by, card.filed) == ("effective", "4", "商洛市", True)
    detail = day.store.read(lambda session: group_detail(session, day.exam_id, L4, viewer=PROVINCE))
    assert [(step.step, step.document) for step in detail.lines[0].steps] == [
        ("proposed", ""),
        ("approved", ""),
        ("filed", "陕工考备〔2026〕3号"),
        ("effective", ""),
    ]


def test_the_province_returns_what_it_will_not_file(city_day: Day) -> None:
    day = city_day
    line_id = propose(day, CITY, L4)
    do(day, approve_line, line_id, CITY_DEPUTY)
    with pytest.raises(Refusal, match="reason_required"):
        do(day, return_line, line_id, PROVINCE, reason="")
    do(day, return_line, line_id, PROVINCE, reason="合格率过高，请说明")
    with pytest.raises(Refusal, match="line_step"):
        do(day, put_into_effect, line_id, CITY)
    assert acts(day)[-1].data["reason"] == "合格率过高，请说明"


def test_everybody_sees_only_the_acts_that_are_theirs(city_day: Day) -> None:
    day = city_day

    def open_to(viewer: Staff) -> tuple[str, ...]:
        detail = day.store.read(
            lambda session: group_detail(session, day.exam_id, L4, viewer=viewer)
        )
        return detail.lines[0].acts

    line_id = propose(day, CITY, L4)
    assert (open_to(CITY), open_to(CITY_DEPUTY)) == (("returned",), ("approved", "returned"))
    assert open_to(PROVINCE) == ()
    do(day, approve_line, line_id, CITY_DEPUTY)
    assert (open_to(CITY), open_to(PROVINCE)) == (("returned",), ("filed", "returned"))
    do(day, file_line, line_id, PROVINCE, document="3")
    assert (open_to(CITY), open_to(PROVINCE)) == (("effective", "returned"), ())


def test_a_city_sees_its_own_people_and_no_other_citys(city_day: Day) -> None:
    day = city_day
    assert day.store.read(lambda session: groups(session, day.exam_id, viewer=OTHER_CITY)) == []
    with pytest.raises(Refusal, match="forbidden"):
        day.store.read(lambda session: group_detail(session, day.exam_id, L4, viewer=OTHER_CITY))


def test_scores_that_change_after_the_filing_stop_the_line(city_day: Day) -> None:
    day = city_day
    line_id = propose(day, CITY, L4)
    do(day, approve_line, line_id, CITY_DEPUTY)
    do(day, file_line, line_id, PROVINCE, document="3")
    day.set_state(next(iter(rows_of(day))), "ethics", "voided")
    with pytest.raises(Refusal) as caught:
        do(day, put_into_effect, line_id, CITY)
    assert caught.value.code == "line_scores_changed"
    detail = day.store.read(lambda session: group_detail(session, day.exam_id, L4, viewer=CITY))
    assert detail.lines[0].stale


def test_what_the_notice_asks_of_a_subject_is_eased_by_no_line(
    scored: tuple[Day, list[str]],
) -> None:
    day, _ = scored

    def ask(tx: Tx) -> None:
        exam = tx.session.get_one(Exam, day.exam_id)
        rule = exam.rules["pass_rule"] | {"minimum": {"theory": "2"}}
        exam.rules = exam.rules | {"pass_rule": rule}

    day.store.write(ask)
    for minimum in ({}, {"theory": "1.9"}, {"ethics": "4"}):
        with pytest.raises(Refusal, match="line_below_minimum") as refused:
            propose(day, PROVINCE, minimum=minimum)
        assert str(refused.value.facts["subjects"]).endswith(" 2")
    propose(day, PROVINCE, minimum={"theory": "2"})
    propose(day, PROVINCE, minimum={"theory": "2.5", "ethics": "1"})
