"""An authority's hub served for browsers: two centres are announced, their packages lie at hand."""

from __future__ import annotations

from pathlib import Path

from exam_server import keys as centre_keys
from exam_server.bootstrap import open_centre
from exam_server.desk.synthetic import Kind
from exam_server.settings import Settings, settings_for
from exam_server.storage import migrate
from exam_server.storage.lock import only_writer
from tests.browser.served_office import ServedOffice, give_accounts
from tests.builders.centre_packages import practical_list
from tests.builders.hub import FIRST_MS, Hub
from tests.builders.paper_day import publish_all
from tests.builders.results_day import START_MS, Day

DAY_MS = 86_400_000


class HubOffice(ServedOffice):
    """``files``: first, other and corrected package, lists of practical results, and of votes on
    the technicians of ``reviewed_exam``, whose results are published."""

    def __init__(self, home: Path) -> None:
        settings = settings_for(home)
        settings.make_folders()
        centre_keys.create(settings.keys)
        migrate.upgrade(settings.database_url)
        day = Day(settings.database_url, settings.data)
        hub = Hub(day)
        self.exam_id = day.exam_id
        self.differing = who = hub.ticket(hub.ids[1])
        late = hub.east_people()
        late[1] = hub.sitter(hub.ids[1], ("3", "4"), ("2",))
        tickets = [hub.ticket(ident) for ident in hub.ids]
        self.ticket = tickets[0]
        wrong = f"准考证号,操作技能\n{tickets[0]},92\n999999999999,合格\n"
        right = "准考证号,操作技能\n" + "".join(f"{ticket},合格\n" for ticket in tickets[:4])
        self.files = {
            "first": self._written(
                home, "east.zip", hub.east_package(practical=[practical_list({who: "pass"})])
            ),
            "other": self._written(home, "west.zip", hub.west_package()),
            "corrected": self._written(
                home,
                "east-2.zip",
                hub.east.pack(
                    late,
                    created_ms=FIRST_MS + 60_000,
                    practical=[practical_list({who: "fail"}, reason="登记有误")],
                ),
            ),
            "wrong": self._written(home, "wrong.csv", wrong.encode()),
            "right": self._written(home, "right.csv", right.encode()),
        }
        day.close()
        self._publish_technicians(settings, home)
        with only_writer(settings.lock_path, settings.database_url):
            here = open_centre(settings)
            give_accounts(here, [("authority", "陈志远", None)])
            here.store.close()
        self.open(settings.home)

    def _publish_technicians(self, settings: Settings, home: Path) -> None:
        """Another exam, one of whose technicians goes on to the review."""
        day = Day(
            settings.database_url, settings.data, name="2026 年技师考评", start_ms=START_MS + DAY_MS
        )
        day.keys = centre_keys.load(settings.keys)
        publish_all(day)
        self.reviewed_exam = day.exam_id
        head = "姓名,身份证号码,应到人数,实到人数,同意人数,不同意人数,弃权人数\n"
        rows = day.people(4, [Kind("汽车驾驶员", "L3"), Kind("汽车驾驶员", "L2")])
        one = f"{rows[1].name},{rows[1].id_number}"
        for name, line in (("bad-votes", "9,8,6,1,2"), ("votes", "9,8,6,1,1")):
            text = f"{head}{one},{line}\n"
            self.files[name] = self._written(home, f"{name}.csv", text.encode())
        day.close()

    @staticmethod
    def _written(home: Path, name: str, data: bytes) -> Path:
        path = home / name
        path.write_bytes(data)
        return path
