"""Accounts are looked after by somebody else, with a reason, and what ends, ends at once."""

from __future__ import annotations

import re

import pytest

from exam_server.auth.identity import Role
from tests.builders.office import PASSWORD, Office, Person
from tests.builders.room_day import roster


@pytest.fixture
def admin(office: Office) -> Person:
    person = Person(office, "zhao", Role.CENTRE_ADMIN)
    person.enrol()
    return person


@pytest.fixture
def proctor(office: Office) -> Person:
    person = Person(office, "sun", Role.PROCTOR)
    person.enter()
    assert person.is_in()
    return person


def test_who_is_disabled_is_out_with_the_next_request_and_stays_out(
    admin: Person, proctor: Person
) -> None:
    assert admin.post(f"/console/staff/{proctor.id}/disable", reason="离职").status_code == 303
    assert not proctor.is_in()
    assert proctor.enter().status_code == 401
    admin.post(f"/console/staff/{proctor.id}/enable", reason="返聘")
    assert not proctor.is_in(), "the login that ended does not come back"
    proctor.enter()
    assert proctor.is_in()
    assert [one["reason"] for one in admin.office.acts("staff_disabled")] == ["离职"]
    assert [one["reason"] for one in admin.office.acts("staff_enabled")] == ["返聘"]


def test_a_password_that_was_given_is_good_for_choosing_another(
    admin: Person, proctor: Person
) -> None:
    page = admin.post(f"/console/staff/{proctor.id}/password", reason="忘记密码")
    given = re.search(r'given-password">([a-z0-9-]+)<', page.get_data(as_text=True))
    assert given is not None
    assert not proctor.is_in(), "whoever was logged in is out"
    assert proctor.enter().status_code == 401, "the old one is good no more"
    proctor.password = given.group(1)
    proctor.enter()
    assert not proctor.is_in()
    proctor.post("/console/login/password", password="blue ferry lamp", again="blue ferry lamp")
    assert proctor.is_in()
    text = str(admin.office.acts("staff_password_reset"))
    assert given.group(1) not in text
    assert given.group(1) not in admin.browser.get("/console/staff").get_data(as_text=True)


def test_a_new_proctor_is_made_on_the_day_and_chooses_a_password(admin: Person) -> None:
    form = {"login": "qian.2", "name": "钱进", "role": "proctor"}
    page = admin.post("/console/staff", **form).get_data(as_text=True)
    given = re.search(r'given-password">([a-z0-9-]+)<', page)
    assert given is not None
    assert "钱进" in page
    made = Person(admin.office, "qian.2")
    made.password = given.group(1)
    made.enter()
    assert not made.is_in()
    made.post("/console/login/password", password="blue ferry lamp", again="blue ferry lamp")
    assert made.is_in()
    assert admin.post("/console/staff", **form).status_code == 409
    assert admin.post("/console/staff", **form | {"login": "a b"}).status_code == 422
    assert admin.post("/console/staff", **form | {"role": "authority"}).status_code == 403
    assert admin.post("/console/staff", **form | {"role": "emperor"}).status_code == 403
    (act,) = [one for one in admin.office.acts("staff_created") if one["login"] == "qian.2"]
    assert act["actor"] == f"staff:{admin.id}"


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("short", 422),
        ("password123", 422),
        ("sunsunsun", 422),
        ("x" * 300, 422),
        ("blue ferry lamp", 200),
    ],
)
def test_ones_own_password_is_changed_by_the_present_one_and_a_good_one(
    proctor: Person, wanted: str, status: int
) -> None:
    elsewhere = Person(proctor.office, "sun")
    elsewhere.enter()
    change = "/console/account/password"
    wrong = proctor.post(change, present="not it", password=wanted, again=wanted)
    assert wrong.status_code == (401 if status == 200 else wrong.status_code)
    assert proctor.post(change, present=PASSWORD, password=wanted, again="x").status_code == 422
    done = proctor.post(change, present=PASSWORD, password=wanted, again=wanted)
    assert done.status_code == status
    assert proctor.is_in(), "this browser stays"
    assert elsewhere.is_in() is (status != 200), "every other one ends"


def test_nobody_looks_after_another_officers_accounts(admin: Person) -> None:
    """A centre cannot make the authority's account its own, nor the authority the centre's."""
    office = admin.office
    authority = Person(office, "chen", Role.AUTHORITY)
    authority.enrol()
    for verb in ("disable", "enable", "password", "factor"):
        assert admin.post(f"/console/staff/{authority.id}/{verb}", reason="x").status_code == 403
        assert authority.post(f"/console/staff/{admin.id}/{verb}", reason="x").status_code == 403
        assert admin.post(f"/console/staff/{admin.id}/{verb}", reason="x").status_code == 403
        assert admin.post(f"/console/staff/{'z' * 20}/{verb}", reason="x").status_code == 404
    assert "chen" not in admin.browser.get("/console/staff").get_data(as_text=True)
    assert "zhao" not in re.findall(
        r'data-test="staff-(\w+)"', authority.browser.get("/console/staff").get_data(as_text=True)
    )
    assert authority.is_in()
    assert admin.is_in()


def test_a_reason_holds_no_id_number(admin: Person, proctor: Person) -> None:
    number = roster(1, "02", "reason")[0].id_number
    told = admin.post(f"/console/staff/{proctor.id}/disable", reason=f"代替 {number}")
    assert told.status_code == 422
    assert proctor.is_in()


def test_a_citys_authority_looks_after_its_own_city_and_never_makes_a_provincial_account(
    office: Office,
) -> None:
    province = Person(office, "sheng", Role.AUTHORITY)
    province.enrol()
    form = {"login": "shang", "name": "商洛甲", "role": "authority", "city": "商洛市"}
    assert "商洛甲" in province.post("/console/staff", **form).get_data(as_text=True)
    ankang = Person(office, "ankang", Role.AUTHORITY, "安康市")
    city = Person(office, "luo", Role.AUTHORITY, "商洛市")
    city.enrol()
    page = city.browser.get("/console/staff").get_data(as_text=True)
    listed = re.findall(r'<tr data-test="staff-(\w+)"', page)
    assert sorted(listed) == ["luo", "shang"]
    for other in (province, ankang):
        assert city.post(f"/console/staff/{other.id}/disable", reason="x").status_code == 403
    elsewhere = {"login": "new", "name": "新", "role": "authority"}
    assert city.post("/console/staff", **elsewhere, city="安康市").status_code == 403
    assert city.post("/console/staff", **elsewhere).status_code == 200
    made = [one.get("city") for one in office.acts("staff_created") if one["login"] == "new"]
    assert made == ["商洛市"], "without a city it is the maker's, not the province's"


def test_a_citys_authority_sees_its_lines_and_nothing_of_other_offices(office: Office) -> None:
    """A whole sitting's results and the centres' packages hold other cities' people."""
    province = Person(office, "sheng", Role.AUTHORITY)
    city = Person(office, "luo", Role.AUTHORITY, "商洛市")
    sitting = f"/console/sitting/{'x' * 20}"
    closed = ["/console/imported", f"{sitting}/results", f"{sitting}/results.csv"]
    for person, there in ((province, (200, 404)), (city, (403,))):
        person.enrol()
        assert person.browser.get("/console/lines").status_code == 200
        for path in closed:
            assert person.browser.get(path).status_code in there, path


def test_only_an_authority_belongs_to_a_city(admin: Person) -> None:
    form = {"login": "li", "name": "李", "role": "proctor", "city": "商洛市"}
    assert admin.post("/console/staff", **form).status_code == 422
