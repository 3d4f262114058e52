"""What must not be seen (invariants 6, 7, 11): a whole day is listened to, file by file and
byte by byte, for words that occur nowhere but in the items, their keys and the roster.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from exam_server.auth import totp
from exam_server.demo import plan
from tests.builders.centre import PASSWORD
from tests.builders.listened_day import COUNT, EXAMS, Watched, watched_day
from tests.builders.secrets import (
    found_in,
    spellings,
    spellings_of_bytes,
)

_COOKIE = re.compile(rb"(kc_terminal|kc_staff)=([A-Za-z0-9_-]{20,})")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return watched_day(tmp_path_factory.mktemp("secrecy"))


# --- that the listening works ------------------------------------------------------------


def test_the_words_are_those_of_the_papers_and_the_wire_can_be_read(watched: Watched) -> None:
    papers = b"".join(watched.papers.values())
    assert all(any(one in papers for one in spellings) for spellings in watched.shown)
    assert b"application/json" in b"".join(watched.after.answers.values())
    everything = b"".join(watched.after.answers.values()).lower()
    assert b"content-encoding" not in everything, "compressed answers could not be read here"
    assert b"permessage-deflate" not in everything
    assert "考点服务器已启动".encode() in watched.after.log["said"]
    lines = [json.loads(line) for line in watched.after.log["log"].splitlines()]
    told = Counter(line["logger"].partition(".")[0] for line in lines)
    assert min(told[name] for name in ("exam_server", "engineio", "sqlalchemy", "gunicorn")) > 0
    assert sum(line["event"] == "request" for line in lines) > 20
    assert any(name.endswith("-wal") for name in watched.before.files)
    assert any("journal.jsonl" in name for name in watched.after.files)


# --- invariant 6 -------------------------------------------------------------------------


def test_nothing_of_the_key_reaches_terminal_disk_or_log(watched: Watched) -> None:
    seen = {**watched.after.everywhere, **watched.papers}
    assert found_in(seen, watched.hidden) == []
    assert found_in(seen, watched.key_bytes) == []


def test_the_sealed_key_itself_cannot_be_fetched(watched: Watched) -> None:
    sealed = watched.sealed
    envelopes = [{sealed.scoring_blob(form)[:64]} for form in sealed.shapes]
    assert found_in(watched.after.answers, envelopes) == []
    wanted = ("scoring", "package", "database", "key", "asset")
    assert {name: watched.tried[name] for name in wanted} == dict.fromkeys(wanted, 404)
    assert found_in({"package": watched.centre.packed.data}, envelopes) == ["package"]


def test_every_built_file_was_listened_to(watched: Watched) -> None:
    fetched = {name: code for name, code in watched.tried.items() if name.startswith("static")}
    assert len(fetched) > 5
    assert set(fetched.values()) == {200}


# --- invariant 7 -------------------------------------------------------------------------


def test_before_the_bell_no_item_can_be_read_anywhere(watched: Watched) -> None:
    assert found_in(watched.before.everywhere, watched.shown) == []
    assert watched.tried["start"] == 409


def test_even_after_the_bell_no_item_is_on_the_centres_disk_wire_or_log(watched: Watched) -> None:
    """The server passes on what is sealed; only terminals open it."""
    assert found_in(watched.after.everywhere, watched.shown) == []


def test_before_the_bell_no_secret_is_on_disk_or_wire_though_unsealed(watched: Watched) -> None:
    seen = {**watched.before.files, **watched.before.answers, **watched.before.log}
    assert found_in(seen, watched.content_keys) == []
    assert found_in(seen, watched.key_bytes) == []
    assert watched.before.held_secrets == 0, "not even wrapped"


def test_the_bell_rings_the_key_to_terminals_only(watched: Watched) -> None:
    assert found_in(watched.after.answers, watched.content_keys) != []
    assert found_in({**watched.after.files, **watched.after.log}, watched.content_keys) == []
    assert watched.after.held_secrets == 0, "after scoring the wrapped copies are gone"


def test_the_bell_code_is_kept_nowhere(watched: Watched) -> None:
    after = watched.after
    seen = {**after.files, **after.answers, **after.log}
    assert found_in(seen, watched.bell_code) == []
    assert found_in(after.requests, watched.bell_code) != [], "staff typed it"


def test_forms_of_different_length_look_the_same_from_outside(watched: Watched) -> None:
    """One paper is several times as long as the other."""
    lengths = [len(text) for text in watched.papers.values()]
    assert max(lengths) > 3 * min(lengths)
    forms = watched.sealed.manifest.forms
    assert len({(form.content_bytes, form.scoring_bytes) for form in forms}) == 1
    assert len({stage["blob_bytes"] for stage in watched.stages}) == 1
    blobs = [path for path in watched.after.files if "/blobs/" in path and "!" not in path]
    assert len(blobs) == len(forms)
    assert len({len(watched.after.files[path]) for path in blobs}) == 1
    assert all(re.fullmatch(r"[0-9a-f]{64}", Path(path).name) for path in blobs)


def test_what_is_known_of_a_form_tells_nothing_about_its_items(watched: Watched) -> None:
    """Opaque ids of one length, and per item a type and a number of options."""
    idents = [
        item["id"]
        for stage in watched.stages
        for section in stage["shape"]["sections"]
        for item in section["items"]
    ]
    assert len(set(idents)) == 4 * COUNT
    assert len({len(ident) for ident in idents}) == 1
    origins = {bank for form in watched.centre.origins.values() for bank in form.values()}
    assert not origins & set(idents)
    for stage in watched.stages:
        assert set(stage["shape"]) == {"sections", "credit"}
        for section in stage["shape"]["sections"]:
            assert set(section) <= {"type", "points", "items"}
            assert all(set(item) <= {"id", "options", "fixed"} for item in section["items"])


# --- what opens a door ---------------------------------------------------------------------


def test_no_password_and_no_authenticators_secret_is_kept_or_sent_back(watched: Watched) -> None:
    after = watched.after
    seen = {**after.files, **after.answers, **after.log}
    assert found_in(seen, [spellings(PASSWORD)]) == []
    assert found_in(after.requests, [spellings(PASSWORD)]) != [], "staff typed it"
    typed = totp.secret_text(plan.FACTOR_SECRET)
    secret = [spellings_of_bytes(plan.FACTOR_SECRET), spellings(typed)]
    secret.append(spellings(typed.replace(" ", "")))
    assert found_in({**seen, **after.requests}, secret) == []


def test_a_token_is_told_to_its_own_browser_only_and_kept_nowhere(watched: Watched) -> None:
    """Who has another's token is that person. One connection hears each, in one header."""
    after = watched.after
    tokens = {token for data in after.requests.values() for _, token in _COOKIE.findall(data)}
    assert len(tokens) >= EXAMS + 3, "candidates and staff"
    for token in tokens:
        told = [data.count(token) for data in after.answers.values() if token in data]
        assert told in ([], [1]), "not in a body, not to another connection"
    kept = {**after.files, **after.log}
    assert found_in(kept, [{token} for token in tokens]) == []


