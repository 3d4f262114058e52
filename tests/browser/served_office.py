"""An authority's office that a test has prepared, served for browsers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role
from exam_server.context import Centre
from exam_server.demo import plan
from exam_server.demo.prepare import give_factors
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from tests.browser.centre import ENVIRONMENT
from tests.builders.services import ROOT, free_port, stop, wait_for_port

Account = tuple[str, str, str | None]  # login, name, city; None: of the province


class ServedOffice:
    """``url``: where it is served, once it is open."""

    def open(self, home: Path) -> None:
        """Serve what lies in ``home``."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = subprocess.Popen(
            command_of(home, Listening("127.0.0.1", self.port)),
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self._server, 60)

    def close(self) -> None:
        """The office closes."""
        stop(self._server)


def give_accounts(here: Centre, accounts: Sequence[Account]) -> None:
    """Accounts of the authority, with the demo's password and second factor."""
    made = [
        here.store.write(
            partial(
                create_staff,
                login=login,
                name=name,
                role=Role.AUTHORITY,
                city=city,
                password=plan.PASSWORD,
            )
        )
        for login, name, city in accounts
    ]
    give_factors(here, made)
