"""A room under way, and everybody who might try a door of its server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exam_client.routes import COOKIE, STATIC
from exam_server.auth.actions import (
    STAFF_LOGIN_LIFE_MS,
    Step,
    begin_login,
    create_staff,
    log_in,
    log_out,
    token_hash,
    unfinished_of,
)
from exam_server.auth.identity import Role, Staff
from exam_server.auth.tables import Staff as StaffRow
from exam_server.auth.tables import StaffLogin
from exam_server.auth.tokens import Scope, issue
from exam_server.room.actions import bell, machines
from exam_server.storage.migrate import upgrade
from exam_server.storage.tx import Tx
from exam_server.vault.tables import Form
from proctor_console.frame.access import STAFF_COOKIE
from tests.builders import door_policies as policies
from tests.builders.door_policies import PASSWORD, Policy
from tests.builders.room_day import ADMIN, PROCTOR, SPARE_SEAT, Person, RoomDay, roster
from tests.builders.room_terminal import Terminal

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
FORMS = (
    *("console_login.", "console_steps.", "console_account.", "console_staff."),
    *("console_release.", "console_tokens.", "query."),
    *(
        "console_register.",
        "console_placement.",
        "console_bars.",
        "console_practical.",
        "console_rulings.",
        "console_votes.",
        "console_results.scored_again",
    ),
)
UNKNOWN = "z" * 20  # an id's form, and nobody's


def _age(tx: Tx, *, token: str) -> None:
    """One moment too long ago."""
    row = tx.session.get_one(StaffLogin, token_hash(token))
    row.since_ms -= STAFF_LOGIN_LIFE_MS + 1


def _disable(tx: Tx, *, token: str) -> None:
    row = tx.session.get_one(StaffLogin, token_hash(token))
    tx.session.get_one(StaffRow, row.staff_id).disabled = True


class DoorRoom:
    """Two candidates are answering, one of them moved to the spare machine; somebody waits in
    another room; one account per role, and a second chief."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder}/kaochang.sqlite3"
        upgrade(url)
        self.day = RoomDay(url, folder / "centre")
        elsewhere = self._elsewhere()  # before the bell: it spends the paper
        left, other = self.day.begin(0, 1)
        self.terminals = {
            policies.CANDIDATE: self._move(left),
            policies.OTHER: other,
            policies.ELSEWHERE: elsewhere,
            policies.FENCED: left,
        }
        self._past: dict[str, tuple[str, str]] = {}
        self.staff = {role.value: self.account(role.value, role) for role in Role}
        self.account("second", Role.CHIEF_PROCTOR)
        self.looked_after = self.account("looked after", Role.PROCTOR)
        self.token_id, self.token = self.day.do(
            issue,
            name="registration",
            scopes=[scope.value for scope in Scope],
            days=1,
            actor=self.staff[policies.AUTHORITY],
        )
        self.app = self.day.app

    def _move(self, left: Terminal) -> Terminal:
        """The first candidate moves to the spare machine."""
        released = {"candidate_id": left.person.id, "reason": "换机"}
        self.day.do(machines.release_terminal, actor=PROCTOR, **released)
        moved = self.day.terminal(0, seat=SPARE_SEAT, name="t2")
        moved.log_in()
        return moved

    def _elsewhere(self) -> Terminal:
        """Somebody whose exam is in another room."""
        day = self.day
        self.other_sitting_id = day.plan("03")
        (row,) = roster(1, "03", "elsewhere")
        (ident,) = day.register([row], {"03": self.other_sitting_id})
        day.do(bell.make_ready, sitting_id=self.other_sitting_id, actor=ADMIN.actor)
        person = Person(ident, str(row.ticket), row.id_number, row.seat or 0)
        terminal = Terminal(day, person, person.seat, "elsewhere")
        terminal.log_in(room="03")
        return terminal

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
            "staff_id": self.looked_after.id,
            "case_id": UNKNOWN,
            "incident_id": UNKNOWN,
            "line_id": UNKNOWN,
            "token_id": UNKNOWN,
            "imported_id": UNKNOWN,
            "placement_id": UNKNOWN,
            "bar_id": UNKNOWN,
            "batch": 0,
            "floor": 0,
            "correction_id": UNKNOWN,
            "digest": self.day.centre.store.read(
                lambda session: session.scalars(select(Form.blob_digest)).first()
            ),
            "name": next((STATIC / "assets").iterdir()).name,
            "filename": "style.css",
            "document": "room_log",
            "tongue": "en",
        }
        with self.app.test_request_context():
            adapter = self.app.url_map.bind("localhost")
            path = adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})
        return path + ("?room=02&seat=1" if rule.endpoint == "terminal.seat" else "")

    def proof(self, actor: str) -> dict[str, str]:
        """What this person's browser sends along of its own."""
        if actor in self.terminals:
            token = self.terminals[actor].token
            return {"Cookie": f"{COOKIE}={token}", "X-Kaochang": "1"}
        if actor == policies.SYSTEM:
            return {"Authorization": f"Bearer {self.token}", "X-Kaochang": "1"}
        if actor != policies.ANONYMOUS:
            token, csrf = self._login(actor)
            return {"Cookie": f"{STAFF_COOKIE}={token}", "X-CSRF-Token": csrf, "X-Kaochang": "1"}
        return {"X-Kaochang": "1"}

    def _login(self, actor: str) -> tuple[str, str]:
        if actor in policies.NOBODY:
            return self._ended(actor)
        if actor == policies.UNFINISHED:
            return self._unfinished()
        return self.day.do(log_in, staff=self.staff[actor])

    def _unfinished(self) -> tuple[str, str]:
        """An admin who has no second factor yet and has typed the password."""
        token, step = self.day.do(begin_login, staff=self.staff[policies.ADMIN])
        assert step is Step.ENROL
        now_ms = self.day.clock.now().wall_ms
        found = self.day.centre.store.read(
            lambda session: unfinished_of(session, token=token, now_wall_ms=now_ms)
        )
        assert found is not None
        return token, found.csrf

    def _ended(self, actor: str) -> tuple[str, str]:
        """A login of a proctor's that is good no more."""
        if actor not in self._past:
            gone = self.account(actor, Role.PROCTOR)
            token, csrf = self.day.do(log_in, staff=gone)
            self._past[actor] = token, csrf
            if actor == policies.LOGGED_OUT:
                self.day.do(log_out, token=token)
            else:
                self.day.do(_age if actor == policies.EXPIRED else _disable, token=token)
        return self._past[actor]

    def knock(
        self, rule: Rule, method: str, policy: Policy, headers: dict[str, str]
    ) -> TestResponse:
        """One request at one door."""
        form = rule.endpoint.startswith(FORMS)
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
