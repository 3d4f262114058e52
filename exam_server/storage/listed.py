"""Lists into the database and out of it as JSON, in both dialects.

A list that travels as one parameter leaves the statement one text for every length: it is put
together and prepared once, and no limit of parameters is ever met. Rows that come back as one
object are put together where they are, not one by one in Python.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, String, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_Column = ColumnElement[Any] | InstrumentedAttribute[Any]


class _Texts(FunctionElement[str]):
    """The texts of a JSON array, as rows with the column ``value``."""

    name = "texts"
    inherit_cache = True
    type = String()


@compiles(_Texts, "sqlite")
def _sqlite(element: _Texts, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each{compiler.process(element.clause_expr, **options)}"


@compiles(_Texts, "postgresql")
def _postgresql(element: _Texts, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text{compiler.process(element.clause_expr, **options)}"


class _Objects(FunctionElement[Any]):
    """Aggregate: one JSON object of the group's keys and values."""

    name = "objects"
    inherit_cache = True
    type = JSON()


@compiles(_Objects, "sqlite")
def _sqlite_objects(element: _Objects, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_object{compiler.process(element.clause_expr, **options)}"


@compiles(_Objects, "postgresql")
def _postgresql_objects(element: _Objects, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_object_agg{compiler.process(element.clause_expr, **options)}"


def objects_of(key: _Column, value: _Column) -> ColumnElement[Any]:
    """One dict of each group's ``key``: ``value``."""
    return _Objects(key, value)


def listed(parameter: str) -> Select[tuple[str]]:
    """What the list of texts given as ``parameter`` holds: ``column.in_(listed("ids"))``."""
    texts = _Texts(bindparam(parameter, type_=JSON())).table_valued("value")
    return select(texts.c.value)
