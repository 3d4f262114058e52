"""What becomes of a person: one rule for lists, exports, lines and queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

import msgspec
import pytest

from exam_server.profiles.model import Method
from exam_server.profiles.profile import load
from exam_server.results.rules.entries import Entry, Standing
from exam_server.results.rules.line_life import LineState, drawing_of, may_act
from exam_server.results.rules.lines import draw_line
from exam_server.results.rules.official import Change, explained, publisher_of
from exam_server.results.rules.outcome import (
    Line,
    Person,
    PracticalFact,
    Reason,
    Rule,
    Status,
    outcome,
    valid_until,
)
from exam_server.results.rules.params import LineParams, Mode
from exam_server.results.rules.ruling import ALL, Effect, Ruled, effect_of, state_under
from exam_server.results.views.line_words import line_in_words

SHAANXI = Rule("must_pass", None, review=False, valid_until=None)
SUM_135 = Line(Decimal(135), LineParams(mode="line", line="135"))
HEBEI = Rule("minimum", Decimal(60), review=True, valid_until=date(2024, 12, 31))
DOUBLE_60 = Line(
    Decimal(0), LineParams(basis="each_subject", mode="fixed", minimum={"yingzhi": "60"})
)
PASSED, FAILED = PracticalFact("pass"), PracticalFact("fail")


def person(
    points: dict[str, str],
    practical: PracticalFact | None = None,
    standing: Standing = Standing.VALID,
    *,
    held: bool = False,
    states: dict[str, str] | None = None,
) -> Person:
    scores = {subject: Decimal(value) for subject, value in points.items()}
    sat = dict.fromkeys(points, "submitted") | (states or {})
    return Person(Entry("p", standing, scores), sat, held, practical)


def shaanxi(
    ethics: str, theory: str, practical: PracticalFact | None = None, line: Line | None = SUM_135
) -> tuple[Status, list[str]]:
    found = outcome(person({"ethics": ethics, "theory": theory}, practical), line, SHAANXI)
    return found.status, [reason.code for reason in found.reasons]


def hebei(theory: str, practical: str) -> tuple[Status, list[str]]:
    fact = PracticalFact("score", Decimal(practical))
    found = outcome(person({"yingzhi": theory}, fact), DOUBLE_60, HEBEI)
    return found.status, [reason.code for reason in found.reasons]


def test_statement_7_two_people_on_the_line_score_are_treated_the_same() -> None:
    """By every way of the tie rule, which everything under a line says in words."""
    alike = [person({"ethics": e, "theory": t}, PASSED) for e, t in (("60", "75"), ("75", "60"))]
    assert {outcome(one, SUM_135, SHAANXI).status for one in alike} == {Status.PASS}
    for tie in ("include", "exclude"):
        entries = [
            Entry(str(number), Standing.VALID, {"theory": Decimal(points)})
            for number, points in enumerate((90, 70, 70, 50))
        ]
        found = draw_line(entries, LineParams(mode="rate", rate="0.5", tie=tie))
        assert ("1" in found.reached) == ("2" in found.reached)
        zh, _ = line_in_words("70", LineParams(mode="rate", rate="0.5", tie=tie))
        assert ("同分的人全部达线" in zh) == ("1" in found.reached)


def test_statement_8_a_line_is_drawn_and_published_by_the_office_of_its_level() -> None:
    profile = load("shaanxi-2024")
    for level, office in (("L3", None), ("L2", None), ("L5", "商洛市"), ("L4", "商洛市")):
        parts = {"city": "商洛市", "trade": "电工", "level": level}
        drawing = drawing_of(parts, profile.line_authority)
        assert drawing.city == office
        assert publisher_of(parts, profile.publish.authority) == office
        city_may = may_act(LineState.APPROVED, LineState.PROPOSED, drawing, "商洛市")
        province_may = may_act(LineState.APPROVED, LineState.PROPOSED, drawing, None)
        assert (city_may, province_may) == (office is not None, office is None)


def test_statement_9_double_sixty_and_a_line_of_135() -> None:
    assert hebei("59.5", "90") == (Status.FAIL, ["minimum"])
    assert hebei("90", "59.5") == (Status.FAIL, ["practical_minimum"])
    assert hebei("60", "60") == (Status.PASS, ["review"])
    assert shaanxi("40", "95", PASSED) == (Status.PASS, [])
    assert shaanxi("40", "95") == (Status.UNDECIDED, ["practical_missing"])
    assert shaanxi("40", "94.5", PASSED) == (Status.FAIL, ["line"])


def test_what_no_later_fact_can_mend_is_said_at_once() -> None:
    assert shaanxi("40", "90") == (Status.FAIL, ["line"])  # whatever the practical will be
    assert shaanxi("90", "90", FAILED, line=None) == (Status.FAIL, ["practical_fail"])
    assert shaanxi("90", "90", PracticalFact("absent")) == (Status.FAIL, ["practical_absent"])


def test_without_a_line_in_effect_nobody_passes() -> None:
    assert shaanxi("100", "100", PASSED, line=None) == (Status.UNDECIDED, ["no_line"])
    nobody = Line(None, LineParams(mode="rate", rate="0"))
    assert shaanxi("100", "100", PASSED, nobody) == (Status.FAIL, ["line"])


def test_absent_is_not_zero_and_void_is_not_absent() -> None:
    """A line of nothing is reached by nought points, and never by nobody's paper."""
    nothing = Line(Decimal(0), LineParams(mode="line", line="0"))
    assert shaanxi("0", "0", PASSED, nothing) == (Status.PASS, [])
    absent = person({}, PASSED, Standing.ABSENT, states={"ethics": "absent", "theory": "absent"})
    assert outcome(absent, nothing, SHAANXI).status is Status.ABSENT
    void = person({}, PASSED, Standing.VOIDED, states={"ethics": "voided", "theory": "absent"})
    assert outcome(void, nothing, SHAANXI).status is Status.VOID
    part = person({"ethics": "90"}, PASSED, Standing.PARTIAL, states={"theory": "absent"})
    found = outcome(part, nothing, SHAANXI)
    assert (found.status, found.reasons) == (Status.FAIL, (Reason("subject_absent", "theory"),))


