"""``column IN (...)`` for any number of texts by one and the same statement.

A list of parameters makes a new statement of every length, which each database
has to parse anew; one array, or one JSON text on SQLite, does not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import ARRAY, Boolean, ColumnElement, String, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.operators import OperatorType


class _Texts(TypeDecorator[list[str]]):
    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(String))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


class _Among(FunctionElement[bool]):
    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:
        """A condition as it stands: written as ``... = 1``, no index would be used."""
        return self


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608 - a column's name and a placeholder


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({given})"


def among(column: ColumnElement[str], values: Collection[str]) -> ColumnElement[bool]:
    """Whether the column's text is one of these; never, when there are none."""
    return _Among(column, bindparam(None, list(values), type_=_Texts(), unique=True))


def among_given(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """As `among`, for a list that is given as `name` when the statement is executed."""
    return _Among(column, bindparam(name, type_=_Texts()))
