"""A centre's machine runs exams; it draws no line, publishes nothing, answers no other system."""

from __future__ import annotations

from pathlib import Path

import pytest

from exam_server import keys as centre_keys
from exam_server.bootstrap import build_app, open_centre
from exam_server.errors import Refusal
from exam_server.settings import settings_for

AUTHORITYS = (
    *("/query", "/query/check", "/console/lines", "/console/release", "/console/tokens"),
    *("/console/imported", "/api/v1/exams"),
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
