"""Another system: its token, what it may do, and that nothing it sends is done by half or twice."""

from __future__ import annotations

import re
from datetime import date
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from exam_server.auth.identity import Role
from exam_server.auth.tables import ApiToken
from exam_server.auth.tokens import MOST_DAYS, issue, revoke, tokens
from exam_server.desk.rules.id_number import synthetic
from exam_server.desk.tables import Candidate
from exam_server.errors import Refusal
from tests.builders.office import Office, Person
from tests.builders.published import PROVINCE, ScoredOffice, draw_line, publish
from tests.builders.results_day import staff
from tests.builders.results_read import GROUP

CITY = staff(Role.AUTHORITY, "city", "商洛市")
ELSEWHERE = staff(Role.AUTHORITY, "ankang", "安康市")


class System:
    """Another system with a token."""

    def __init__(self, at: ScoredOffice, *scopes: str, actor: Any = PROVINCE) -> None:
        self.at = at
        self.id, self.token = at.office.do(
            issue, name="报名系统", scopes=list(scopes), days=30, actor=actor
        )

    def get(self, path: str, **query: str) -> TestResponse:
        address = f"/api/v1/exams/{self.at.day.exam_id}/{path}"
        return self.at.app.test_client().get(address, query_string=query, headers=self.headers())

    def post(self, path: str, key: str, entries: list[dict[str, str]]) -> TestResponse:
        address = f"/api/v1/exams/{self.at.day.exam_id}/{path}"
        headers = self.headers() | {"Idempotency-Key": key}
        return self.at.app.test_client().post(address, json={"entries": entries}, headers=headers)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def person(sequence: int, **more: str) -> dict[str, str]:
    """An entry of a roster; nobody has paid yet."""
    number = synthetic("611002", date(1981, 3, 4), sequence)
    said = {
        "name": f"新人{sequence}",
        "id_number": number,
        "trade": "汽车驾驶员",
        "level": "高级工",
    }
    return said | {"city": "商洛市", "unit": "市公路局", "paid": "未缴费"} | more


def heads(at: ScoredOffice) -> int:
    return at.day.store.read(
        lambda session: session.scalar(select(func.count()).select_from(Candidate)) or 0
    )


def code_of(answer: TestResponse) -> str:
    assert answer.mimetype == "application/problem+json"
    return str(answer.get_json()["type"])


def test_only_published_results_go_out_and_whole_numbers_are_recorded(
    scored: ScoredOffice,
) -> None:
    system = System(scored, "results:read")
    assert system.get("groups").get_json() == []
    assert system.get("results").get_json() == {"results": [], "next": None}
    scored.publish()
    assert [one["version"] for one in system.get("groups").get_json()] == [1]

    pages, after = [], ""
    for _ in range(3):
        page = system.get("results", limit="2", after=after, group=GROUP).get_json()
        pages.append([one["candidate"] for one in page["results"]])
        after = page["next"] or ""
    assert [len(one) for one in pages] == [2, 2, 1]
    assert sorted(chain.from_iterable(pages)) == sorted(scored.people)
    assert after == ""
    everybody = system.get("results").get_json()["results"]
    by_id = {one["candidate"]: one for one in everybody}
    best = by_id[scored.people[0]]
    assert (best["official"]["sum"], best["official"]["status"]) == ("8", "undecided")
    assert "*" in best["id_number"]
    assert by_id[scored.people[4]]["official"]["subjects"] == {"ethics": None, "theory": None}
    assert system.get("qualified").get_json()["results"] == [], "the practical is still to come"

    assert code_of(system.get("results", ids="whole")) == "token_scope"
    assert scored.office.acts("numbers_handed_out") == []
    certificates = System(scored, "results:read", "numbers:read")
    whole = certificates.get("results", ids="whole", group=GROUP).get_json()["results"]
    assert {one["id_number"] for one in whole} == {row.id_number for row in scored.rows}
    assert scored.office.acts("numbers_handed_out") == [
        {
            "actor": f"staff:{certificates.id}",
            "exam": scored.day.exam_id,
            "group": GROUP,
            "after": "",
            "what": "results",
        }
    ]

    draw_line(scored.day, line="5")
    publish(scored.day, reason="合格线调整")
    again = system.get("results").get_json()["results"]
    assert {one["version"] for one in again} == {2}
    assert len(again) == len(everybody)


