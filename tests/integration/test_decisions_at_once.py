"""Two officers of one office, each at a process of their own, decide at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from exam_server.auth.receipts import once
from exam_server.auth.tokens import issue
from exam_server.clock import SystemClock
from exam_server.errors import Refusal
from exam_server.results.actions.intake import import_results
from exam_server.results.actions.lines import approve_line, propose_line, put_into_effect
from exam_server.results.actions.rulings import rule
from exam_server.results.rules.params import LineParams
from exam_server.results.tables import CutScore, Ruling
from exam_server.storage.store import Store
from exam_server.storage.tx import Tx
from tests.builders.hub import Hub
from tests.builders.results_day import Day
from tests.builders.results_read import APPROVER, AUTHORITY, GROUP
from tests.builders.waiting import until_blocked

Command = Callable[[Tx], Any]

# on SQLite one process writes, and its commands are one after the other anyway
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def hub(day: Day) -> Hub:
    return Hub(day)


def at_once(hub: Hub, first: Command, second: Command) -> tuple[Any, Any]:
    """What each is answered; the first commits when the second is seen to wait for it."""
    begun, ended, answers = threading.Event(), threading.Event(), list[Any]()

    def slowly(tx: Tx) -> Any:
        answer = first(tx)
        begun.set()
        until_blocked(hub.day.store.url, ended.is_set)
        return answer

    there = Store(hub.day.store.url, SystemClock())
    thread = threading.Thread(target=lambda: answers.append(there.write(slowly)))
    thread.start()
    assert begun.wait(10)
    try:
        answer = hub.day.store.write(second)
    finally:
        ended.set()
        thread.join()
        there.close()
    return answers[0], answer


def propose(hub: Hub, line: str) -> Command:
    return partial(
        propose_line,
        exam_id=hub.day.exam_id,
        group=GROUP,
        params=LineParams(mode="line", line=line),
        reason="参照上年",
        actor=AUTHORITY,
    )


def test_what_two_decide_at_the_same_moment_comes_one_after_the_other(hub: Hub) -> None:
    same = partial(import_results, data=hub.east_package(), actor=AUTHORITY)
    first, again = at_once(hub, same, same)
    assert (first.id, first.new, again.new) == (again.id, True, False)
    hub.take_in(hub.west_package())

    lines = at_once(hub, propose(hub, "4"), propose(hub, "5"))
    states = hub.day.store.read(
        lambda session: {
            one.id: (one.version, one.state) for one in session.scalars(select(CutScore))
        }
    )
    assert [states[ident] for ident in lines] == [(1, "superseded"), (2, "proposed")]

    ruling = partial(rule, candidate_id=hub.ids[0], subject="*", reason="查实", document="处〔1〕",
                     actor=AUTHORITY)  # fmt: skip
    at_once(hub, partial(ruling, decision="void"), partial(ruling, decision="none"))
    numbers = hub.day.store.read(lambda session: session.scalars(select(Ruling.number)).all())
    assert sorted(numbers) == [1, 2]


def test_a_call_of_another_system_that_comes_twice_at_once_is_carried_out_once(hub: Hub) -> None:
    scopes = partial(issue, name="报名系统", scopes=["roster:write"], days=1, actor=AUTHORITY)
    token, _ = hub.day.store.write(scopes)
    done: list[str] = []

    def call(tx: Tx) -> tuple[dict[str, Any], bool]:
        holder = replace(AUTHORITY, id=token)
        return once(tx, holder=holder, key="call-0001", request=b"x", do=lambda: work(done))

    first, again = at_once(hub, call, call)
    assert (first, again) == (({"done": 1}, True), ({"done": 1}, False))
    assert len(done) == 1


def work(done: list[str]) -> dict[str, Any]:
    done.append("once")
    return {"done": len(done)}


def test_nothing_takes_effect_on_scores_that_are_being_changed(hub: Hub) -> None:
    """The line was drawn on scores of which one is void in the same moment."""
    for data in (hub.east_package(), hub.west_package()):
        hub.take_in(data)
    line = hub.day.store.write(propose(hub, "4"))
    hub.day.store.write(partial(approve_line, line_id=line, actor=APPROVER))
    void = partial(rule, candidate_id=hub.ids[0], subject="*", decision="void", reason="查实",
                   document="处〔1〕", actor=AUTHORITY)  # fmt: skip
    with pytest.raises(Refusal, match="line_scores_changed"):
        at_once(hub, void, partial(put_into_effect, line_id=line, actor=AUTHORITY))
