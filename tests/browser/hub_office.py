"""An authority's hub served for browsers: two centres are announced, their packages lie at hand."""

from __future__ import annotations

from pathlib import Path

from exam_server import keys as centre_keys
from exam_server.bootstrap import open_centre
from exam_server.settings import settings_for
from exam_server.storage import migrate
from exam_server.storage.lock import only_writer
from tests.browser.served_office import ServedOffice, give_accounts
from tests.builders.hub import FIRST_MS, Hub
from tests.builders.results_day import Day


class HubOffice(ServedOffice):
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
            give_accounts(here, [("authority", "陈志远", None)])
            here.store.close()
        self.open(settings.home)

    @staticmethod
    def _written(home: Path, name: str, data: bytes) -> Path:
        path = home / name
        path.write_bytes(data)
        return path
