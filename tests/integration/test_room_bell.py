"""Unsealing by two persons, the bell, and when each subject's time begins (DESIGN §5, §6)."""

from __future__ import annotations

import base64

import pytest

from exam_server.auth.identity import Staff
from exam_server.clock import Instant
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.room.actions import bell, closing, control, ending, opening
from exam_server.storage.tx import Tx
from exam_server.vault.tables import Form, HeldSecret
from question_bank.sealing import bell_code
from question_bank.sealing.content import open_content
from tests.builders.room_day import (
    ADMIN,
    AUTHORITY,
    CHIEF,
    OTHER_PROCTOR,
    PROCTOR,
    RoomDay,
    roster,
)

MINUTE = 60_000
HOUR = 60 * MINUTE


# --- unsealing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (PROCTOR, PROCTOR, "second_person_required"),
        (CHIEF, CHIEF, "second_person_required"),
        (AUTHORITY, CHIEF, "forbidden"),
        (PROCTOR, AUTHORITY, "forbidden"),
    ],
)
def test_unsealing_takes_two_persons_of_the_room(
    room: RoomDay, first: Staff, second: Staff, code: str
) -> None:
    before = room.entries()
    with pytest.raises(Refusal) as refusal:
        room.unseal(first=first, second=second)
    assert (refusal.value.code, refusal.value.status) == (code, 403)
    assert room.sitting().state == "ready"
    assert room.entries() == before


def test_a_wrong_and_a_misread_code_are_told_apart_and_open_nothing(room: RoomDay) -> None:
    right = room.bell_code
    another = bell_code.make(bytes(range(16)))
    letter = next(at for at, one in enumerate(right) if one.isalnum())
    misread = right[:letter] + ("8" if right[letter] != "8" else "9") + right[letter + 1 :]
    before = room.entries()
    for code, told in ((another, "wrong_bell_code"), (misread, "bell_code_mistyped")):
        with pytest.raises(Refusal) as refusal:
            room.unseal(code=code)
        assert (refusal.value.code, refusal.value.status) == (told, 422)
        assert code not in repr(refusal.value.facts)
    assert room.sitting().state == "ready"
    assert room.entries() == before
    with pytest.raises(Refusal, match="wrong_state"):
        room.ring()
    room.unseal(first=OTHER_PROCTOR, second=ADMIN)
    entry = room.journal()[-1]
    assert (entry.kind, entry.actor) == ("unsealed", OTHER_PROCTOR.actor)
    assert (entry.data["first"], entry.data["second"]) == (OTHER_PROCTOR.actor, ADMIN.actor)
    assert right not in repr(entry.data)


def test_a_restart_before_the_bell_asks_for_the_code_again(room: RoomDay) -> None:
    room.terminal(0).arrive()
    room.unseal()
    room.clock.advance(10 * MINUTE)
    room.restart(20_000)
    assert room.sitting().state == "ready"  # the secrets were in memory only
    with pytest.raises(Refusal, match="wrong_state"):
        room.ring()
    room.unseal()
    room.ring()
    assert [kind for kind in room.kinds() if kind != "heads"] == [
        "planned",
        "ready",
        "unsealed",
        "ready",
        "unsealed",
        "bell",
    ]


def test_no_secret_is_on_the_disk_before_the_bell_and_after_it_only_wrapped(room: RoomDay) -> None:
    def held() -> list[bytes]:
        return room.centre.store.read(
            lambda session: [row.wrapped for row in session.query(HeldSecret)]
        )

    room.unseal()
    assert held() == []
    room.ring()
    wrapped = held()
    assert len(wrapped) == 4  # content and scoring of two forms
    forms = list(room.correct)
    secrets = [room.centre.vault.content_key(form) for form in forms]
    secrets += [room.centre.vault.scoring_secret(form) for form in forms]
    assert not [secret for secret in secrets if any(secret in one for one in wrapped)]
    room.restart(5_000)  # in mid-exam nobody has to type the code again
    assert [room.centre.vault.content_key(form) for form in forms] == secrets[:2]


# --- the bell ----------------------------------------------------------------------------


