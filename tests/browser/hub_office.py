"""An authority's hub served for browsers: two centres are announced, their packages lie at hand."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from exam_server import keys as centre_keys
from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role
from exam_server.bootstrap import open_centre
from exam_server.demo import plan
from exam_server.demo.prepare import give_factors
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from exam_server.settings import settings_for
from exam_server.storage import migrate
from exam_server.storage.lock import only_writer
from tests.browser.centre import ENVIRONMENT
from tests.builders.hub import FIRST_MS, Hub
from tests.builders.results_day import Day
from tests.builders.services import ROOT, free_port, stop, wait_for_port


class HubOffice:
    """``files``: first, other and corrected package, and lists of practical results."""

    def __init__(self, home: Path) -> None:
        settings = settings_for(home, insecure_http=True)
        settings.make_folders()
        centre_keys.create(settings.keys)
        migrate.upgrade(settings.database_url)
        day = Day(settings.database_url, settings.data)
        hub = Hub(day)
        self.exam_id = day.exam_id
        late = hub.east_people()
        late[1] = hub.sitter(hub.ids[1], ("3", "4"), ("2",))
        tickets = [hub.ticket(ident) for ident in hub.ids]
        self.ticket = tickets[0]
        wrong = f"准考证号,操作技能\n{tickets[0]},92\n999999999999,合格\n"
        right = "准考证号,操作技能\n" + "".join(f"{ticket},合格\n" for ticket in tickets[:4])
        self.files = {
            "first": self._written(home, "east.zip", hub.east_package()),
            "other": self._written(home, "west.zip", hub.west_package()),
            "corrected": self._written(
                home, "east-2.zip", hub.east.pack(late, created_ms=FIRST_MS + 60_000)
            ),
            "wrong": self._written(home, "wrong.csv", wrong.encode()),
            "right": self._written(home, "right.csv", right.encode()),
        }
        day.close()
        with only_writer(settings.lock_path, settings.database_url):
            here = open_centre(settings)
            made = here.store.write(
                partial(create_staff, login="authority", name="陈志远", role=Role.AUTHORITY,
                        city=None, password=plan.PASSWORD)
            )  # fmt: skip
            give_factors(here, [made])
            here.store.close()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = subprocess.Popen(
            command_of(settings.home, Listening("127.0.0.1", self.port)),
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self._server, 60)

    def close(self) -> None:
        """The office closes."""
        stop(self._server)

    @staticmethod
    def _written(home: Path, name: str, data: bytes) -> Path:
        path = home / name
        path.write_bytes(data)
        return path
