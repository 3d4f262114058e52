"""What is brought to the doors that should not be: strange addresses, nonsense, too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from exam_client import use
from exam_server.auth.budget import Budget
from exam_server.errors import Refusal
from exam_server.room.actions import control
from proctor_console.frame.login import own_address
from tests.builders.door_policies import CANDIDATE, OTHER
from tests.builders.door_room import UNKNOWN, DoorRoom
from tests.builders.room_day import PROCTOR, RoomDay


@pytest.mark.parametrize(
    "path",
    [
        "/blob/..%2fkaochang.sqlite3",
        "/blob/%2e%2e/kaochang.sqlite3",
        "/blob/../../keys/wrap.key",
        "/assets/..%2f..%2froutes.py",
        "/assets/%2e%2e/index.html",
        "/console/static/..%2ftemplates%2fconsole%2fbase.html",
        "/console/static//etc/passwd",
        "/api/attempt/%00/responses",
        "/console/sitting/%00",
        "/console/api/candidates/%00",
        "/api/seat?room=%00",
        "/api/seat?room=" + "9" * 10_000,
    ],
)
def test_no_address_leads_out_of_its_folder_or_into_an_error(doors: DoorRoom, path: str) -> None:
    for actor in (CANDIDATE, "authority"):
        answer = doors.app.test_client(use_cookies=False).get(path, headers=doors.proof(actor))
        assert answer.status_code in (302, 308, 401, 404), answer.get_data()[:200]


@pytest.mark.parametrize(
    ("wanted_next", "goes_to"),
    [
        ("/console/lines?exam=1", "/console/lines?exam=1"),
        ("//evil.example/console/", "/console/"),
        ("https://evil.example/console/", "/console/"),
        ("/\\evil.example", "/console/"),
        ("/consolex", "/console/"),
        ("javascript:alert(1)", "/console/"),
        ("/console/\r\nSet-Cookie: kc_staff=x", "/console/"),
        ("\t//evil.example", "/console/"),
        ("", "/console/"),
        (None, "/console/"),
    ],
)
def test_the_login_leads_only_into_the_console(wanted_next: str | None, goes_to: str) -> None:
    assert own_address(wanted_next) == goes_to


@pytest.mark.parametrize(
    "body",
    [
        b'{"events":[{"kind":"focus_lost","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"events":[{"kind":"focus_lost","elapsed_ms":1e400}]}',
        b'{"events":[{"kind":"\\ud800"}]}',
        b"\xff\xfe",
        b"[]",
    ],
)
def test_nonsense_is_refused_as_such(doors: DoorRoom, body: bytes) -> None:
    client = doors.app.test_client(use_cookies=False)
    answer = client.post("/api/events", data=body, headers=doors.proof(CANDIDATE))
    assert (answer.status_code, answer.get_json()["type"]) == (422, "malformed")
    path = f"/console/api/sittings/{doors.day.sitting_id}/message"
    for nonsense in (body, b'{"text":"a\\u0000b"}'):
        answer = client.post(path, data=nonsense, headers=doors.proof("proctor"))
        assert (answer.status_code, answer.get_json()["type"]) == (422, "malformed")


def test_nobody_sends_more_than_a_paper(doors: DoorRoom) -> None:
    client = doors.app.test_client(use_cookies=False)
    decide = f"/console/api/recovery/{UNKNOWN}/decide"
    for actor, path in ((CANDIDATE, "/api/events"), ("proctor", decide)):
        answer = client.post(path, data=b" " * 300_000, headers=doors.proof(actor))
        assert (answer.status_code, answer.get_json()["type"]) == (413, "body_too_large")


def test_one_terminal_that_asks_without_end_is_held_back_and_nobody_else(
    doors: DoorRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors.day.centre, "requests", Budget(burst=5, per_second=2))
    client = doors.app.test_client(use_cookies=False)
    told = [client.get("/api/state", headers=doors.proof(CANDIDATE)) for _ in range(7)]
    assert [one.status_code for one in told] == [200] * 5 + [429] * 2
    assert (told[-1].get_json()["type"], told[-1].headers["Retry-After"]) == ("too_many", "1")
    assert client.get("/api/state", headers=doors.proof(OTHER)).status_code == 200


def test_a_terminals_reports_are_counted_one_by_one(
    doors: DoorRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is an entry of the journal for ever."""
    monkeypatch.setattr(doors.day.centre, "reports", Budget(burst=50, per_second=1))
    client, before = doors.app.test_client(use_cookies=False), doors.day.entries()
    many = {"events": [{"kind": "focus_lost"}] * 20}
    told = [
        client.post("/api/events", json=many, headers=doors.proof(CANDIDATE)).status_code
        for _ in range(4)
    ]
    assert told == [200, 200, 429, 429]
    assert doors.day.entries() == before + 40
    other = client.post("/api/events", json=many, headers=doors.proof(OTHER))
    assert other.status_code == 200


def test_an_error_of_the_program_tells_nothing(
    doors: DoorRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(doors.day.people[0].id_number)

    monkeypatch.setattr(use, "states_of", broken)
    answer = doors.app.test_client(use_cookies=False).get(
        "/api/state", headers=doors.proof(CANDIDATE)
    )
    assert (answer.status_code, answer.get_json()["type"]) == (500, "server_error")
    assert doors.day.people[0].id_number.encode() not in answer.get_data()


@pytest.mark.parametrize("kept", ["{}", "请看 {} 的证件", "({})"])
def test_no_record_and_no_message_holds_an_id_number(room: RoomDay, kept: str) -> None:
    """Invariant 11 against people: what they write goes into the journal for ever."""
    (one,) = room.begin(0)
    number, attempt = one.person.id_number, room.attempt_id(one.person)
    spaced = f"{number[:6]} {number[6:14]} {number[14:].lower()}"
    before = room.entries()
    for text in (kept.format(number), kept.format(spaced)):
        for act, facts in (
            (control.pause_attempt, {"attempt_id": attempt, "reason": text}),
            (control.record_incident, {"candidate_id": None, "kind": "other", "text": text}),
            (control.send_message, {"candidate_id": one.person.id, "text": text}),
        ):
            where = {} if "attempt_id" in facts else {"sitting_id": room.sitting_id}
            with pytest.raises(Refusal, match="id_number_in_text"):
                room.do(act, actor=PROCTOR, **where, **facts)
    assert room.entries() == before
    room.do(control.pause_attempt, attempt_id=attempt, actor=PROCTOR, reason=one.person.ticket)


def test_a_centres_folder_is_for_its_own_account(room: RoomDay) -> None:
    home: Path = room.settings.home
    for path in (home, home / "data", home / "keys"):
        assert path.stat().st_mode & 0o077 == 0, path.name
    for path in (home / "keys").glob("*.key"):
        assert path.stat().st_mode & 0o177 == 0, path.name
