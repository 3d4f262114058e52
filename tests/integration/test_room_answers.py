"""Answers: receipts that mean it, the newest revision, refusals that touch nothing."""

from __future__ import annotations

import itertools
import random

import pytest

from exam_server.errors import Refusal
from tests.builders.room_day import RoomDay
from tests.builders.room_terminal import Json


def test_a_receipt_names_the_journal_entry_that_holds_the_answer(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    answer = terminal.write(3, "bd", marked=True)
    receipt = terminal.send(answer, current_item=4)[0]
    entry = room.journal(terminal.attempt_id())[receipt["seq"] - 1]
    assert (entry.digest, entry.kind, entry.actor) == (receipt["digest"], "response", "candidate")
    assert entry.data == answer
    attempt = room.attempt(terminal.person)
    assert (attempt.head_seq, attempt.head) == (receipt["seq"], receipt["digest"])
    assert (attempt.answered, attempt.marked, attempt.current_item) == (1, 1, 4)


def test_replays_return_the_same_receipt_and_write_nothing(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    first, second = terminal.write(0, "a"), terminal.write(0, "b")
    receipts = terminal.send(first, second)
    before = room.entries()
    room.clock.advance(30_000)
    assert terminal.send(first) == receipts[:1]
    assert terminal.send(second, first, second) == [receipts[1], receipts[0], receipts[1]]
    room.restart(1_000)
    assert terminal.send(first, second) == receipts
    room.restart(60_000, reboot=True)
    assert terminal.send(second) == receipts[1:]
    assert [kind for kind in room.kinds(terminal.attempt_id()) if kind == "response"] == [
        "response",
        "response",
    ]
    assert room.entries() - before == 2  # the two outages, on the sitting's chain
    assert terminal.kept() == {0: "b"}


def test_one_revision_cannot_stand_for_two_items(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    terminal.send(terminal.write(0, "a", revision=(1, 1)))
    before = room.entries()
    with pytest.raises(Refusal, match="revision_reused"):
        terminal.send(
            terminal.write(2, "a", revision=(1, 2)), terminal.write(1, "a", revision=(1, 1))
        )
    assert room.entries() == before
    assert terminal.kept() == {0: "a"}


def test_in_every_order_of_arrival_the_newest_counts(room: RoomDay) -> None:
    """All 24 orders of four revisions, each item of two candidates taking part in turn."""
    terminals = room.begin(0, 1, 2)
    orders = list(itertools.permutations("abcd"))
    places = [(terminal, subject) for terminal in terminals for subject in (1,)]
    counter = 0
    for number, order in enumerate(orders):
        terminal, _ = places[number % len(places)]
        place = (number // len(places)) % 2  # the two single-choice items
        revisions = {letter: (1, counter + at) for at, letter in enumerate("abcd", start=1)}
        counter += 4
        kept = [
            terminal.send(terminal.write(place, letter, revision=revisions[letter]))[0]["kept"]
            for letter in order
        ]
        newest = [
            all(letter >= earlier for earlier in order[:at]) for at, letter in enumerate(order)
        ]
        assert kept == ["counted" if new else "superseded" for new in newest], order
        assert terminal.kept()[place] == "d", order


def test_clearing_an_answer_is_an_answer(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    terminal.answer(0, "a", marked=True)
    assert room.attempt(terminal.person).answered == 1
    assert terminal.answer(0, "")["kept"] == "counted"
    attempt = room.attempt(terminal.person)
    assert (attempt.answered, attempt.marked) == (0, 0)
    assert terminal.kept() == {0: ""}


MALFORMED: list[tuple[str, Json]] = [
    ("an item of no form", {"item": "nothing"}),
    ("a letter beyond the options", {"options": "e"}),
    ("two letters in a single choice", {"options": "ab"}),
    ("a letter twice", {"options": "aa"}),
    ("capitals", {"options": "A"}),
    ("counter zero", {"revision": [1, 0]}),
    ("fence zero", {"revision": [0, 1]}),
    ("a number no database holds", {"revision": [1, 2**63]}),
    ("a number above every counter", {"revision": [1, 2**31]}),
]


def test_a_batch_with_one_impossible_answer_touches_nothing(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    good = terminal.write(1, "b")
    before = room.entries(), room.attempt(terminal.person).head
    for name, change in MALFORMED:
        bad = {**terminal.write(0, "a"), **change}
        for batch in ((good, bad), (bad, good)):
            with pytest.raises(Refusal) as refusal:
                terminal.send(*batch)
            assert (refusal.value.code, refusal.value.status) == ("malformed_response", 422), name
        assert (room.entries(), room.attempt(terminal.person).head) == before, name
    assert terminal.send(good)[0]["kept"] == "counted"
    assert room.centre.store.saving


def test_a_terminal_that_says_absurd_numbers_stops_nobody(room: RoomDay) -> None:
    """What is evidence or comfort only is trimmed; an answer is never refused because of it."""
    (terminal,) = room.begin(0)
    absurd = {**terminal.write(0, "a"), "elapsed_ms": 10**30}
    assert terminal.send(absurd, current_item=2**70)[0]["kept"] == "counted"
    assert terminal.send(terminal.write(1, "a"), current_item=0)[0]["kept"] == "counted"
    attempt = room.attempt(terminal.person)
    assert (attempt.current_item, attempt.answered) == (1, 2)
    with pytest.raises(Refusal, match="batch_too_large"):
        terminal.send(*[terminal.write(0, "a") for _ in range(401)])


def test_two_hundred_revisions_in_random_order_and_batches(
    room: RoomDay, rng: random.Random
) -> None:
    (terminal,) = room.begin(0)
    expected: dict[int, str] = {}
    answers = []
    for counter in range(1, 201):
        place = rng.randrange(4)
        options = "".join(sorted(rng.sample("abcd", rng.randint(0, 1 if place < 2 else 3))))
        expected[place] = options
        answers.append(terminal.write(place, options, revision=(1, counter)))
    answers += rng.sample(answers, 80)  # and many twice
    rng.shuffle(answers)
    receipts: dict[int, Json] = {}
    while answers:
        size = min(len(answers), rng.randint(1, 12))
        batch = [answers.pop() for _ in range(size)]
        for answer, receipt in zip(batch, terminal.send(*batch), strict=True):
            counter = answer["revision"][1]
            assert receipts.setdefault(counter, receipt) == receipt
    assert terminal.kept() == expected
    assert len({receipt["seq"] for receipt in receipts.values()}) == 200
    assert room.attempt(terminal.person).answered == sum(map(bool, expected.values()))


def test_an_answer_to_somebody_elses_attempt_is_not_found(room: RoomDay) -> None:
    mine, other = room.begin(0, 1)
    answer = mine.write(0, "a")
    path = f"/api/attempt/{other.attempt_id()}/responses"
    with pytest.raises(Refusal) as refusal:
        mine._call("PUT", path, {"responses": [answer]})
    assert refusal.value.status == 404
    assert other.kept() == {}
