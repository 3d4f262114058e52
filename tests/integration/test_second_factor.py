"""A password alone lets no administrator in: the phone, the lost phone, the second person."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from exam_server.auth import totp
from exam_server.auth.accounts import restore_access
from exam_server.auth.identity import Role
from exam_server.auth.tables import Staff, StaffRecoveryCode
from exam_server.storage.tx import Tx
from tests.builders.office import PASSWORD, Office, Person

NOWHERE = "z" * 20  # a sitting's id, and nobody's


@pytest.fixture
def admin(office: Office) -> Person:
    """An administrator whose phone is set up, logged out again."""
    person = Person(office, "zhao", Role.CENTRE_ADMIN)
    person.enrol()
    assert person.is_in()
    person.post("/console/logout")
    office.clock.advance(totp.STEP_SECONDS * 1000 * 3)
    return person


@pytest.mark.parametrize("role", list(Role))
def test_a_password_alone_is_enough_for_the_room_only(office: Office, role: Role) -> None:
    person = Person(office, "somebody", role)
    answer = person.enter()
    alone = role in (Role.PROCTOR, Role.CHIEF_PROCTOR)
    assert answer.status_code == 303
    assert person.is_in() is alone
    assert bool(office.acts("staff_logged_in")) is alone


def test_password_and_code_let_in_and_the_token_changes(admin: Person) -> None:
    admin.enter()
    before = admin.browser.get_cookie("kc_staff")
    assert not admin.is_in()
    assert admin.give(admin.look_at_phone()).status_code == 303
    after = admin.browser.get_cookie("kc_staff")
    assert admin.is_in()
    assert before is not None
    assert after is not None
    assert before.value != after.value


@pytest.mark.parametrize(("steps", "lets_in"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_one_step(admin: Person, steps: int, lets_in: bool) -> None:
    admin.enter()
    admin.give(admin.look_at_phone(steps))
    assert admin.is_in() is lets_in


def test_a_code_that_was_used_is_good_no_more_nor_is_an_older_one(admin: Person) -> None:
    admin.enter()
    seen_over_the_shoulder = admin.look_at_phone()
    admin.give(seen_over_the_shoulder)
    thief = Person(admin.office, "zhao")
    thief.secret = admin.secret
    thief.enter()
    for code in (seen_over_the_shoulder, thief.look_at_phone(-1)):
        answer = thief.give(code)
        assert answer.status_code == 401
        assert "已经用过" in answer.get_data(as_text=True)
    assert not thief.is_in()
    assert admin.is_in()


def test_codes_cannot_be_guessed_at_will(admin: Person) -> None:
    admin.enter()
    wrong = "000000" if admin.look_at_phone() != "000000" else "000001"
    told = [admin.give(wrong).status_code for _ in range(6)]
    assert told == [401] * 5 + [429]
    assert admin.give(admin.look_at_phone()).status_code == 429, "not even the right one now"
    admin.office.clock.advance(60_000)
    admin.give(admin.look_at_phone())
    assert admin.is_in()


def test_the_step_between_opens_nothing_else_and_does_not_last(admin: Person) -> None:
    admin.enter()
    for path in ("/console/", f"/console/sitting/{NOWHERE}", "/console/staff"):
        assert admin.browser.get(path).headers["Location"].startswith("/console/login")
    board = f"/console/api/sittings/{NOWHERE}/board"
    assert admin.browser.get(board).status_code == 401
    admin.office.clock.advance(16 * 60_000)
    assert admin.give(admin.look_at_phone()).headers["Location"].startswith("/console/login?")
    assert not admin.is_in()


def test_a_lost_phone_costs_one_recovery_code_each(admin: Person) -> None:
    first, second = admin.codes[:2]
    admin.enter()
    admin.give(first.lower().replace("-", " "))
    assert admin.is_in()
    admin.post("/console/logout")
    admin.enter()
    assert admin.give(first).status_code == 401
    admin.give(second)
    assert admin.is_in()
    assert [one["left"] for one in admin.office.acts("staff_recovery_code_used")] == [7, 6]


def test_neither_secret_nor_codes_lie_in_the_database(admin: Person) -> None:
    def look(tx: Tx) -> bytes:
        row = tx.session.get_one(Staff, admin.id)
        hashes = tx.session.scalars(select(StaffRecoveryCode.code_hash)).all()
        return b"|".join([row.totp or b"", *(one.encode() for one in hashes)])

    kept = admin.office.do(look)
    assert admin.secret not in kept
    assert not any(code.replace("-", "").encode() in kept for code in admin.codes)


def test_a_phone_is_taken_off_an_account_by_another_person_with_a_reason(admin: Person) -> None:
    office = admin.office
    other = Person(office, "qian", Role.CENTRE_ADMIN)
    other.enrol()
    path = f"/console/staff/{admin.id}/factor"
    assert other.post(path, reason=" ").status_code == 422
    assert other.post(path, reason="手机丢失，本人到场").status_code == 303
    assert other.post(f"/console/staff/{other.id}/factor", reason="自己").status_code == 403
    (act,) = office.acts("staff_factor_reset")
    assert act == {
        "actor": f"staff:{other.id}",
        "staff": admin.id,
        "login": "zhao",
        "reason": "手机丢失，本人到场",
    }
    old = admin.secret
    admin.enrol()
    assert admin.secret != old
    assert admin.is_in()


def test_a_second_person_who_has_a_phone_gives_its_code(admin: Person) -> None:
    """Else a stolen password would be a second person."""
    proctor = Person(admin.office, "sun", Role.PROCTOR)
    proctor.enter()
    csrf = re.search(r'name="csrf" content="([^"]+)"', proctor.browser.get("/console/").text)
    assert csrf is not None

    def grant(code: str) -> str:
        second = {"login": "zhao", "password": PASSWORD, "code": code}
        body = {"seconds": 3600, "reason": "停电", "second": second}
        path = f"/console/api/sittings/{NOWHERE}/grant"
        told = proctor.browser.post(path, json=body, headers={"X-CSRF-Token": csrf.group(1)})
        return str(told.get_json().get("type", "done"))

    code = admin.look_at_phone()
    assert grant("") == "code_wrong"
    assert grant(code) not in ("code_wrong", "code_used")
    assert grant(code) == "code_used"


def test_the_last_administrator_is_let_in_from_the_machine_itself(admin: Person) -> None:
    given = admin.office.do(restore_access, login="zhao", actor="staff:operator", reason="手机丢失")
    admin.password = given
    answer = admin.enter()
    assert "login/step" in answer.headers["Location"]
    assert "设新密码" in admin.browser.get("/console/login/step").get_data(as_text=True)
    told = admin.post("/console/login/password", password=given, again=given)
    assert told.status_code == 422, "not the one that was given"
    admin.post("/console/login/password", password="mine alone 4711", again="mine alone 4711")
    assert not admin.is_in(), "the second factor is still to come"
    page = admin.browser.get("/console/login/step").get_data(as_text=True)
    assert "绑定动态码" in page
