"""``column IN (a list)``, however long the list is.

The list travels as one JSON parameter: the statement has one text for every length, so that it
is put together and prepared once, and no limit of parameters is ever met.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Select, String, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


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


def listed(parameter: str) -> Select[tuple[str]]:
    """What the list of texts given as ``parameter`` holds: ``column.in_(listed("ids"))``."""
    texts = _Texts(bindparam(parameter, type_=JSON())).table_valued("value")
    return select(texts.c.value)
