"""Every door of the server, tried by everybody: who gets in, and what every answer carries."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from exam_server.auth.actions import log_in
from exam_server.auth.identity import Role
from exam_server.auth.tables import Staff
from exam_server.desk.tables import Sitting
from exam_server.errors import Refusal
from exam_server.room.actions import control
from exam_server.storage.tx import Tx
from proctor_console.frame.access import STAFF_COOKIE
from proctor_console.frame.login import own_address
from tests.builders.door_policies import (
    ANONYMOUS,
    CANDIDATE,
    EVERYBODY,
    OTHER,
    POLICIES,
    STAFF,
    Policy,
)
from tests.builders.door_room import DoorRoom
from tests.builders.room_day import PROCTOR, RoomDay

OUT = {"not_logged_in", "forbidden", "csrf"}  # what keeps somebody out, whatever they ask for
BUILT = ("/assets/", "/console/static/", "/blob/")
LAST = ("leave", "close", "submit", "force_submit")  # what ends something is tried at the end


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorRoom]:
    """One room for all who knock."""
    room = DoorRoom(tmp_path_factory.mktemp("doors"))
    try:
        yield room
        room.day.verified()
    finally:
        room.close()


def verdict(answer: TestResponse) -> str:
    """``in``, or why not: the refusal's code, or the way to the login page."""
    if answer.status_code >= 500:
        return f"error {answer.status_code}"
    if answer.mimetype == "application/problem+json":
        code = str(answer.get_json()["type"])
        return code if code in OUT or answer.status_code in (403, 404, 405) else "in"
    if answer.status_code == 302 and answer.headers["Location"].startswith("/console/login?next="):
        return "not_logged_in"
    return {403: "forbidden", 404: "not_found", 405: "method"}.get(answer.status_code, "in")


def wanted(policy: Policy, actor: str) -> str:
    if actor in policy.may:
        return "in"
    if policy.own and actor == OTHER:
        return "not_found"
    if policy.may <= STAFF and actor in STAFF:
        return "forbidden"
    return "not_logged_in"


def answers_of_all(doors: DoorRoom) -> Iterator[tuple[str, str, Policy, TestResponse]]:
    """The whole matrix, cell by cell."""
    rules = sorted(doors.rules(), key=lambda one: one[0].endpoint.endswith(LAST))
    for rule, method in rules:
        policy = POLICIES[rule.endpoint, method]
        for actor in sorted(EVERYBODY):
            answer = doors.knock(rule, method, policy, doors.proof(actor))
            yield f"{method} {rule.rule}", actor, policy, answer


def test_every_route_says_whom_it_is_for(doors: DoorRoom) -> None:
    routes = {(rule.endpoint, method) for rule, method in doors.rules()}
    assert sorted(routes - POLICIES.keys()) == [], "new doors: say whom they are for"
    assert sorted(POLICIES.keys() - routes) == [], "doors that are gone"


def test_everybody_at_every_door(doors: DoorRoom) -> None:
    wrong, photos, numbers = [], set(), set()
    secrets = [one.id_number.encode() for one in doors.day.people]
    keys = {base64.b64encode(key) for key in doors.day.centre.vault._content.values()}
    assert keys
    with_key = set()
    for door, actor, policy, answer in answers_of_all(doors):
        found, expected = verdict(answer), wanted(policy, actor)
        unknown = found == "not_found" and "_id>" in door and expected == "in"
        if found != expected and not unknown:
            wrong.append(f"{actor} at {door}: {found}, not {expected}")
        data = answer.get_data()
        if b"data:image/" in data:
            photos.add((door, actor))
        if any(number in data for number in secrets):
            numbers.add((door, actor))
        if any(key in data for key in keys):
            with_key.add((door, actor))
    assert wrong == []
    assert numbers == set(), "an ID number is whole nowhere"
    assert with_key == {("POST /api/attempt/<attempt_id>/start", CANDIDATE)}
    look = {("GET /console/api/candidates/<candidate_id>", one) for one in STAFF}
    assert photos == {("GET /api/me", CANDIDATE), ("GET /api/me", OTHER)} | look


def test_a_write_without_its_token_is_refused_at_every_door(doors: DoorRoom) -> None:
    """A foreign page can send cookies along, but neither header."""
    got_in = []
    for rule, method in doors.rules():
        policy = POLICIES[rule.endpoint, method]
        actor = CANDIDATE if CANDIDATE in policy.may else next(iter(sorted(policy.may)))
        headers = {"Cookie": doors.proof(actor).get("Cookie", "")}
        if method == "GET" or rule.endpoint.startswith("console_login."):
            continue
        found = verdict(doors.knock(rule, method, policy, headers))
        if found != "csrf":
            got_in.append(f"{method} {rule.rule}: {found}")
    assert got_in == []


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


