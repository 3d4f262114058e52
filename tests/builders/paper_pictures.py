"""``make paper-pictures``: draws ``docs/printed/``, a page of each document as it is printed.

Synthetic people, a played room; small greyscale pictures.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from exam_server.auth.identity import Role, Staff
from exam_server.clock import SystemClock
from exam_server.desk.synthetic import Kind
from exam_server.documents.catalogue import DOCUMENTS
from exam_server.room.actions.control import record_incident
from exam_server.upkeep.upgrading import bring_up_to_date
from tests.builders.paper_day import CHIEF, county, printed, publish_all
from tests.builders.printed import page_picture
from tests.builders.published import PROVINCE
from tests.builders.results_day import Day, staff

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "printed"
SCALE = 1.25  # of 72 dots per inch: legible, and a few dozen kilobytes
GREYS = 16


def main() -> None:
    """Draw everything anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        day = played(Path(home) / "room")
        for document in ("ticket", "door", "desk", "sign_in", "room_log", "exceptions",
                         "room_scores", "roster"):  # fmt: skip
            draw(day, document, CHIEF if document != "roster" else staff(Role.CENTRE_ADMIN))
        day.close()
        official = opened(Path(home) / "official")
        publish_all(official)
        for document in ("transcript", "passed_list", "passed"):
            draw(official, document, PROVINCE)
        draw(official, "passed", PROVINCE, page=1, name="passed-technician")
        official.close()


def draw(day: Day, document: str, actor: Staff, *, page: int = 0, name: str = "") -> None:
    """One page of a document."""
    by = "whole" if "whole" in DOCUMENTS[document].by else None
    file = printed(day, document, actor, by=by)
    picture = page_picture(file.content, page, SCALE).convert("L").quantize(GREYS)
    path = FOLDER / f"{name or document}.png"
    picture.save(path, optimize=True)
    print(path)


def opened(home: Path) -> Day:
    """An empty exam."""
    home.mkdir(parents=True)
    url = f"sqlite:///{home / 'kaochang.sqlite3'}"
    bring_up_to_date(url, SystemClock().now())
    return Day(url, home)


def played(home: Path) -> Day:
    """A room of eighteen: most handed in, two were absent, something happened."""
    day = opened(home)
    kinds = [Kind("汽车驾驶员", "L3"), Kind("汽车驾驶员", "L3"), Kind("保管员", "L4")]
    rows = day.people(18, kinds)
    rows[4] = msgspec.structs.replace(rows[4], name="王䶮")
    people = day.register([county(row, "商州区") for row in rows])
    day.bring_paper()
    for number, person in enumerate(people[:16]):
        for subject in ("ethics", "theory"):
            paper = ("all right", "half", "all right")[number % 3]
            cause = ("candidate", "candidate", "time")[number % 3]
            day.hand_in(person, subject, paper, cause=cause)  # type: ignore[arg-type]
    for person in people[16:]:
        for subject in ("ethics", "theory"):
            day.set_state(person, subject, "absent")
    for who, kind, text in (
        (people[7], "equipment", "键盘失灵，换到 20 号备用机"),
        (people[2], "violation", "使用手机，经提醒后交出"),
    ):
        day.store.write(
            lambda tx, who=who, kind=kind, text=text: record_incident(  # type: ignore[misc]
                tx, sitting_id=day.sitting_id, candidate_id=who, kind=kind, text=text, actor=CHIEF
            )
        )
    day.sweep()
    return day


if __name__ == "__main__":
    main()
