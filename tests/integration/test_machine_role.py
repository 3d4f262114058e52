"""A centre's machine runs exams; it draws no line, rules on nobody, publishes nothing, answers no
other system. What it records and brings in goes to the authority in its result package."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from exam_server import keys as centre_keys
from exam_server.auth.actions import create_staff
from exam_server.auth.identity import Role
from exam_server.bootstrap import build_app, open_centre
from exam_server.cli.intake import office
from exam_server.errors import Refusal
from exam_server.settings import settings_for
from tests.builders.office import PASSWORD, Office, Person

AUTHORITYS = (
    *("/query", "/query/check", "/console/lines", "/console/release", "/console/tokens"),
    *("/console/imported", "/console/rulings", "/console/votes", "/api/v1/exams"),
)


def statuses(home: Path) -> set[int]:
    centre = open_centre(settings_for(home), migrate=False)
    app = build_app(centre)[0]
    client = app.test_client()
    assert client.get("/console/login").status_code == 200
    found = {client.get(path).status_code for path in AUTHORITYS}
    centre.store.close()
    return found


def test_a_centre_alone_has_none_of_the_authoritys_doors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "centre"
    settings = settings_for(home)
    settings.make_folders()
    centre_keys.create(settings.keys)
    monkeypatch.setenv("KAOCHANG_ROLE", "centre")
    assert statuses(home) == {404}
    monkeypatch.setenv("KAOCHANG_ROLE", "authority")
    assert 404 not in statuses(home)
    monkeypatch.setenv("KAOCHANG_ROLE", "headquarters")
    with pytest.raises(Refusal, match="role_unknown"):
        settings_for(home)


def test_at_a_centre_practical_results_come_in_and_rulings_are_the_authoritys_elsewhere(
    sqlite_tables: Path, tmp_path: Path
) -> None:
    database = shutil.copy(sqlite_tables, tmp_path / "kaochang.sqlite3")
    here = Office(f"sqlite:///{database}", tmp_path / "centre", role="centre")
    admin = Person(here, "wang", Role.CENTRE_ADMIN)
    admin.enrol()
    page = admin.browser.get("/console/practical")
    assert page.status_code == 200
    assert "随签名成绩包送考核机构" in page.get_data(as_text=True)
    assert admin.browser.get("/console/rulings").status_code == 404
    places = re.findall(r'href="(/console/[a-z]*)" data-test="place-', page.get_data(as_text=True))
    assert "/console/practical" in places
    assert [one for one in places if admin.browser.get(one).status_code != 200] == []

    made = here.do(
        create_staff, login="chen", name="陈", role=Role.AUTHORITY, password=PASSWORD, city=None
    )
    with pytest.raises(Refusal, match="office_elsewhere"):
        office(here.centre)  # whoever has an account here
    here.centre.settings = replace(here.centre.settings, role="both")
    assert office(here.centre).id == made.id
    here.close()
