"""Who is let in by which login, and when a login ends."""

from __future__ import annotations

import re

import pytest

from exam_server.auth.actions import log_in
from exam_server.auth.identity import Role
from exam_server.auth.tables import Staff
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.storage.tx import Tx
from proctor_console.frame.access import STAFF_COOKIE
from tests.builders.door_policies import CANDIDATE
from tests.builders.door_room import DoorRoom
from tests.builders.room_day import RoomDay


def test_a_foreign_page_can_log_nobody_in_or_out(doors: DoorRoom) -> None:
    client = doors.app.test_client(use_cookies=False)
    fields = {"login": "proctor", "password": "a long password", "ticket": "x"}
    for cookie in ("", "kc_login=y"):
        answer = client.post("/console/login", data=fields, headers={"Cookie": cookie})
        assert answer.status_code == 403
        assert STAFF_COOKIE not in str(answer.headers)
    proof = doors.proof("proctor")
    client.post("/console/logout", headers={"Cookie": proof["Cookie"]})
    assert client.get("/console/", headers=proof).status_code == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookies_are_for_this_server_and_its_scheme(doors: DoorRoom, scheme: str) -> None:
    client = doors.app.test_client()
    person = doors.day.people[2]
    body = {"ticket": person.ticket, "id_number": person.id_number, "terminal_id": "c"}
    answers = [
        client.post(
            "/api/login",
            json={**body, "room": "02", "seat": person.seat},
            headers={"X-Kaochang": "1"},
            base_url=f"{scheme}://localhost",
        ),
        client.get("/console/login", base_url=f"{scheme}://localhost"),
        client.get("/console/language/en", base_url=f"{scheme}://localhost"),
    ]
    cookies = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    prefix = "__Host-" if scheme == "https" else ""
    names = {prefix + name for name in ("kc_terminal", "kc_login", "kc_lang")}
    assert {line.partition("=")[0] for line in cookies} == names
    for line in cookies:
        assert "HttpOnly" in line
        assert "SameSite=" in line
        assert "Path=/;" in f"{line};"
        assert "Domain" not in line
        assert ("Secure" in line) is (scheme == "https")
    for answer in answers:
        assert ("Strict-Transport-Security" in answer.headers) is (scheme == "https")


def test_over_https_a_cookie_that_was_planted_over_http_is_nobodys(doors: DoorRoom) -> None:
    client = doors.app.test_client(use_cookies=False)
    board = f"/console/api/sittings/{doors.day.sitting_id}/board"
    for actor, path in ((CANDIDATE, "/api/state"), ("proctor", board)):
        cookie = doors.proof(actor)["Cookie"]
        told = {
            name: client.get(
                path, headers={"Cookie": prefix + cookie}, base_url="https://localhost"
            ).status_code
            for name, prefix in (("planted", ""), ("own", "__Host-"))
        }
        assert told == {"planted": 401, "own": 200}


def test_a_login_never_keeps_a_token_that_was_brought_along(doors: DoorRoom) -> None:
    """Session fixation: the token is the server's own, and the one before has ended."""
    client = doors.app.test_client()
    before, _ = doors.day.do(log_in, staff=doors.staff["proctor"])
    client.set_cookie(STAFF_COOKIE, before)
    client.get("/console/logout")
    doors.app.test_client()
    other = doors.app.test_client()
    form = other.get("/console/login").get_data(as_text=True)
    ticket = re.search(r'name="ticket" value="([^"]+)"', form)
    assert ticket is not None
    other.set_cookie(STAFF_COOKIE, before)
    fields = {"login": "chief_proctor", "password": "a long password", "ticket": ticket.group(1)}
    answer = other.post("/console/login", data=fields)
    assert answer.status_code == 303
    given = other.get_cookie(STAFF_COOKIE)
    assert given is not None
    assert given.value != before
    assert client.get("/console/").status_code == 302, "the one before is logged out"


def test_who_is_disabled_is_out_with_the_next_request(doors: DoorRoom) -> None:
    gone = doors.account("gone", Role.CENTRE_ADMIN)
    token, csrf = doors.day.do(log_in, staff=gone)
    headers = {"Cookie": f"{STAFF_COOKIE}={token}", "X-CSRF-Token": csrf}
    client = doors.app.test_client(use_cookies=False)
    assert client.get("/console/", headers=headers).status_code == 200
    doors.day.do(disable, ident=gone.id)
    assert client.get("/console/", headers=headers).status_code == 302
    grant = f"/console/api/sittings/{doors.day.sitting_id}/grant"
    body = {
        "seconds": 3600,
        "reason": "停电",
        "second": {"login": "gone", "password": "a long password"},
    }
    assert client.post(grant, json=body, headers=headers).get_json()["type"] == "not_logged_in"
    second = client.post(grant, json=body, headers=doors.proof("proctor"))
    assert second.get_json()["type"] == "staff_login_wrong", "nor are they a second person"


