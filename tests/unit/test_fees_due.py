"""What a person owes is the notice's table, and what became of the registration."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exam_server.desk.rules.fees_due import NOTHING, Due, due_of
from exam_server.profiles.trades import Catalogue
from tests.builders.profiles import hebei, shaanxi


def due(trade: str, level: str, **changes: object) -> Due:
    profile = shaanxi()
    found = Catalogue(profile.trades).find(trade, level)
    assert found is not None
    facts = {"level": level, "route": "normal", "paid": False, "registration": "in_force"}
    return due_of(profile, found.trade, **(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trade", "level", "total", "review"),
    [("农艺工", "L5", 150, 0), ("电工", "L3", 350, 0), ("汽车驾驶员", "L2", 450, 110)],
)
def test_the_sums_are_those_of_the_notice(trade: str, level: str, total: int, review: int) -> None:
    found = due(trade, level)
    assert [found.due, found.owed, found.paid] == [Decimal(one) for one in (total, total, 0)]
    assert found.review == review
    assert sum(found.parts.values()) == total
    paid = due(trade, level, paid=True)
    assert [paid.due, paid.owed, paid.paid] == [Decimal(one) for one in (total, 0, total)]


def test_who_does_not_sit_pays_nothing_and_who_withdraws_gets_nothing_back() -> None:
    assert due("电工", "L3", route="near_retirement") == NOTHING
    assert due("电工", "L3", route="exceptional_application").due == 350
    assert due("电工", "L3", registration="withdrawn") == NOTHING
    assert due("电工", "L3", registration="withdrawn", paid=True).paid == 350
    assert due("电工", "L3", registration="disqualified").owed == 0


def test_where_every_trade_pays_the_same_the_trade_does_not_matter() -> None:
    found = due_of(hebei(), None, level="L2", route="normal", paid=False, registration="in_force")
    assert found.owed == Decimal(100)
