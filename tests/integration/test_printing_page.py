"""The page that prints: progress as it goes, then the file; nothing stays behind on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exam_server.auth.identity import Role
from exam_server.documents.catalogue import DOCUMENTS
from tests.builders.office import Office, Person
from tests.builders.printed import pages_of, text_of
from tests.builders.results_day import Day

NOBODY_HAS = "\U0003134f"


class PrintingOffice:
    """Room 02 with five people, one of whom has a name that no font can draw."""

    def __init__(self, url: str, home: Path) -> None:
        home.mkdir()
        self.day = Day(url, home)
        rows = self.day.people(5)
        rows[3] = msgspec.structs.replace(rows[3], name=f"李{NOBODY_HAS}")
        self.people = self.day.register(rows)
        self.office = Office(url, home / "centre")
        self.office.centre.keys = self.day.keys

    def at(self, role: Role, city: str | None = None) -> Person:
        """Somebody of this role, logged in."""
        person = Person(self.office, role.value, role, city)
        if role in (Role.CENTRE_ADMIN, Role.AUTHORITY):
            person.enrol()
        else:
            person.enter()
        return person

    def close(self) -> None:
        self.office.close()
        self.day.close()


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[PrintingOffice]:
    office = PrintingOffice(database_url, tmp_path / "home")
    yield office
    office.close()


def asked(person: Person, **body: Any) -> tuple[int, list[dict[str, Any]], bytes]:
    """Status, the lines told, and the file behind them."""
    page = person.browser.get("/console/paper").get_data(as_text=True)
    csrf = re.findall(r'name="csrf" content="([^"]+)"', page)[0]
    answer = person.browser.post(
        "/console/api/paper/print", json=body, headers={"X-CSRF-Token": csrf}
    )
    if answer.status_code != 200:
        return answer.status_code, [answer.get_json()], b""
    lines, rest = [], answer.data
    while b"\n" in rest:
        line, rest = rest.split(b"\n", 1)
        lines.append(json.loads(line))
        if "file" in lines[-1] or "problem" in lines[-1]:
            break
    return 200, lines, rest


def test_tickets_come_with_progress_and_whoever_lacks_a_glyph_is_named_first(
    here: PrintingOffice,
) -> None:
    chief = here.at(Role.CHIEF_PROCTOR)
    wanted = {"exam": here.day.exam_id, "document": "ticket", "by": "room"}
    status, lines, _ = asked(chief, **wanted)
    assert (status, lines[0]) == (200, {"done": 0, "of": 5})
    problem = lines[-1]["problem"]
    assert problem["type"] == "glyph_missing"
    assert f"李{NOBODY_HAS}" in problem["title"]
    assert "U+3134F" in problem["title_en"]
    assert [row["column"] for row in problem["rows"]] == ["姓名"]

    status, lines, file = asked(chief, **wanted, boxes=True)
    assert [line.get("done") for line in lines] == [0, 5, None]
    assert lines[-1]["bytes"] == len(file)
    assert lines[-1]["file"] == "准考证-商洛市考点-02考场-0620-0413.pdf"
    assert len(pages_of(file)) == 5
    assert "李□" in text_of(file)
    assert [act["document"] for act in here.office.acts("printed")] == ["ticket", "ticket"]


def test_each_may_print_what_is_theirs_to_print(here: PrintingOffice) -> None:
    may = {
        Role.PROCTOR: {"door", "desk", "sign_in", "room_log", "exceptions"},
        Role.CHIEF_PROCTOR: {"ticket", "door", "desk", "sign_in", "room_log", "exceptions",
                             "room_scores"},
    }  # fmt: skip
    for role, documents in may.items():
        person = here.at(role)
        page = person.browser.get("/console/paper").get_data(as_text=True)
        for ident in DOCUMENTS:
            assert (f'data-test="document-{ident}"' in page) == (ident in documents), ident
            status, lines, _ = asked(person, exam=here.day.exam_id, document=ident, boxes=True)
            assert (status == 403) == (ident not in documents), (role, ident, lines)
    ankang = here.at(Role.AUTHORITY, "安康市")
    page = ankang.browser.get("/console/paper").get_data(as_text=True)
    assert "02 考场" not in page
    status, lines, _ = asked(ankang, exam=here.day.exam_id, document="roster")
    assert (status, lines[0]["type"]) == (404, "nobody_to_print")
    assert here.office.acts("printed")[-1]["document"] != "roster"


def test_a_sheet_of_the_room_opens_in_the_browser(here: PrintingOffice) -> None:
    proctor = here.at(Role.PROCTOR)
    base = f"/console/sitting/{here.day.sitting_id}"
    answer = proctor.browser.get(f"{base}/paper/room_log.pdf")
    assert (answer.status_code, answer.mimetype) == (422, "text/html")  # whose name lacks one
    assert "U+3134F" in answer.get_data(as_text=True)
    assert proctor.browser.get(f"{base}/paper/ticket.pdf").status_code == 404
    assert proctor.browser.get(f"{base}/paper/nothing.pdf").status_code == 404
