"""The description of the HTTP surface is the program's own, and nothing made from it breaks it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from exam_server.auth.budget import Budget
from proctor_console.api.access import PREFIX
from tests.builders import seeds
from tests.builders.door_policies import ADMIN, AUTHORITY, CANDIDATE, SYSTEM
from tests.builders.door_room import DoorRoom
from tests.builders.openapi import PAGE, description, routes_of, template, text

EXAMPLES = int(os.environ.get("KAOCHANG_FUZZ_EXAMPLES", "2"))  # `make fuzz` asks for more
PROGRAMS = ("application/json", "application/problem+json")


def test_the_page_is_made_from_the_program(doors: DoorRoom) -> None:
    """When this is red: ``python -m tests.builders.openapi``."""
    assert PAGE.read_text(encoding="utf-8") == text(description(doors.app))


def test_every_route_is_described(doors: DoorRoom) -> None:
    described = {
        (path, method.upper())
        for path, operations in json.loads(PAGE.read_text(encoding="utf-8"))["paths"].items()
        for method in operations
    }
    assert described == {(template(rule), method) for rule, method in routes_of(doors.app)}


def operations(doors: DoorRoom, actor: str) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """What this actor tries: a token opens its own addresses only, which the doors' matrix holds;
    and whoever has left could not try the others."""
    schema = schemathesis.openapi.from_dict(description(doors.app))
    schema.app = doors.app
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        path = found.ok().path
        other = actor == SYSTEM and not path.startswith(PREFIX)
        if not other and not path.endswith(("/logout", "/close")):
            yield found.ok()


# the library leaves the files of a streamed answer open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("actor", [CANDIDATE, ADMIN, AUTHORITY, SYSTEM])
def test_no_request_made_from_the_description_breaks_the_server(
    doors: DoorRoom, actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fits the description and what does not, by everybody who gets in anywhere: an answer
    or a refusal in its own shape, never an error."""
    endless = Budget(burst=10**9, per_second=1)
    monkeypatch.setattr(doors.day.centre, "requests", endless)
    for name in ("reports", "queries", "calls"):
        monkeypatch.setattr(doors.day.centre, name, endless)
    broken: list[str] = []
    tried = 0
    known = {
        "sitting_id": doors.day.sitting_id,
        "exam_id": doors.day.exam_id,
        "candidate_id": doors.day.people[0].id,
        "attempt_id": doors.day.attempt_id(doors.day.people[0]),
    }

    def knock(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> None:
        @seed(seeds.run_seed())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: Case[Any]) -> None:
            nonlocal tried
            tried += 1
            if tried % 2:  # what is there is hit as often as what is not
                case.path_parameters.update(
                    {name: known[name] for name in case.path_parameters if name in known}
                )
            answer = case.call(headers=doors.proof(actor))
            told = answer.headers.get("content-type", [""])[0].partition(";")[0]
            programs = operation.path.startswith(("/api/", "/console/api/"))
            shaped = told in PROGRAMS or not programs
            if answer.status_code >= 500 or not shaped:
                broken.append(f"{operation.label}: {answer.status_code} {told} {case.body!r:.300}")

        one()

    for operation in operations(doors, actor):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                knock(operation, mode)
            except Exception as error:  # nothing can be made from this one in this mode
                if "Unsatisfiable" not in type(error).__name__:
                    raise
    print(actor, tried, "requests; seed", seeds.run_seed())
    assert tried > (20 if actor == SYSTEM else 100)
    assert broken == []