def test_before_the_bell_there_is_no_key_for_anybody(room: RoomDay) -> None:
    terminal = room.terminal(0).arrive()
    with pytest.raises(Refusal, match="bell_not_rung"):
        terminal.open()
    room.unseal()
    with pytest.raises(Refusal, match="bell_not_rung"):
        terminal.open()
    with pytest.raises(Refusal, match="not_started"):
        terminal.answer(0, "a")
    assert terminal.sees()["left_ms"] == HOUR
    assert room.attempt(terminal.person).state == "checked_in"


def test_the_bell_is_rung_by_the_rooms_staff_once(room: RoomDay) -> None:
    room.terminal(0).arrive()
    room.unseal()
    with pytest.raises(Refusal, match="forbidden"):
        room.ring(actor=AUTHORITY)
    room.ring()
    with pytest.raises(Refusal, match="wrong_state"):
        room.ring()
    entry = next(entry for entry in room.journal() if entry.kind == "bell")
    assert entry.data["checked_in"] == 1
    assert len(entry.data["forms"]) == 1  # the second subject's key stays in the vault
    assert room.kinds()[-1] == "heads"


def test_the_released_key_opens_the_staged_paper_and_no_other(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    first, second = terminal.stage()
    key = base64.b64decode(terminal.key or "")
    blob = (room.settings.data / "blobs" / first["blob"]).read_bytes()
    assert "的题干" in open_content(blob, key, first["form_id"]).items[terminal.items()[0]].stem
    assert key != room.centre.vault.content_key(second["form_id"])
    assert terminal.open() == terminal.open() == terminal.key  # repeating gives the same


@pytest.mark.parametrize(
    ("fetched_ms", "spent_ms"), [(0, 0), (1, 1), (2_999, 2_999), (3_000, 3_000), (3_001, 0)]
)
def test_time_counts_from_the_bell_within_the_window_and_later_from_the_first_fetch(
    room: RoomDay, fetched_ms: int, spent_ms: int
) -> None:
    terminal = room.terminal(0).arrive()
    room.unseal()
    room.ring()
    room.clock.advance(fetched_ms)
    terminal.open()
    assert terminal.left_ms() == HOUR - spent_ms
    started = room.journal(terminal.attempt_id())[-1]
    assert started.data == {"late_ms": 0, "limit_ms": HOUR, "spent_ms": spent_ms}
    room.clock.advance(10_000)
    terminal.open()  # fetching again moves nothing
    assert terminal.left_ms() == HOUR - spent_ms - 10_000


def test_whoever_fetches_long_after_the_bell_though_there_in_time_loses_nothing(
    room: RoomDay,
) -> None:
    there, slow = room.terminal(0).arrive(), room.terminal(1).arrive()
    room.unseal()
    room.ring()
    there.open()
    room.wait(minutes=4)
    slow.open()
    assert (there.left_ms(), slow.left_ms()) == (56 * MINUTE, HOUR)


def test_a_pause_right_after_the_bell_costs_nobody_a_second(room: RoomDay) -> None:
    terminal = room.terminal(0).arrive()
    room.unseal()
    room.ring()
    where = room.sitting_id
    room.do(control.pause_sitting, sitting_id=where, actor=PROCTOR, reason="误按开考")
    room.clock.advance(2_000)
    terminal.open()
    assert terminal.left_ms() == HOUR
    room.clock.advance(60_000)
    assert terminal.left_ms() == HOUR
    room.do(control.resume_sitting, sitting_id=where, actor=PROCTOR, reason="恢复")
    room.clock.advance(1_000)
    assert terminal.left_ms() == HOUR - 1_000


def test_nobody_opens_a_paper_of_somebody_else(room: RoomDay) -> None:
    mine, other = room.begin(0, 1)
    (outcome,) = room.do(
        opening.start_together,
        openings=[opening.Opening(other.attempt_id(), mine.person.id)],
        vault=room.centre.vault,
        keys=room.centre.keys,
    )
    assert isinstance(outcome, Refusal)
    assert outcome.code == "not_found"


# --- the next subject --------------------------------------------------------------------


def test_the_next_subject_opens_after_the_first_with_its_full_time(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    with pytest.raises(Refusal, match="earlier_subject_open"):
        terminal.open(2)
    room.wait(minutes=20)
    terminal.hand_in()
    first_key = terminal.key
    room.wait(minutes=7)  # a pause for breath costs nothing: unspent time is not carried over
    assert terminal.open(2) != first_key
    assert terminal.left_ms(2) == HOUR
    room.wait(minutes=59)
    assert terminal.left_ms(2) == MINUTE
    with pytest.raises(Refusal, match="attempt_ended"):
        terminal.open(1)


def test_who_opens_beside_others_begins_at_the_moment_the_record_says(room: RoomDay) -> None:
    """With PostgreSQL the time goes on while rows are waited for, for everybody of the batch."""
    there = room.begin(0, 1, 2)
    for one in there:
        one.hand_in()
    openings = [opening.Opening(one.attempt_id(2), one.person.id) for one in there]

    def ticking() -> Instant:
        room.clock.advance(7)
        return room.clock.now()

    def command(tx: Tx) -> list[bytes | Refusal]:
        tx.clock = ticking
        return opening.start_together(tx, openings, vault=room.centre.vault, keys=room.centre.keys)

    assert all(isinstance(key, bytes) for key in room.centre.store.write(command))
    for one in there:
        (said,) = [e for e in room.journal(one.attempt_id(2)) if e.kind == "started"]
        assert room.attempt(one.person, 2).running_since_ms == said.boot_ms


# --- spent forms -------------------------------------------------------------------------


def test_a_form_that_was_used_is_refused_to_a_later_sitting(room: RoomDay) -> None:
    later = room.plan("03")
    room.register(roster(2, "03", "later"), {"03": later})
    room.do(bell.make_ready, sitting_id=later, actor="staff:admin")  # planned while still fresh
    room.begin(0)
    spent = room.centre.store.read(
        lambda session: {row.subject: row.spent_sitting_id for row in session.query(Form)}
    )
    assert spent == {"ethics": room.sitting_id, "theory": None}
    _account_for_all(room)
    room.do(closing.close_sitting, sitting_id=room.sitting_id, actor=PROCTOR)
    _set_unsealed(room, later)
    with pytest.raises(Refusal) as refusal:
        room.ring(sitting_id=later)
    assert refusal.value.code == "form_spent"
    latest = room.plan("04")
    room.register(roster(2, "04", "latest"), {"04": latest})
    with pytest.raises(Refusal) as refusal:
        room.do(bell.make_ready, sitting_id=latest, actor="staff:admin")
    assert refusal.value.code == "form_missing"
    assert {row["code"] for row in refusal.value.rows} == {"form_spent"}


def test_a_room_that_runs_at_the_same_time_may_use_the_same_form(room: RoomDay) -> None:
    beside = room.plan("03")
    room.register(roster(2, "03", "beside"), {"03": beside})
    room.do(bell.make_ready, sitting_id=beside, actor="staff:admin")
    room.begin(0)
    _set_unsealed(room, beside)
    room.ring(sitting_id=beside)
    state = room.centre.store.read(lambda session: session.get_one(Sitting, beside).state)
    assert state == "running"


def _set_unsealed(room: RoomDay, sitting_id: str) -> None:
    room.do(
        bell.unseal,
        sitting_id=sitting_id,
        code=room.bell_code,
        first=PROCTOR,
        second=CHIEF,
        keys=room.centre.keys,
        data=room.settings.data,
        vault=room.centre.vault,
    )


def _account_for_all(room: RoomDay) -> None:
    room.wait(minutes=31)
    for person in room.people:
        if room.attempt(person).state == "assigned":
            room.do(ending.mark_absent, candidate_id=person.id, actor=PROCTOR, reason="未到")
            continue
        handed = [{"attempt_id": room.attempt_id(person, n), "actor": PROCTOR} for n in (1, 2)]
        for one in handed:
            room.do(ending.force_submit, **one, reason="收卷")
        room.do(closing.explain, **handed[1], cause="unsynced", reason="考生机已关")


def test_a_package_altered_after_the_import_is_not_opened(room: RoomDay) -> None:
    (file,) = (room.settings.data / "packages").iterdir()
    altered = bytearray(file.read_bytes())
    altered[len(altered) // 2] ^= 1
    file.write_bytes(altered)
    with pytest.raises(Refusal) as refusal:
        room.unseal()
    assert refusal.value.code == "package_altered"
    assert room.sitting().state == "ready"
