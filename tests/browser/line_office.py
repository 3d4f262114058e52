"""A province's office with its scores in, served for browsers: the line is still to be drawn."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench import province
from exam_server import keys as centre_keys
from exam_server.bootstrap import open_centre
from exam_server.context import Centre
from exam_server.profiles.profile import builtins_of, load
from exam_server.settings import settings_for
from exam_server.storage.lock import only_writer
from tests.browser.served_office import ServedOffice, give_accounts
from tests.builders.earlier_line import remember_line

CITY = "商洛市"
TRADE = "汽车驾驶员"
GROUP = f"{CITY}|{TRADE}|L4"
ACCOUNTS = (
    ("authority", "陈志远", None),
    ("approver", "周明", None),
    ("city", "何丽", CITY),
    ("city2", "贺军", CITY),
)


class LineOffice(ServedOffice):
    """``candidates`` people in 300 groups, scored; last year's lines are in effect."""

    def __init__(self, home: Path, candidates: int) -> None:
        settings = settings_for(home)
        settings.make_folders()
        centre_keys.create(settings.keys)
        province.fill(home / "data" / "kaochang.sqlite3", candidates=candidates, seed=7)
        with only_writer(settings.lock_path, settings.database_url):
            here = open_centre(settings)
            give_accounts(here, ACCOUNTS)
            rules = builtins_of(load("shaanxi-2024"))
            last_year = partial(
                remember_line, rules=rules, group=GROUP, line="128", reached=141, valid=198
            )
            here.store.write(last_year)
            self.prepare(here)
            here.store.close()
        self.open(settings.home)

    def prepare(self, here: Centre) -> None:
        """What else there is before the office opens."""
