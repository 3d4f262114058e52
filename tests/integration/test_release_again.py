"""A publication is corrected whatever became of the group: nobody is left over in what was said."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from exam_server.clock import Instant
from exam_server.desk.rules.changes import Registration
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.synthetic import Kind
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal
from exam_server.profiles.holiday_file import calendar
from exam_server.results.actions.practical import import_practical
from exam_server.results.actions.rulings import rule
from exam_server.results.practical_lists import Source
from exam_server.results.views.published import PublishedResult, published_page
from exam_server.results.views.release import ReleaseCard, release_list
from exam_server.storage.tx import Tx
from tests.builders.published import PROVINCE, draw_line, publish
from tests.builders.results_day import Day
from tests.builders.results_read import GROUP
from tests.integration.test_release import EXAM_DAY

ALONE = "安康市|汽车驾驶员|L3"


@pytest.fixture
def published(day: Day) -> tuple[Day, list[str]]:
    """In one group 8 points and an absent, in the other one person with 8; both published."""
    cities = ("商洛市", "安康市", "商洛市")
    people = day.register(day.people(3, [Kind("汽车驾驶员", "L3", city) for city in cities]))
    day.bring_paper()
    for subject in ("ethics", "theory"):
        day.hand_in(people[0], subject, "all right")
        day.hand_in(people[1], subject, "all right")
        day.set_state(people[2], subject, "absent")
    day.set_sitting(SittingState.CLOSED)
    day.sweep()
    for group in (GROUP, ALONE):
        draw_line(day, group=group)
    day.store.write(partial(bring_practical, day=day))
    for group in (GROUP, ALONE):
        publish(day, group=group)
    return day, people


def bring_practical(tx: Tx, *, day: Day, result: str = "合格", reason: str = "") -> None:
    tickets = [row.ticket for row in tx.session.query(Candidate).order_by(Candidate.ticket)]
    table = "准考证号,操作技能\n" + "".join(f"{ticket},{result}\n" for ticket in tickets)
    import_practical(
        tx,
        exam_id=day.exam_id,
        data=table.encode(),
        fields=day.keys.fields,
        source=Source("技〔2026〕1号", EXAM_DAY),
        reason=reason,
        actor=PROVINCE,
    )


def cards(day: Day) -> dict[str, ReleaseCard]:
    found = day.store.read(
        lambda session: release_list(
            session, day.exam_id, viewer=PROVINCE, calendar=calendar(), today=EXAM_DAY
        )
    )
    return {card.key: card for card in found.cards}


def results(day: Day, **narrowed: Any) -> dict[str, PublishedResult]:
    page = day.store.read(
        lambda session: published_page(session, day.exam_id, viewer=PROVINCE, **narrowed)
    )
    return {one.candidate: one for one in page.results}


def test_the_only_person_who_passed_passes_no_more(published: tuple[Day, list[str]]) -> None:
    day, people = published
    assert set(results(day, passed=True)) == {people[0], people[1]}
    assert not cards(day)[ALONE].newer

    def disqualify(tx: Tx) -> None:
        person = tx.session.get_one(Candidate, people[1])
        person.registration = Registration.DISQUALIFIED.value

    day.store.write(disqualify)
    assert cards(day)[ALONE].newer
    assert cards(day)[ALONE].ready is None
    with pytest.raises(Refusal, match="release_unexplained"):
        publish(day, group=ALONE)
    publish(day, group=ALONE, reason="资格不通过")
    assert results(day)[people[1]].official.status == "withdrawn"
    assert set(results(day, passed=True)) == {people[0]}
    assert not cards(day)[ALONE].newer
    with pytest.raises(Refusal, match="release_same"):
        publish(day, group=ALONE)
    with pytest.raises(Refusal, match="group_unknown"):
        publish(day, group="渭南市|汽车驾驶员|L3")

    day.store.write(
        partial(
            rule,
            candidate_id=people[0],
            subject="*",
            decision="void",
            reason="替考",
            document="处〔1〕",
            actor=PROVINCE,
        )
    )
    assert cards(day)[GROUP].newer
    assert cards(day)[GROUP].ready is None, "no line can be drawn where nobody has a score"
    publish(day)
    assert results(day)[people[0]].official.status == "void"
    assert results(day, passed=True) == {}


def test_what_is_newer_than_its_publication_is_seen_and_nothing_else(
    published: tuple[Day, list[str]],
) -> None:
    """A line that was moved and moved back changes nobody; a list that came in with the clock set
    back changes everybody."""
    day, _ = published
    draw_line(day, line="8")
    assert cards(day)[GROUP].newer
    draw_line(day, line="4")
    assert not cards(day)[GROUP].newer
    with pytest.raises(Refusal, match="release_same"):
        publish(day)

    def corrected(tx: Tx) -> None:
        tx.now = Instant(tx.now.wall_ms - 3_600_000, tx.now.boot_ms, tx.now.boot)
        bring_practical(tx, day=day, result="不合格", reason="成绩登记有误")

    day.store.write(corrected)
    assert all(card.newer for card in cards(day).values())
    with pytest.raises(Refusal, match="practical_overtaken"):  # as if nothing had been corrected
        day.store.write(partial(bring_practical, day=day))