def test_every_answer_is_strict_and_private(doors: DoorRoom) -> None:
    """Whoever asks, whatever is answered: nothing inline, no frame, no copy on the way."""
    for rule, method in doors.rules():
        policy = POLICIES[rule.endpoint, method]
        for actor in (ANONYMOUS, CANDIDATE, "chief_proctor"):
            answer = doors.knock(rule, method, policy, doors.proof(actor))
            check_headers(answer, answer.request.path)
    client = doors.app.test_client()
    for path in ("/nowhere", "/api/nowhere", "/console/nowhere", "/console/sitting/1' OR 1"):
        answer = client.get(path)
        assert answer.status_code == 404
        check_headers(answer, path)


def check_headers(answer: TestResponse, path: str) -> None:
    policy = dict(part.strip().partition(" ")[::2] for part in _csp(answer).split(";"))
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    assert (policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'")
    assert policy["connect-src"] == "'self' ws://localhost wss://localhost"
    assert "unsafe" not in _csp(answer)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers
    kept = answer.headers["Cache-Control"]
    if path.startswith(BUILT) and answer.status_code < 400:
        assert kept in ("no-cache", "public, max-age=31536000, immutable")
    elif path in ("/", "/sw.js"):
        assert kept == "no-cache"
    else:
        assert kept == "no-store"


def _csp(answer: TestResponse) -> str:
    return answer.headers["Content-Security-Policy"]


def test_a_strange_host_name_does_not_reach_into_the_policy(doors: DoorRoom) -> None:
    answer = doors.app.test_client().get(
        "/console/login", headers={"Host": "evil.example; script-src *"}
    )
    assert "*" not in _csp(answer)
    assert answer.headers.get("Location") is None


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
    assert {line.partition("=")[0] for line in cookies} == {"kc_terminal", "kc_login", "kc_lang"}
    for line in cookies:
        assert "HttpOnly" in line
        assert "SameSite=" in line
        assert "Domain" not in line
        assert ("Secure" in line) is (scheme == "https")
    for answer in answers:
        assert ("Strict-Transport-Security" in answer.headers) is (scheme == "https")


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
        "authority": "forbidden",
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
    for actor, path in ((CANDIDATE, "/api/events"), ("proctor", "/console/api/recovery/x/decide")):
        path = path.replace("/x/", f"/{'z' * 20}/")
        answer = client.post(path, data=b" " * 300_000, headers=doors.proof(actor))
        assert (answer.status_code, answer.get_json()["type"]) == (413, "body_too_large")


def test_an_error_of_the_program_tells_nothing(
    doors: DoorRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(doors.day.people[0].id_number)

    monkeypatch.setattr(doors.day.centre, "score_page", broken)
    answer = doors.app.test_client(use_cookies=False).get(
        "/api/result", headers=doors.proof(CANDIDATE)
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


def test_whoever_sits_down_next_does_not_find_the_last_persons_score(room: RoomDay) -> None:
    one, _ = room.begin(0, 1)
    one.answer_right()
    one.hand_in()
    place = room.clock.now().wall_ms
    room.do(set_state, sitting_id=room.sitting_id, state="scored")
    room.tick()
    one.state()
    other = room.plan("02", place + 90 * 60_000)
    room.do(set_state, sitting_id=other, state="ready")
    one.state()
    room.wait(minutes=61)
    one_more = [{"responses": [], "current_item": 1}]
    with pytest.raises(Refusal, match="not_logged_in"):
        one.state()
    with pytest.raises(Refusal, match="not_logged_in"):
        one.result()
    assert one_more
    assert one.send() == [], "an outbox is still taken"
    room.do(set_state, sitting_id=other, state="planned")
    one.state()
    room.do(set_state, sitting_id=room.sitting_id, state="released")
    with pytest.raises(Refusal, match="not_logged_in"):
        one.state()
    room.do(set_state, sitting_id=room.sitting_id, state="running")


def set_state(tx: Tx, *, sitting_id: str, state: str) -> None:
    tx.session.get_one(Sitting, sitting_id).state = state


def test_a_centres_folder_is_for_its_own_account(room: RoomDay, tmp_path: Path) -> None:
    assert tmp_path.exists()
    home = room.settings.home
    for path in (home, home / "data", home / "keys"):
        assert path.stat().st_mode & 0o077 == 0, path.name
    for path in (home / "keys").glob("*.key"):
        assert path.stat().st_mode & 0o177 == 0, path.name