# --- invariant 11 ------------------------------------------------------------------------


def test_no_id_number_and_no_item_is_in_any_log(watched: Watched) -> None:
    numbers = [
        spellings(spelling)
        for person in watched.centre.people
        for spelling in {person["id_number"], person["id_number"].lower()}
    ]
    assert len(numbers) >= 4
    assert found_in(watched.after.log, numbers) == []
    assert found_in(watched.after.log, watched.shown) == []
    robots = watched.centre.settings.home.parent / "robots.log"
    assert found_in({"robots": robots.read_bytes()}, numbers) == []


def test_no_name_and_no_token_is_in_any_log(watched: Watched) -> None:
    """At debug: libraries log every packet, statement and header."""
    sent = b"\n".join(watched.after.requests.values())
    tokens = set(re.findall(rb"(?:kc_terminal|kc_staff)[a-z_]*=([^;\s]{20,})", sent))
    assert len(tokens) >= 4
    assert found_in(watched.after.log, [{token} for token in tokens]) == []
    names = [spellings(row.name) for row in watched.centre.roster]
    numbers = [spellings(person["ticket"]) for person in watched.centre.people]
    assert found_in(watched.after.log, [*names, *numbers]) == []


def test_no_id_number_is_in_an_address_or_readable_on_disk(watched: Watched) -> None:
    numbers = [spellings(person["id_number"]) for person in watched.centre.people]
    assert found_in(watched.after.files, numbers) == []
    lines = {
        f"{name} {at}": line
        for name, data in watched.after.requests.items()
        for at, line in enumerate(re.findall(rb"(?m)^[A-Z]+ (\S+) HTTP/1\.1", data))
    }
    assert len(lines) > 20
    assert found_in(lines, numbers) == []
    assert found_in(watched.after.requests, numbers) != [], "they logged in by it"
