"""The description of the HTTP surface is the program's own, and nothing made from it breaks it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
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


def operations(doors: DoorRoom) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """What is tried: whoever has left could not try the others."""
    schema = schemathesis.openapi.from_dict(description(doors.app))
    schema.app = doors.app
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        if not found.ok().path.endswith(("/logout", "/close")):
            yield found.ok()


def who_tries(path: str) -> tuple[str, ...]:
    """A token opens its own addresses only, which the doors' matrix holds."""
    people = (CANDIDATE, ADMIN, AUTHORITY)
    return (*people, SYSTEM) if path.startswith(PREFIX) else people


# the library leaves the files of a streamed answer open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_request_made_from_the_description_breaks_the_server(
    doors: DoorRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fits the description and what does not, by everybody who gets in anywhere: an answer
    or a refusal in its own shape, never an error."""
    endless = Budget(burst=10**9, per_second=1)
    monkeypatch.setattr(doors.day.centre, "requests", endless)
    for name in ("reports", "queries", "calls"):
        monkeypatch.setattr(doors.day.centre, name, endless)
    broken: list[str] = []
    tried: Counter[str] = Counter()
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
            if tried[CANDIDATE] % 2:  # what is there is hit as often as what is not
                case.path_parameters.update(
                    {name: known[name] for name in case.path_parameters if name in known}
                )
            for actor in who_tries(operation.path):
                tried[actor] += 1
                if told := what_broke(operation, case, doors.proof(actor)):
                    broken.append(f"{operation.label} by {actor}: {told} {case.body!r:.300}")

        one()

    for operation, mode in product(operations(doors), GenerationMode):
        with suppress(Unsatisfiable):  # nothing can be made from this one in this mode
            knock(operation, mode)
    print(tried, "requests; seed", seeds.run_seed())
    assert tried[SYSTEM] > 20
    assert min(tried[CANDIDATE], tried[ADMIN], tried[AUTHORITY]) > 100
    assert broken == []


def what_broke(
    operation: APIOperation[Any, Any, Any, Any], case: Case[Any], proof: dict[str, str]
) -> str:
    """Status and media type of what is no answer; "" for an answer."""
    answer = case.call(headers=proof)
    told = answer.headers.get("content-type", [""])[0].partition(";")[0]
    programs = operation.path.startswith(("/api/", "/console/api/"))
    shaped = told in PROGRAMS or not programs
    return "" if answer.status_code < 500 and shaped else f"{answer.status_code} {told}"
