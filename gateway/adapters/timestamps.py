"""Instants as they are kept: whole microseconds since 1970 in UTC, on every database alike.

SQLite has no instants and PostgreSQL's arrive with a session's time zone; a
number sorts, compares and is indexed the same way on both.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 in UTC; raises `ValueError` for a time without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (instant - _EPOCH) // _MICROSECOND


def instant_at(count: int) -> datetime:
    """The instant, in UTC, so many microseconds after 1970 began."""
    return _EPOCH + count * _MICROSECOND


class UtcTime(TypeDecorator[datetime]):
    """A column of instants; exact to the microsecond, always read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else instant_at(value)
