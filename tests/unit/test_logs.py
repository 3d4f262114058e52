"""The log lets out what its catalogue names, and nothing else."""

from __future__ import annotations

import ast
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from exam_server.logs import events
from exam_server.logs.allowed import EVENTS, FORMS, allowed, read
from exam_server.logs.lines import JsonLines
from exam_server.logs.page import PAGE, page
from exam_server.logs.setup import KEPT_FILES, LARGEST_BYTES, turn_over
from exam_server.settings import Settings
from tests.unit.test_tidy import PACKAGES, ROOT, python_files

ID_NUMBER = "61100219820506992X"
LEVELS = ("debug", "info", "warning", "error", "exception")
# outsiders, and commands that speak to a person on their own terminal
APART = ("exam_client/robots/", "exam_server/logs/")


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(JsonLines().format(record)) for record in caplog.records]


def test_an_event_leaves_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    events("a.module").error("form_not_scored", form="0" * 20, code="scorer_died")
    (line,) = lines_of(caplog)
    assert (line["event"], line["level"], line["logger"]) == (
        "form_not_scored",
        "error",
        "a.module",
    )
    assert (line["form"], line["code"]) == ("0" * 20, "scorer_died")
    assert line["place"].startswith("test_logs:")


@pytest.mark.parametrize(
    "value",
    [
        *(ID_NUMBER, ID_NUMBER.lower(), 611002198205069921, "110105491231002", 110105491231002),
        *("张三", "Zhang San", "202606030001", "K7QX-2M4P-9TRB-1CDE-5FGH-8JKN-3VWY", "a" * 43),
    ],
)
def test_no_form_of_a_field_lets_a_person_or_a_secret_through(value: object) -> None:
    assert [name for name, fits in FORMS.items() if fits(value)] == []


def test_what_is_not_named_stays_behind(caplog: pytest.LogCaptureFixture) -> None:
    log = events("a.module")
    log.error("form_not_scored", form=ID_NUMBER, code="not a code", id_number=ID_NUMBER)
    sentence = f"the candidate {ID_NUMBER}"
    log.error(sentence)
    for line in lines_of(caplog):
        assert ID_NUMBER not in json.dumps(line)
        assert line.keys() <= {"at", "level", "event", "logger", "place"}


def test_of_an_exception_type_and_places_leave_but_not_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise KeyError(ID_NUMBER)
    except KeyError:
        events("a.module").exception("sweep_failed")
    (line,) = lines_of(caplog)
    assert line["error"] == "builtins.KeyError"
    assert [place.split(":")[0] for place in line["places"]] == ["tests/unit/test_logs"]
    assert ID_NUMBER not in json.dumps(line)


def test_of_a_library_only_the_place_leaves(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("engineio.server").info("received packet %s", ID_NUMBER)
    logging.getLogger("sqlalchemy.engine").info("saving_stopped", extra={"id": ID_NUMBER})
    for line in lines_of(caplog):
        assert (line["event"], ID_NUMBER in json.dumps(line)) == ("library", False)


def calls() -> list[tuple[str, ast.Call]]:
    """Every ``log.level(…)`` of the program."""
    return [
        (f"{name}:{node.lineno}", node)
        for path in python_files(*PACKAGES)
        if not (name := path.relative_to(ROOT).as_posix()).startswith(APART)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"log", "logger", "logging"}
    ]


def test_the_program_logs_only_what_the_catalogue_names() -> None:
    found = calls()
    assert len(found) > 15
    used = set()
    for place, call in found:
        (event,) = call.args
        assert isinstance(event, ast.Constant), f"{place}: an event is a name, not a sentence"
        assert event.value in EVENTS, f"{place}: {event.value!r} is not in the catalogue"
        fields = {keyword.arg for keyword in call.keywords} - {"error"}
        assert fields <= EVENTS[event.value].fields.keys(), place
        level = call.func.attr.replace("exception", "error")  # type: ignore[attr-defined]
        assert level == EVENTS[event.value].level, place
        used.add(event.value)
    of_the_log_itself = {"library", "uncaught", "request", "no_tls"}
    assert EVENTS.keys() - used <= of_the_log_itself, "never logged"


def test_nothing_else_of_the_program_asks_for_a_logger() -> None:
    asking = [
        path.relative_to(ROOT).as_posix()
        for path in python_files(*PACKAGES)
        if "getLogger" in path.read_text()
    ]
    assert [name for name in asking if not name.startswith(APART)] == []


def test_the_page_is_made_from_the_catalogue() -> None:
    """When this is red: ``python -m exam_server.logs.page``."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page()


def test_a_field_of_no_known_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text('[x]\nlevel="info"\nzh=""\nen=""\nfields={ name = "text" }')
    with pytest.raises(ValueError, match="no such form"):
        read(path)
    assert allowed("nothing of that name", {"a": 1}) == {}


def test_a_large_log_is_put_aside_at_a_start_and_the_oldest_goes(tmp_path: Path) -> None:
    settings = Settings(tmp_path, "sqlite://")
    folder = tmp_path / "log"
    folder.mkdir()
    for start in range(KEPT_FILES + 2):
        with (folder / "kaochang.log").open("wb") as file:
            file.write(b"%d" % start)
            file.truncate(LARGEST_BYTES)
        turn_over(settings)
    kept = {path.name: path.read_bytes()[:1] for path in folder.iterdir()}
    assert len(kept) == KEPT_FILES
    assert kept["kaochang.log.1"] == b"%d" % (KEPT_FILES + 1)
    (folder / "kaochang.log").write_text("small")
    turn_over(settings)
    assert (folder / "kaochang.log").read_text() == "small"
