"""Every door of the server, tried by everybody: who gets in, and what every answer carries."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.builders.door_policies import (
    ANONYMOUS,
    CANDIDATE,
    ELSEWHERE,
    EVERYBODY,
    OTHER,
    POLICIES,
    STAFF,
    SYSTEM,
    UNFINISHED,
    Policy,
)
from tests.builders.door_room import FORMS, DoorRoom

# what keeps somebody out, whatever they ask for
OUT = {"not_logged_in", "forbidden", "csrf", "not_found", "method_not_allowed"}
NO_TOKEN = "token_unknown"  # the same, said to programs of other systems
BUILT = ("/assets/", "/console/static/", "/blob/")
LAST = ("leave", "close", "submit", "force_submit")  # what ends something is tried at the end


def verdict(answer: TestResponse) -> str:
    """``in``, or why not: the refusal's code, or the way to the login page."""
    if answer.status_code >= 500:
        return f"error {answer.status_code}"
    if answer.mimetype == "application/problem+json":
        code = str(answer.get_json()["type"]).replace(NO_TOKEN, "not_logged_in")
        return code if code in OUT else "in"
    if answer.status_code == 302 and answer.headers["Location"].startswith("/console/login?next="):
        return "not_logged_in"
    if answer.request.path == "/console/login":
        return "in"  # the form again, with what was wrong
    return {403: "forbidden", 404: "not_found", 405: "method"}.get(answer.status_code, "in")


def wanted(policy: Policy, actor: str) -> str:
    if actor in policy.may:
        return "in"
    if policy.own and actor in (OTHER, ELSEWHERE):
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
        if b"data:image/" in data and actor != UNFINISHED:  # theirs is a QR code
            photos.add((door, actor))
        if any(number in data for number in secrets):
            numbers.add((door, actor))
        if any(key in data for key in keys):
            with_key.add((door, actor))
    assert "\n".join(wrong) == ""
    assert numbers == set(), "an ID number is whole nowhere"
    assert with_key == {("POST /api/attempt/<attempt_id>/start", CANDIDATE)}
    look = {("GET /console/api/candidates/<candidate_id>", one) for one in STAFF}
    assert photos == {("GET /api/me", one) for one in (CANDIDATE, OTHER, ELSEWHERE)} | look


def test_a_write_without_its_token_is_refused_at_every_door(doors: DoorRoom) -> None:
    """A foreign page can send cookies along, but neither header."""
    got_in = []
    for rule, method in doors.rules():
        policy = POLICIES[rule.endpoint, method]
        actor = CANDIDATE if CANDIDATE in policy.may else min(policy.may)
        headers = {"Cookie": doors.proof(actor).get("Cookie", "")}
        if method == "GET" or rule.endpoint.startswith(("console_login.", "query.")):
            continue
        answer = doors.knock(rule, method, policy, headers)
        found = f"{answer.status_code}" if rule.endpoint.startswith(FORMS) else verdict(answer)
        if found not in ("csrf", "403", *(["not_logged_in"] if actor == SYSTEM else [])):
            got_in.append(f"{method} {rule.rule}: {found}")
    assert got_in == []


@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_write_from_a_foreign_page_is_refused_at_every_door(
    doors: DoorRoom, said: dict[str, str]
) -> None:
    """Even with every token: the page itself has been somewhere else."""
    got_in = []
    for rule, method in doors.rules():
        policy = POLICIES[rule.endpoint, method]
        if method != "GET":
            actor = CANDIDATE if CANDIDATE in policy.may else min(policy.may)
            answer = doors.knock(rule, method, policy, {**doors.proof(actor), **said})
            told = answer.get_data(as_text=True)
            named = "foreign_page" in told or "别的网址" in told  # a program's shape, a person's
            if answer.status_code != 403 or not named:
                got_in.append(f"{method} {rule.rule}: {answer.status_code}")
    assert got_in == []


def test_a_write_from_this_servers_own_page_is_carried_out(doors: DoorRoom) -> None:
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    client = doors.app.test_client(use_cookies=False)
    headers = {**doors.proof(CANDIDATE), **own}
    assert client.post("/api/hand", json={"raised": False}, headers=headers).status_code == 200


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
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Server" not in answer.headers
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
