"""SQL that SQLAlchemy wrote once is not written again for the next test's database.

Each engine forgets what it wrote when it is closed, and nearly every test opens one or more: a
quarter of the processor's time of tests on a database went into writing the same statements.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy.util
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

if TYPE_CHECKING:
    from sqlalchemy import Engine

MOST = 3_000  # statements; a whole run has about that many


class _Written(LRUCache[Any, Any]):
    """By kind and version of the database instead of by engine; the rest of the key is kept."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_anywhere(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_anywhere(key), value)


def _anywhere(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return type(dialect), dialect.server_version_info, *rest


def share_statements() -> None:
    """For all engines that this process makes from now on."""
    written = _Written(MOST)

    def created(_cls: type[DefaultDialect], engine: Engine) -> None:
        engine._compiled_cache = written

    # What the constructor of a class takes is asked for every value of every statement.
    sqlalchemy.util.get_cls_kwargs = cache(sqlalchemy.util.get_cls_kwargs)  # type: ignore[assignment] # only looked at
    # What SQLAlchemy calls with each engine that it has made; it does nothing otherwise.
    DefaultDialect.engine_created = classmethod(created)  # type: ignore[method-assign, assignment] # replaced for good