def test_a_roster_comes_in_whole_and_once_or_not_at_all(scored: ScoredOffice) -> None:
    system = System(scored, "roster:write")
    before = heads(scored)
    bad = [person(990), person(991, level="大师"), person(992, id_number="61100219810304992"), {}]
    told = system.post("roster", "first-call", bad[:3])
    assert code_of(told) == "roster_problems"
    assert {(row["row"], row["pointer"]) for row in told.get_json()["rows"]} == {
        (2, "/entries/1/level"),
        (3, "/entries/2/id_number"),
    }
    assert all(row["text"] and row["text_en"] for row in told.get_json()["rows"])
    nameless = system.post("roster", "first-call", [person(990), person(991, name=" ")])
    assert nameless.get_json()["rows"][0]["pointer"] == "/entries/1/name"
    assert code_of(system.post("roster", "first-call", bad)) == "malformed"
    assert code_of(system.post("roster", "short", [person(990)])) == "idempotency_key"
    assert heads(scored) == before

    both = [person(990), person(991)]
    first = system.post("roster", "second-call", both)
    again = system.post("roster", "second-call", both)
    assert first.get_json() == again.get_json()
    assert first.get_json()["registered"] == 2
    replayed = [one.headers["Idempotent-Replayed"] for one in (first, again)]
    assert replayed == ["false", "true"]
    assert heads(scored) == before + 2
    assert code_of(system.post("roster", "second-call", [person(992)])) == "idempotency_differs"
    assert code_of(system.post("roster", "third-call", both)) == "roster_problems"
    acts = [one["actor"] for one in scored.office.acts("roster_imported")]
    assert acts.count(f"staff:{system.id}") == 1


def test_a_status_that_is_sent_every_night_changes_what_differs(scored: ScoredOffice) -> None:
    system = System(scored, "roster:write")
    system.post("roster", "the-roster", [person(993), person(994)])
    numbers = [person(993)["id_number"], person(994)["id_number"]]
    paid = [{"id_number": one, "paid": "已缴费", "reason": "到账"} for one in numbers]
    told = system.post("registrations", "night-one", paid).get_json()
    assert (told["read"], told["changed"]) == (2, 2)
    told = system.post("registrations", "night-two", paid).get_json()
    assert (told["read"], told["changed"]) == (2, 0)
    unknown = {**paid[0], "id_number": person(995)["id_number"]}
    wrong = system.post("registrations", "night-three", [paid[0], unknown])
    assert wrong.get_json()["rows"][0]["code"] == "update_not_registered"
    assert wrong.get_json()["rows"][0]["pointer"] == "/entries/1/id_number"


def test_a_citys_token_sees_its_own_city(scored: ScoredOffice) -> None:
    scored.publish()
    assert len(System(scored, "results:read", actor=CITY).get("results").get_json()["results"]) == 5
    other = System(scored, "results:read", actor=ELSEWHERE)
    assert other.get("results").get_json()["results"] == []
    assert other.get("groups").get_json() == []
    with pytest.raises(Refusal, match="forbidden"):
        System(scored, "roster:write", actor=CITY)


def test_a_token_ends_is_revoked_and_asks_no_more_than_its_share(scored: ScoredOffice) -> None:
    office = scored.office
    system, other = System(scored, "results:read"), System(scored, "results:read")
    assert system.get("groups").status_code == 200
    told = system.get("groups")
    assert code_of(System.post(system, "roster", "any-key-1", [person(990)])) == "token_scope"
    assert told.headers["Cache-Control"] == "no-store"
    for _ in range(200):
        told = system.get("groups")
    assert told.status_code == 429
    assert int(told.headers["Retry-After"]) >= 1
    assert other.get("groups").status_code == 200, "nobody else is slowed"

    office.do(revoke, token_id=system.id, reason="系统停用", actor=PROVINCE)
    gone = system.get("groups")
    assert (gone.status_code, code_of(gone)) == (401, "token_unknown")
    assert gone.headers["WWW-Authenticate"].startswith("Bearer")
    office.clock.advance(30 * 86_400_000)
    assert other.get("groups").status_code == 401, "past its end"
    cards = {
        one.id: one
        for one in office.centre.store.read(lambda session: tokens(session, viewer=PROVINCE))
    }
    assert cards[system.id].revoke_reason == "系统停用"
    assert cards[other.id].last_used_ms is not None
    stored = office.centre.store.read(
        lambda session: session.scalars(select(ApiToken.token_hash)).all()
    )
    assert not {system.token, other.token} & set(stored)
    acts = str(office.acts("token_issued") + office.acts("token_revoked"))
    assert system.token not in acts
    assert other.token not in acts


def test_the_authority_gives_a_token_out_on_its_page(office: Office) -> None:
    authority = Person(office, "chen", Role.AUTHORITY)
    authority.enrol()
    fields = {"name": "证书系统", "scope": "results:read", "days": "90"}
    page = authority.post("/console/tokens", **fields).get_data(as_text=True)
    shown = re.search(r'given-token">(kct_[A-Za-z0-9_-]+)<', page)
    assert shown is not None
    assert shown.group(1) not in authority.browser.get("/console/tokens").get_data(as_text=True)
    headers = {"Authorization": f"Bearer {shown.group(1)}"}
    assert office.app.test_client().get("/api/v1/exams", headers=headers).get_json() == []
    (card,) = office.acts("token_issued")
    assert card["name"] == "证书系统"
    too_long = fields | {"days": str(MOST_DAYS + 1)}
    assert authority.post("/console/tokens", **too_long).status_code == 422
    wrong = {"Authorization": "Bearer kct_no"}
    told = [
        office.app.test_client().get("/api/v1/exams", headers=wrong).status_code for _ in range(7)
    ]
    assert (told[0], told[-1]) == (401, 429), "guessing is slowed"
