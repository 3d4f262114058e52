"""A province's office with its scores in, served for browsers: the line is still to be drawn."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from bench import province
from exam_server import keys as centre_keys
from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role
from exam_server.bootstrap import open_centre
from exam_server.context import Centre
from exam_server.demo import plan
from exam_server.demo.prepare import give_factors
from exam_server.profiles.profile import builtins_of, load
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from exam_server.settings import settings_for
from exam_server.storage.lock import only_writer
from tests.browser.centre import ENVIRONMENT
from tests.builders.earlier_line import remember_line
from tests.builders.services import ROOT, free_port, stop, wait_for_port

CITY = "商洛市"
TRADE = "汽车驾驶员"
GROUP = f"{CITY}|{TRADE}|L4"
ACCOUNTS = (
    ("authority", "陈志远", None),
    ("approver", "周明", None),
    ("city", "何丽", CITY),
    ("city2", "贺军", CITY),
)


class LineOffice:
    """``candidates`` people in 300 groups, scored; last year's lines are in effect."""

    def __init__(self, home: Path, candidates: int) -> None:
        settings = settings_for(home, insecure_http=True)
        settings.make_folders()
        centre_keys.create(settings.keys)
        province.fill(home / "data" / "kaochang.sqlite3", candidates=candidates, seed=7)
        with only_writer(settings.lock_path, settings.database_url):
            here = open_centre(settings)
            made = [
                here.store.write(
                    lambda tx, login=login, name=name, city=city: create_staff(  # type: ignore[misc]
                        tx,
                        login=login,
                        name=name,
                        role=Role.AUTHORITY,
                        city=city,
                        password=plan.PASSWORD,
                    )
                )
                for login, name, city in ACCOUNTS
            ]
            give_factors(here, made)
            rules = builtins_of(load("shaanxi-2024"))
            last_year = partial(
                remember_line, rules=rules, group=GROUP, line="128", reached=141, valid=198
            )
            here.store.write(last_year)
            self.prepare(here)
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

    def prepare(self, here: Centre) -> None:
        """What else there is before the office opens."""

    def close(self) -> None:
        """The office closes."""
        stop(self._server)
