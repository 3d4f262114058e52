"""Published results as files: each opens with its own numbers, and all of them tell nothing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.exceptions import InvalidTag

from exam_server.auth.identity import Role
from exam_server.cli import main
from exam_server.results.bundle import BundleHead, new_head, opened, place_and_key, sealed_files
from exam_server.results.views.transcript import group_transcripts, own_transcript
from tests.builders.office import Person
from tests.builders.published import ScoredOffice

WORK = 14


def test_a_file_opens_with_its_own_numbers_and_the_folder_tells_nothing(
    scored: ScoredOffice,
) -> None:
    day = scored.day

    def everybody() -> dict[str, bytes]:
        people = day.store.read(
            lambda session: group_transcripts(session, day.keys.fields, day.exam_id)
        )
        return dict(sealed_files(head, people))

    head = new_head(WORK)
    before = everybody() if not scored.office.acts("results_released") else {}
    assert before == {}, "nothing before the publication"
    scored.publish()
    files = everybody()
    assert len(files) == len(scored.rows)
    assert len(Counter(map(len, files.values()))) == 1, "a pass is as long as an absence"
    whole = b"".join(files.values()) + "".join(files).encode()
    for row in scored.rows:
        ticket = str(row.ticket)
        place, _ = place_and_key(head, f" {row.id_number.lower()}", f"{ticket} ")
        found = opened(head, files[place], row.id_number, ticket)
        assert found == day.store.read(
            lambda session, row=row, ticket=ticket: own_transcript(  # type: ignore[misc]
                session, day.keys.fields, id_number=row.id_number, ticket=ticket
            )
        )
        for told in (row.id_number, ticket, row.name):
            assert told.encode() not in whole
    mine, other = scored.rows[:2]
    place, key = place_and_key(head, mine.id_number, str(mine.ticket))
    assert place_and_key(head, mine.id_number, str(other.ticket))[0] not in files
    with pytest.raises(InvalidTag):
        opened(head, files[place], mine.id_number, str(other.ticket))
    assert place_and_key(new_head(WORK), mine.id_number, str(mine.ticket))[1] != key


def test_the_command_writes_a_site_and_says_so_in_the_record(
    scored: ScoredOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored.publish()
    Person(scored.office, "chen", Role.AUTHORITY)
    monkeypatch.setenv("KAOCHANG_DATABASE_URL", scored.url)
    out = tmp_path / "site"
    asked = ["results", "bundle", "--home", str(scored.home), "--exam", scored.day.exam_id]
    asked += ["--work", str(WORK), "--json", str(out)]
    told = json.loads(CliRunner().invoke(main, asked).output)
    assert told["people"] == len(scored.rows), told
    head = msgspec.json.decode((out / "bundle.json").read_bytes(), type=BundleHead)
    row = scored.rows[0]
    place, _ = place_and_key(head, row.id_number, str(row.ticket))
    found = opened(head, (out / place).read_bytes(), row.id_number, str(row.ticket))
    assert found.sum == "8"
    assert {path.name for path in out.iterdir()} == {
        *("index.html", "en.html", "bundle.js", "style.css", "bundle.json"),
        "r",
    }
    (act,) = scored.office.acts("results_bundled")
    assert (act["people"], act["work"]) == (len(scored.rows), WORK)
    again = json.loads(CliRunner().invoke(main, asked).output)
    assert again["error"]["code"] == "folder_not_empty"
