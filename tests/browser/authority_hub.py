"""A province's hub, served for browsers: two centres' packages are on their way to it."""

from __future__ import annotations

from pathlib import Path

from exam_server import keys as centre_keys
from exam_server.bootstrap import open_centre
from exam_server.desk.synthetic import Kind
from exam_server.settings import settings_for
from exam_server.storage.lock import only_writer
from tests.browser.served_office import ServedOffice, give_accounts
from tests.builders.hub import Hub
from tests.builders.results_day import Day

CITY = "商洛市"
KIND = Kind("汽车驾驶员", "L4", CITY)  # a level whose line a city draws and the province files
GROUP = f"{CITY}|汽车驾驶员|L4"
ACCOUNTS = (("authority", "陈志远", None), ("city", "何丽", CITY), ("city2", "贺军", CITY))


class AuthorityHub(ServedOffice):
    """Six people of a city's group at two centres. ``packages``: their files, east and west."""

    def __init__(self, home: Path) -> None:
        settings = settings_for(home)
        settings.make_folders()
        centre_keys.create(settings.keys)
        with only_writer(settings.lock_path, settings.database_url):
            here = open_centre(settings)
            give_accounts(here, ACCOUNTS)
            keys = here.keys
            here.store.close()
            day = Day(settings.database_url, settings.data)
            day.keys = keys
            self.hub = Hub(day, [KIND])
            self.rows = day.people(6, [KIND])
            self.exam_id = day.exam_id
            self.packages = [home / "east.zip", home / "west.zip"]
            for path, data in zip(
                self.packages, (self.hub.east_package(), self.hub.west_package()), strict=True
            ):
                path.write_bytes(data)
            day.close()
        self.open(settings.home)
