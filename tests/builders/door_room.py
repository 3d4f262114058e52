"""A room under way, and everybody who might try a door of its server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exam_client.routes import COOKIE, STATIC
from exam_server.auth.actions import create_staff, log_in
from exam_server.auth.identity import Role, Staff
from exam_server.storage.migrate import upgrade
from exam_server.vault.tables import Form
from proctor_console.frame.access import STAFF_COOKIE
from tests.builders import door_policies as policies
from tests.builders.door_policies import PASSWORD, Policy
from tests.builders.room_day import RoomDay

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
UNKNOWN = "z" * 20  # an id's form, and nobody's


class DoorRoom:
    """Two candidates are answering; one account per role, and a second proctor."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder}/kaochang.sqlite3"
        upgrade(url)
        self.day = RoomDay(url, folder / "centre")
        self.terminals = self.day.begin(0, 1)
        self.staff = {role.value: self.account(role.value, role) for role in Role}
        self.account("second", Role.CHIEF_PROCTOR)
        self.app = self.day.app

    def account(self, login: str, role: Role) -> Staff:
        """A member of staff who can really log in."""
        return self.day.do(create_staff, login=login, name=login, role=role, password=PASSWORD)

    def rules(self) -> Iterator[tuple[Rule, str]]:
        """Every route with every method it takes."""
        for rule in self.app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) & METHODS):
                yield rule, method

    def address(self, rule: Rule) -> str:
        """The route's address, about the first candidate."""
        person = self.day.people[0]
        known = {
            "sitting_id": self.day.sitting_id,
            "exam_id": self.day.exam_id,
            "candidate_id": person.id,
            "attempt_id": self.day.attempt_id(person),
            "case_id": UNKNOWN,
            "line_id": UNKNOWN,
            "digest": self.day.centre.store.read(
                lambda session: session.scalars(select(Form.blob_digest)).first()
            ),
            "name": next((STATIC / "assets").iterdir()).name,
            "filename": "style.css",
            "tongue": "en",
        }
        with self.app.test_request_context():
            adapter = self.app.url_map.bind("localhost")
            path = adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})
        return path + ("?room=02&seat=1" if rule.endpoint == "terminal.seat" else "")

    def proof(self, actor: str) -> dict[str, str]:
        """What this person's browser sends along of its own."""
        if actor in (policies.CANDIDATE, policies.OTHER):
            token = self.terminals[actor == policies.OTHER]._token
            return {"Cookie": f"{COOKIE}={token}", "X-Kaochang": "1"}
        if actor in self.staff:
            token, csrf = self.day.do(log_in, staff=self.staff[actor])
            return {"Cookie": f"{STAFF_COOKIE}={token}", "X-CSRF-Token": csrf, "X-Kaochang": "1"}
        return {"X-Kaochang": "1"}

    def knock(
        self, rule: Rule, method: str, policy: Policy, headers: dict[str, str]
    ) -> TestResponse:
        """One request at one door."""
        form = rule.endpoint.startswith("console_login.")
        sent: dict[str, Any] = {"data": policy.body} if form else {"json": policy.body}
        client = self.app.test_client(use_cookies=False)
        return client.open(
            self.address(rule),
            method=method,
            headers=headers,
            buffered=True,
            **(sent if method != "GET" else {}),
        )

    def close(self) -> None:
        """The day is over."""
        self.day.close()
