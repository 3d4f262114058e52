"""An office without an exam: its accounts, and people at browsers of their own."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam_server import keys as centre_keys
from exam_server.auth import totp
from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role
from exam_server.bootstrap import build_app, open_centre
from exam_server.settings import Settings
from exam_server.storage.acts import Act
from tests.builders.together import Together
from tests.manual_clock import ManualClock

T = TypeVar("T")
PASSWORD = "a long password"
HIDDEN = re.compile(r'name="(csrf|ticket)"\s+value="([^"]+)"')


class Office:
    """A centre with keys, a database and both faces; nothing is planned yet."""

    def __init__(self, url: str, home: Path, role: str = "both") -> None:
        self.clock = ManualClock()
        settings = Settings(home, url, role=role)
        centre_keys.create(settings.keys)
        self.centre = open_centre(settings, clock=self.clock, runner=Together(), migrate=False)
        self.app = build_app(self.centre)[0]

    def do(self, action: Callable[..., T], /, **arguments: Any) -> T:
        """One use case."""
        return self.centre.store.write(partial(action, **arguments))

    def acts(self, kind: str) -> list[dict[str, object]]:
        """What the chain of acts holds of a kind."""
        rows = self.centre.store.read(
            lambda session: session.scalars(
                select(Act).where(Act.kind == kind).order_by(Act.seq)
            ).all()
        )
        return [{"actor": row.actor, **row.data} for row in rows]

    def close(self) -> None:
        """Everybody goes home."""
        self.centre.store.close()


class Person:
    """A member of staff at a browser of their own, and their phone."""

    def __init__(
        self, office: Office, login: str, role: Role | None = None, city: str | None = None
    ) -> None:
        self.office, self.login, self.password = office, login, PASSWORD
        self.browser: FlaskClient = office.app.test_client()
        self.secret, self.codes = b"", [""]
        if role is not None:
            made = office.do(
                create_staff, login=login, name=login, role=role, city=city, password=PASSWORD
            )
            self.id = made.id

    def post(self, path: str, **fields: str) -> TestResponse:
        """A form of the page this browser shows."""
        page = self.browser.get("/console/login/step" if "login/" in path else "/console/account")
        if path == "/console/login":
            page = self.browser.get(path)
        hidden = dict(HIDDEN.findall(page.get_data(as_text=True)))
        return self.browser.post(path, data={**hidden, **fields})

    def enter(self) -> TestResponse:
        """The password."""
        return self.post("/console/login", login=self.login, password=self.password)

    def look_at_phone(self, steps: int = 0) -> str:
        """The six digits, of now or some steps away."""
        return totp.code_at(self.secret, totp.step_at(self.office.clock.now().wall_ms) + steps)

    def enrol(self) -> None:
        """The first login: the secret is typed into the phone, the recovery codes are copied."""
        assert self.enter().headers["Location"].startswith("/console/login/step")
        page = self.browser.get("/console/login/step").get_data(as_text=True)
        shown = re.search(r'factor-secret">([A-Z2-7 ]+)<', page)
        assert shown is not None
        self.secret = from_text(shown.group(1))
        assert "data:image/svg+xml" in page
        done = self.post("/console/login/enrol", code=self.look_at_phone())
        self.codes = re.findall(r'<li class="code">([A-Z0-9-]+)</li>', done.get_data(as_text=True))
        assert len(set(self.codes)) == totp.RECOVERY_CODES

    def give(self, code: str) -> TestResponse:
        """A code at the second step."""
        return self.post("/console/login/code", code=code)

    def is_in(self) -> bool:
        """Whether the console opens."""
        return self.browser.get("/console/").status_code == 200


def from_text(text: str) -> bytes:
    """Only what a person can read is used."""
    return base64.b32decode(text.replace(" ", ""))
