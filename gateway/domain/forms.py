"""How dates, numbers and texts are written on the wire: one way each.

pydantic is generous (a date may be a number of seconds, a uuid a urn); what can
be written in two ways can be read in two ways, so only the RFC 3339 and RFC 9562
forms that the schema promises are read.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from gateway.domain.wire import Json

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_AMOUNT = re.compile(r"\d{1,6}(\.\d{1,2})?", re.ASCII)


def _date(value: object) -> object:
    if isinstance(value, (int, float)) or (isinstance(value, str) and not _DATE.fullmatch(value)):
        raise PydanticCustomError("date_form", "not a full date")
    return value


def _moment(value: object) -> object:
    if isinstance(value, (int, float)) or (isinstance(value, str) and not _MOMENT.fullmatch(value)):
        raise PydanticCustomError("date_form", "not a date and time with an offset")
    return value


def _uuid(value: object) -> object:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise PydanticCustomError("uuid_form", "not a uuid")
    return value


def _amount(value: object) -> object:
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise PydanticCustomError("decimal_form", "not an amount")
    return value


Datum = Annotated[date, BeforeValidator(_date)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Kenmerk = Annotated[UUID, BeforeValidator(_uuid)]
AsDecimal = BeforeValidator(_amount)
AMOUNT_SCHEMA: dict[str, Json] = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 999999.99},
        {"type": "string", "pattern": f"^{_AMOUNT.pattern}$"},
    ]
}


def printable(text: str) -> str:
    """Text without control characters other than line feed and tab, and without hidden ones."""
    if any(not (char.isprintable() or char in "\n\t") for char in text):
        raise PydanticCustomError("control", "control character")
    return text


def one_line(text: str) -> str:
    """As `printable`, on one line: it must not be able to pass for a line of a letter."""
    if not text.isprintable():
        raise PydanticCustomError("control", "control character")
    return text


def partial_date(text: str) -> str:
    """A year, a month of a year or a day that exists, each already in its written form."""
    parts = tuple(int(part) for part in text.split("-"))
    try:
        date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    except ValueError:
        raise PydanticCustomError("date_partial", "no such date") from None
    return text