def test_held_and_conditional_are_kept_out_until_somebody_decides() -> None:
    points = {"ethics": "90", "theory": "90"}
    held = outcome(person(points, PASSED, held=True), SUM_135, SHAANXI)
    assert (held.status, held.reasons) == (Status.HELD, (Reason("violation"),))
    waiting = person(points, PASSED, Standing.CONDITIONAL)
    assert outcome(waiting, SUM_135, SHAANXI).status is Status.CONDITIONAL
    below = person({"ethics": "10", "theory": "10"}, PASSED, Standing.CONDITIONAL)
    assert outcome(below, SUM_135, SHAANXI).status is Status.FAIL


def test_whose_registration_does_not_hold_has_no_result() -> None:
    facts = person({"ethics": "90", "theory": "90"}, PASSED)
    found = outcome(msgspec.structs.replace(facts, disqualified=True), SUM_135, SHAANXI)
    assert (found.status, found.reasons) == (Status.VOID, (Reason("registration"),))


def test_a_score_of_the_year_lapses_with_it() -> None:
    found = outcome(person({"yingzhi": "60"}, PracticalFact("score", Decimal(60))),
                    DOUBLE_60, HEBEI)  # fmt: skip
    assert not found.lapsed(date(2024, 12, 31))
    assert found.lapsed(date(2025, 1, 1))
    assert found.status is Status.PASS  # what it was is not rewritten
    assert valid_until("calendar_year", 2026) == date(2026, 12, 31)
    assert valid_until("not_limited", 2026) is None


def ruled(decision: str, settles: int = 0, subject: str = ALL) -> Ruled:
    return Ruled(subject, decision, "原因", "文号", 0, settles)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("violations", "rulings", "held", "void"),
    [
        (0, [], False, set()),
        (1, [], True, set()),
        (1, [ruled("none", 1)], False, set()),
        (2, [ruled("none", 1)], True, set()),
        (1, [ruled("void", 1, "theory")], False, {"theory"}),
        (1, [ruled("void", 1), ruled("none", 1)], False, set()),
        (0, [ruled("held")], True, set()),
        (0, [ruled("none"), ruled("held")], True, set()),
        (0, [ruled("void", 0, "theory"), ruled("none", 0, "ethics")], False, {"theory"}),
        (0, [ruled("void"), ruled("none", 0, "ethics")], False, {"theory"}),
        (0, [ruled("void", 0, "theory"), ruled("none")], False, set()),
    ],
)
def test_a_violation_holds_until_it_is_ruled_on(
    violations: int, rulings: list[Ruled], held: bool, void: set[str]
) -> None:
    found = effect_of(violations, rulings)
    said = {subject for subject in ("ethics", "theory") if found.voids(subject)}
    assert (found.held, said) == (held, void)


def test_a_ruling_does_not_make_an_absent_paper_a_void_one() -> None:
    everything = Effect(held=False, void={ALL: ruled("void", 1)})
    assert state_under(everything.voids("ethics"), "absent") == "absent"
    assert state_under(everything.voids("ethics"), "submitted") == "voided"


def test_the_reason_of_one_subject_explains_no_other() -> None:
    changed = tuple(
        Change(field, "60", None) for field in ("points.ethics", "points.theory", "sum", "status")
    )
    known = {"points.theory": "答案更正"}
    assert explained(changed, known, "") is None
    told = explained(changed, known, "举报待查")
    assert told is not None
    assert [one.why for one in told] == ["举报待查", *["答案更正"] * 3]


def test_a_profile_may_name_every_method_that_a_line_is_drawn_by() -> None:
    assert get_args(Method) == get_args(Mode)
