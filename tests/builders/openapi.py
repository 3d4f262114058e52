"""``python -m tests.builders.openapi``: docs/reference/openapi.json from the program itself.

Paths and methods are the application's routes, bodies the types (or form fields) that each view
parses, roles the policies of the door matrix: nothing here is written twice, so nothing drifts.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask
from werkzeug.routing import Rule

from exam_client.routes import COOKIE
from exam_server.storage.migrate import upgrade
from proctor_console.api.access import PREFIX
from proctor_console.frame.access import STAFF_COOKIE
from tests.builders.door_policies import ANONYMOUS, EVERYBODY, NOBODY, POLICIES, UNFINISHED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READS = ("GET",)
PARSERS = {"body", "ask"}  # what turns a request's body into a type, in either face
ID = "^[0-9abcdefghjkmnpqrstvwxyz]{20}$"
_REF = "#/components/schemas/{name}"
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "title_en", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "title_en": {"type": "string"},
        "status": {"type": "integer"},
        "facts": {"type": "object"},
        "rows": {"type": "array", "items": {"type": "object"}},
    },
}


def description(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every route of ``app``."""
    routes = sorted(routes_of(app), key=lambda one: (one[0].rule, one[1]))
    bodies = {rule.endpoint: typed(app.view_functions[rule.endpoint]) for rule, _ in routes}
    kinds = sorted({one for one in bodies.values() if one}, key=_full_name)
    refs, schemas = msgspec.json.schema_components(kinds, ref_template=_REF)
    shapes = dict(zip(kinds, refs, strict=True))
    paths: dict[str, Any] = {}
    for rule, method in routes:
        view = app.view_functions[rule.endpoint]
        kind = bodies[rule.endpoint]
        operation = _operation(rule, method, view, shapes[kind] if kind else None)
        paths.setdefault(template(rule), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kaochang 考场", "version": "0.1.0", "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "securitySchemes": {
                "terminal": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "staff": {"type": "apiKey", "in": "cookie", "name": STAFF_COOKIE},
                "system": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def routes_of(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with every method it takes."""
    for rule in app.url_map.iter_rules():
        yield from ((rule, method) for method in METHODS if method in (rule.methods or ()))


def template(rule: Rule) -> str:
    """The address as OpenAPI writes it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def text(document: dict[str, Any]) -> str:
    """The description as it stands in the file."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def typed(view: Callable[..., Any]) -> type | None:
    """The type a view parses its request's body into, by the view's own source."""
    for call in _calls(view):
        name = getattr(call.func, "id", "")
        if name in PARSERS and call.args and isinstance(call.args[0], ast.Name):
            found = view.__globals__[call.args[0].id]
            assert isinstance(found, type)
            return found
    return None


def form_fields(view: Callable[..., Any]) -> list[str]:
    """The fields a plain form's view reads, by the view's own source."""
    return _read_by(view, "request.form.get", "request.form.getlist", "_typed", "typed", "uploaded")


def query_fields(view: Callable[..., Any]) -> list[str]:
    """The parameters behind the ``?`` that a view reads, itself or through its page."""
    found = set(_read_by(view, "request.args.get"))
    for call in _calls(view):
        helper = view.__globals__.get(getattr(call.func, "id", ""))
        if inspect.isfunction(helper) and _face(helper) == _face(view):
            found.update(query_fields(helper))
    return sorted(found)


def _face(function: Callable[..., Any]) -> str:
    return function.__module__.partition(".")[0]


def _read_by(view: Callable[..., Any], *readers: str) -> list[str]:
    return sorted(
        {
            call.args[0].value
            for call in _calls(view)
            if ast.unparse(call.func) in readers
            and call.args
            and isinstance(call.args[0], ast.Constant)
            and isinstance(call.args[0].value, str)
        }
    )


def _calls(view: Callable[..., Any]) -> Iterator[ast.Call]:
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(view)))
    tree = ast.parse(source) if "def " in source else ast.parse("0")
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _operation(
    rule: Rule, method: str, view: Callable[..., Any], shape: dict[str, Any] | None
) -> dict[str, Any]:
    policy = POLICIES[rule.endpoint, method]
    console, system = rule.rule.startswith("/console/"), rule.rule.startswith(PREFIX)
    operation: dict[str, Any] = {
        "operationId": f"{rule.endpoint}.{method}",
        "summary": (inspect.getdoc(view) or rule.endpoint).partition("\n\n")[0].replace("\n", " "),
        "parameters": [
            *(_parameter(name) for name in sorted(rule.arguments)),
            *(_query(name) for name in query_fields(view)),
        ],
        "responses": _responses(rule),
        "x-roles": sorted(policy.may - NOBODY - {UNFINISHED}),
    }
    if policy.may != EVERYBODY:
        way_in = "system" if system else "staff" if console else "terminal"
        operation["security"] = [{way_in: []}]
    if method not in READS:
        header = "Idempotency-Key" if system else "X-CSRF-Token" if console else "X-Kaochang"
        operation["parameters"].append(
            {"name": header, "in": "header", "required": system, "schema": {"type": "string"}}
        )
        if shape is not None:
            content = {"application/json": {"schema": shape}}
            operation["requestBody"] = {"required": True, "content": content}
        elif fields := form_fields(view):
            operation["requestBody"] = _form(fields)
    assert ANONYMOUS in policy.may or "security" in operation
    return operation


def _parameter(name: str) -> dict[str, Any]:
    pattern = {"digest": "^[0-9a-f]{64}$"}.get(name, ID if name.endswith("_id") else "^.+$")
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


def _responses(rule: Rule) -> dict[str, Any]:
    programs = rule.rule.startswith(("/api/", "/console/api/"))
    kind = "application/json" if programs or rule.rule == "/healthz" else "*/*"
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}
    return {
        "2XX": {"description": "done", "content": {kind: {}}},
        "4XX": {
            "description": "refused, with cause and remedy",
            **({"content": problem} if programs else {}),
        },
    }


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _form(fields: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    return {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def main() -> None:
    """Write the page."""
    from tests.builders.office import Office

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/kaochang.sqlite3"
        upgrade(url)
        office = Office(url, Path(folder) / "centre")
        PAGE.write_text(text(description(office.app)), encoding="utf-8")
        office.close()
    print(PAGE)


if __name__ == "__main__":
    main()