def disable(tx: Tx, *, ident: str) -> None:
    tx.session.get_one(Staff, ident).disabled = True


def test_one_person_is_not_two(doors: DoorRoom) -> None:
    """The second person: another one, by their own password, with a role in the room."""
    path = f"/console/api/sittings/{doors.day.sitting_id}/grant"
    client = doors.app.test_client(use_cookies=False)
    told = {}
    for second in ("proctor", "authority", "second", "nobody"):
        person = {"login": second, "password": "a long password"}
        body = {"seconds": 3600, "reason": "停电", "second": person}
        answer = client.post(path, json=body, headers=doors.proof("proctor")).get_json()
        told[second] = answer.get("type", "done")
    assert told == {
        "proctor": "second_person_required",
        "authority": "factor_missing",
        "second": "done",
        "nobody": "staff_login_wrong",
    }


def test_the_second_persons_password_cannot_be_guessed_at_will(doors: DoorRoom) -> None:
    path = f"/console/api/sittings/{doors.day.sitting_id}/unseal"
    client = doors.app.test_client(use_cookies=False)
    headers = doors.proof("proctor")
    guess = {"code": "x", "second": {"login": "centre_admin", "password": "wrong"}}
    told = [client.post(path, json=guess, headers=headers).get_json()["type"] for _ in range(6)]
    assert told == ["staff_login_wrong"] * 5 + ["login_wait"]
    guess["second"] = {"login": "second", "password": "a long password"}
    answer = client.post(path, json=guess, headers=headers).get_json()
    assert answer["type"] != "login_wait", "nobody else is slowed"


def test_nobody_is_told_which_number_was_wrong(doors: DoorRoom) -> None:
    person = doors.day.people[0]
    client = doors.app.test_client()
    body = {"terminal_id": "x", "room": "02", "seat": 19}
    answers = {
        client.post("/api/login", json={**body, **typed}, headers={"X-Kaochang": "1"}).get_data()
        for typed in (
            {"ticket": person.ticket, "id_number": doors.day.people[1].id_number},
            {"ticket": "999999999999", "id_number": person.id_number},
            {"ticket": "999999999999", "id_number": "1"},
        )
    }
    assert len(answers) == 1
    staff = {
        client.post(
            f"/console/api/sittings/{doors.day.sitting_id}/unseal",
            json={"code": "x", "second": {"login": login, "password": "wrong"}},
            headers=doors.proof("proctor"),
        ).get_data()
        for login in ("authority", "nobody at all")
    }
    assert len(staff) == 1


def test_what_a_seat_shows_is_about_nobody(doors: DoorRoom) -> None:
    text = doors.app.test_client().get("/api/seat?room=02&seat=1").get_data(as_text=True)
    for row in doors.day.rows:
        assert row.name not in text
        assert str(row.ticket) not in text
        assert row.id_number not in text


def test_whoever_sits_down_next_does_not_find_the_last_persons_score(room: RoomDay) -> None:
    one, _ = room.begin(0, 1)
    one.answer_right()
    one.hand_in()
    one.open(2)
    one.hand_in(subject=2)
    place = room.clock.now().wall_ms
    room.do(set_state, sitting_id=room.sitting_id, state="scored")
    room.tick()
    one.state()
    other = room.plan("02", place + 90 * 60_000)
    room.do(set_state, sitting_id=other, state="ready")
    one.state()
    room.wait(minutes=61)
    with pytest.raises(Refusal, match="not_logged_in"):
        one.state()
    assert one.send() == [], "an outbox is still taken"
    assert one.hand_in()["state"]["result"] is None
    room.do(set_state, sitting_id=other, state="planned")
    assert one.state()["result"] is not None
    room.do(set_state, sitting_id=room.sitting_id, state="released")
    with pytest.raises(Refusal, match="not_logged_in"):
        one.state()
    told = one.hand_in()["state"]
    assert told["attempts"][0]["state"] == "submitted"
    assert told["result"] is None, "taken, and no score told"
    room.do(set_state, sitting_id=room.sitting_id, state="running")


def set_state(tx: Tx, *, sitting_id: str, state: str) -> None:
    tx.session.get_one(Sitting, sitting_id).state = state
