"""Rulings 处理决定 stand in the order in which they were made, whatever the clocks say."""

from __future__ import annotations

import pytest

from exam_server.auth.identity import Role, Staff
from exam_server.clock import Instant
from exam_server.desk.synthetic import Kind
from exam_server.errors import Refusal
from exam_server.results.actions.rulings import rule
from exam_server.results.rules.ruling import Decision
from exam_server.results.views.rulings import RuledPerson, ruling_page
from exam_server.storage.tx import Tx
from tests.builders.hub import FIRST_MS, Hub
from tests.builders.results_day import Day, staff
from tests.builders.results_read import AUTHORITY

CITY = staff(Role.AUTHORITY, "city", "商洛市")
DAY_MS = 86_400_000


def decide(
    day: Day, ident: str, decision: Decision, *, at_ms: int = 0, actor: Staff = AUTHORITY,
    subject: str = "*",
) -> None:  # fmt: skip
    """``at_ms``: what the machine's clock says then, 0 for the right time."""

    def at_that_time(tx: Tx) -> None:
        if at_ms:
            tx.now = Instant(at_ms, tx.now.boot_ms, tx.now.boot)
        rule(tx, candidate_id=ident, subject=subject, decision=decision, reason="查实",
             document="处〔1〕", actor=actor)  # fmt: skip

    day.store.write(at_that_time)


def person(day: Day) -> RuledPerson:
    """The one person on whom anything was said."""
    page = day.store.read(lambda session: ruling_page(session, day.exam_id, viewer=AUTHORITY))
    (found,) = page.people
    return found


def test_the_last_ruling_counts_though_the_clock_was_set_back(day: Day) -> None:
    (ident,) = day.register(day.people(1))
    for back_ms in (0, 0, 3_600_000):
        decide(day, ident, "void", at_ms=FIRST_MS)
        assert person(day).void == ("*",)
        decide(day, ident, "none", at_ms=FIRST_MS - back_ms)
        assert person(day).void == ()
    assert [one.decision for one in person(day).said] == ["void", "none"] * 3
    decide(day, ident, "void")
    decide(day, ident, "none", subject="theory")  # one subject is cleared after all were void
    assert person(day).void == ("ethics",)


def test_a_violation_that_a_package_brings_late_was_not_ruled_on(day: Day) -> None:
    hub = Hub(day)
    ident = hub.ids[0]
    decide(day, ident, "none", at_ms=FIRST_MS + DAY_MS)
    noted = {"id": "violation-of-the-room", "ticket": hub.ticket(ident), "at_ms": FIRST_MS,
             "text": "夹带资料"}  # fmt: skip
    hub.take_in(hub.east_package(violations=[noted]))
    assert person(day).held, "nobody has ruled on it"
    decide(day, ident, "none", at_ms=FIRST_MS - DAY_MS)  # the centre's clock was ahead
    assert not person(day).held
    assert not hub.take_in(hub.east_package(violations=[noted])).new
    assert not person(day).held


def test_the_province_rules_on_provincial_units_at_a_citys_level(day: Day) -> None:
    of_city, of_province = day.register(
        day.people(2, [Kind("汽车驾驶员", "L4"), Kind("汽车驾驶员", "L4", "省直")])
    )
    decide(day, of_province, "void")
    decide(day, of_city, "void", actor=CITY)
    for ident, actor in ((of_city, AUTHORITY), (of_province, CITY)):
        with pytest.raises(Refusal, match="forbidden"):
            decide(day, ident, "none", actor=actor)
