"""A key turns out to be wrong: its consequences are seen, two persons decide, then it counts."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from exam_server.auth.identity import Role
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.errors import Refusal
from exam_server.results.actions.correcting import (
    reject_correction,
    withdraw_correction,
)
from exam_server.results.actions.key_custody import KeySource
from exam_server.results.actions.lines import propose_line
from exam_server.results.correction_effects import tried_rows
from exam_server.results.corrections import Change, found_correction, in_force
from exam_server.results.rules.params import LineParams
from exam_server.results.tables import Score
from exam_server.room.tables import Attempt
from exam_server.storage.acts import Act, first_break
from tests.builders.correcting import CUSTODIAN, approve, attempt_it, propose, tried
from tests.builders.results_day import Day, staff
from tests.builders.results_read import (
    APPROVER,
    AUTHORITY,
    GROUP,
    detail_of,
    groups_of,
    put_line_into_effect,
    rows_of,
)


def points(day: Day) -> dict[str, list[str]]:
    """Attempt → the points of its versions."""
    rows = day.store.read(
        lambda session: session.execute(
            select(Score.attempt_id, Score.points).order_by(Score.attempt_id, Score.version)
        ).all()
    )
    found: dict[str, list[str]] = {}
    for attempt, value in rows:
        found.setdefault(attempt, []).append(value)
    return found


def decisions(day: Day, people: list[str]) -> list[str | None]:
    """Of the five who sat both subjects; a practical result is still to come."""
    rows = rows_of(day)
    return [rows[person].decision for person in people[:5]]


def acts(day: Day) -> list[Act]:
    return list(
        day.store.read(
            lambda session: session.scalars(
                select(Act).where(Act.kind.startswith("correction_")).order_by(Act.seq)
            ).all()
        )
    )


@pytest.fixture
def scored(sat: tuple[Day, list[str]]) -> tuple[Day, list[str]]:
    """Sums 8, 6, 4, 4 and 0; somebody absent, somebody with one subject; the line is 5."""
    day, people = sat
    day.sweep()
    line = day.store.write(
        lambda tx: propose_line(
            tx,
            exam_id=day.exam_id,
            group=GROUP,
            params=LineParams(mode="line", line="5"),
            reason="参照上年",
            actor=AUTHORITY,
        )
    )
    put_line_into_effect(day, line)
    return day, people


def last_item(day: Day, subject: str = "theory") -> tuple[str, str]:
    """Form and item of one that "half" has left blank."""
    form = day.store.read(
        lambda session: session.scalars(
            select(Attempt.form_id).where(Attempt.subject == subject).limit(1)
        ).one()
    )
    return form, max(day.correct[form])


def test_a_void_item_is_seen_decided_by_two_and_then_counts(
    scored: tuple[Day, list[str]],
) -> None:
    day, people = scored
    form, item = last_item(day)
    correction = propose(day, Change(form, item, "full", ""))
    before = points(day)
    assert attempt_it(day, correction) == [(0, 5), (5, 5)]
    assert approve(day, correction, APPROVER) is False
    with pytest.raises(Refusal, match="correction_same_person"):
        approve(day, correction, APPROVER)
    assert points(day) == before, "nothing changes until both have approved"
    assert rows_of(day)[people[2]].decision == "fail"
    assert approve(day, correction, AUTHORITY) is True
    assert {attempt: versions[:1] for attempt, versions in points(day).items()} == before
    sums = {person: rows_of(day)[person].sum for person in people[:5]}
    assert list(sums.values()) == ["8", "7", "5", "5", "1"]
    versions = [rows_of(day)[people[2]].subjects[name].version for name in ("ethics", "theory")]
    assert versions == [1, 2]
    assert rows_of(day)[people[5]].sum is None, "absent is not 0, whatever the key"
    assert day.store.read(first_break) is None
    told = [(act.kind, act.data.get("second"), act.data.get("reason")) for act in acts(day)]
    assert told == [
        ("correction_proposed", None, "题干有误"),
        ("correction_tried", CUSTODIAN.actor, None),
        ("correction_approved", None, None),
        ("correction_applied", None, None),
    ]


def test_one_proposal_corrects_several_items_and_names_each_once(
    scored: tuple[Day, list[str]],
) -> None:
    """The blank last item gives its point to all, the first is taken from all; ethics, too."""
    day, people = scored
    form, last = last_item(day)
    ethics, other = last_item(day, "ethics")
    letters = "".join(sorted({*"ab"} ^ {*day.correct[ethics][other]})) or "c"
    changes = (
        Change(form, last, "full", ""),
        Change(ethics, other, "accept", letters),
        Change(form, min(day.correct[form]), "drop", ""),
    )
    with pytest.raises(Refusal, match="correction_item_twice"):
        propose(day, *changes, Change(form, last, "drop", ""))
    correction = propose(day, *changes)
    attempt_it(day, correction)
    approve(day, correction, APPROVER)
    approve(day, correction, AUTHORITY)
    assert [rows_of(day)[person].sum for person in people[:5]] == ["7", "6", "4", "4", "1"]
    keys = [day.store.read(partial(in_force, keys=day.keys, form_id=one)) for one in (form, ethics)]
    assert [[(one["item"], one["letters"]) for one in key[0]] for key in keys] == [
        [(last, ""), (min(day.correct[form]), "")],
        [(other, letters)],
    ]


def test_a_line_whose_scores_were_corrected_is_to_be_decided_again(
    scored: tuple[Day, list[str]],
) -> None:
    day, people = scored
    form, item = last_item(day)
    assert decisions(day, people) == ["undecided", "undecided", "fail", "fail", "fail"]
    correction = propose(day, Change(form, item, "full", ""))
    attempt_it(day, correction)
    approve(day, correction, APPROVER)
    assert decisions(day, people) == ["undecided", "undecided", "fail", "fail", "fail"]
    approve(day, correction, AUTHORITY)
    assert decisions(day, people) == [None] * 5, "no line decides until one is drawn anew"
    (card,) = groups_of(day)
    assert card.state == "reopened"
    detail = detail_of(day, GROUP)
    assert (detail.line, detail.lines[0].stale, detail.lines[0].acts) == ("5", True, ())
    assert detail.lines[0].steps[-1].reason.endswith("题干有误")
    again = day.store.write(
        lambda tx: propose_line(
            tx,
            exam_id=day.exam_id,
            group=GROUP,
            params=detail.params,
            reason="更正答案后重新划定",
            actor=AUTHORITY,
        )
    )
    put_line_into_effect(day, again)
    assert decisions(day, people) == ["undecided"] * 4 + ["fail"]
    with pytest.raises(Refusal, match="correction_step"):
        attempt_it(day, correction)


def test_what_was_shown_is_what_is_approved(scored: tuple[Day, list[str]]) -> None:
    """Another line, or another correction, and the trial has to be made again."""
    day, _ = scored
    form, item = last_item(day)
    first = propose(day, Change(form, item, "drop", ""))
    other = propose(day, Change(form, min(day.correct[form]), "full", ""))
    for correction in (first, other):
        attempt_it(day, correction)
        approve(day, correction, APPROVER)
    approve(day, first, AUTHORITY)
    with pytest.raises(Refusal, match="correction_stale"):
        approve(day, other, AUTHORITY)
    attempt_it(day, other)
    approve(day, other, AUTHORITY)
    with pytest.raises(Refusal, match="correction_same_person"):
        approve(day, other, AUTHORITY)
    approve(day, other, APPROVER)
    assert sorted({len(versions) for versions in points(day).values()}) == [1, 3]
    key = day.store.read(lambda session: in_force(session, day.keys, form))
    assert [[one["change"] for one in version] for version in key] == [["drop"], ["full"]]


def test_the_authoritys_own_key_file_gives_the_same_trial_as_the_bell_code(
    scored: tuple[Day, list[str]], tmp_path: Path
) -> None:
    day, _ = scored
    form, item = last_item(day)
    correction = propose(day, Change(form, item, "scale", ""))
    attempt_it(day, correction)
    by_code = trial_of(day, correction)
    file = tmp_path / "scoring.json"
    file.write_text(json.dumps(day.scoring))
    tried(day.store, correction, KeySource({}, file), day)
    assert trial_of(day, correction) == by_code
    file.write_text("{}")
    with pytest.raises(Refusal) as refused:
        tried(day.store, correction, KeySource({}, file), day)
    assert refused.value.facts["why"] == "scoring_file_unreadable"


def trial_of(day: Day, correction: str) -> tuple[object, ...]:
    """What was found, and for what an approval would be given."""
    return day.store.read(
        lambda session: (
            tried_rows(session, correction),
            found_correction(session, correction).digest,
        )
    )


def test_what_is_not_wanted_stays_on_record_with_the_reason(
    scored: tuple[Day, list[str]],
) -> None:
    day, _ = scored
    form, item = last_item(day)
    letters = "".join(sorted({*"ab"} ^ {*day.correct[form][item]})) or "c"
    rejected = propose(day, Change(form, item, "accept", letters))
    withdrawn = propose(day, Change(form, item, "full", ""), reason="读者来信")
    before = points(day)
    with pytest.raises(Refusal, match="correction_not_yours"):
        day.store.write(
            partial(withdraw_correction, correction_id=withdrawn, reason="x", actor=APPROVER)
        )
    with pytest.raises(Refusal, match="reason_required"):
        day.store.write(
            partial(reject_correction, correction_id=rejected, reason=" ", actor=APPROVER)
        )
    day.store.write(
        partial(reject_correction, correction_id=rejected, reason="答案无误", actor=APPROVER)
    )
    day.store.write(
        partial(withdraw_correction, correction_id=withdrawn, reason="看错了", actor=AUTHORITY)
    )
    for correction in (rejected, withdrawn):
        with pytest.raises(Refusal, match="correction_step"):
            attempt_it(day, correction)
    assert [(one.kind, one.data["reason"]) for one in acts(day)] == [
        ("correction_proposed", "题干有误"),
        ("correction_proposed", "读者来信"),
        ("correction_rejected", "答案无误"),
        ("correction_withdrawn", "看错了"),
    ]
    assert points(day) == before
    assert not any(letters in one.data["items"][0] for one in acts(day)), "no letter in the record"


def test_who_may_and_when(scored: tuple[Day, list[str]]) -> None:
    day, _ = scored
    form, item = last_item(day)
    for who in (staff(), staff(Role.AUTHORITY, "商洛甲", "商洛市")):
        with pytest.raises(Refusal, match="forbidden"):
            propose(day, Change(form, item, "full", ""), actor=who)
    for change, code in (
        (Change("other", item, "full", ""), "correction_item"),
        (Change(form, "other", "full", ""), "correction_item"),
        (Change(form, item, "key", ""), "correction_letters"),
        (Change(form, item, "full", "a"), "correction_letters"),
    ):
        with pytest.raises(Refusal, match=code):
            propose(day, change)
    correction = propose(day, Change(form, item, "key", day.correct[form][item]))
    with pytest.raises(Refusal, match="second_person_required"):
        attempt_it(day, correction, second=AUTHORITY)
    with pytest.raises(Refusal) as refused:
        attempt_it(day, correction)
    assert refused.value.facts["why"] == "correction_same", "the scorer knows the sealed key"
    day.set_sitting(SittingState.RELEASED)
    with pytest.raises(Refusal, match="correction_released"):
        attempt_it(day, propose(day, Change(form, item, "full", "")))
