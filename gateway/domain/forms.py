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

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints
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


_NO_CONTROL = r"\u0000-\u001f\u007f-\u009f"
_NOT_IN_A_NAME = r"0-9@<>:;=!?()\[\]{}#%&*+_|/\\$"
NAME_PATTERN = rf"^[^{_NO_CONTROL}{_NOT_IN_A_NAME}]*$"
# A title may hold a level and a month; a citizen service number has nine digits.
TITLE_PATTERN = rf"^([^{_NO_CONTROL}0-9]*[0-9]){{0,8}}[^{_NO_CONTROL}0-9]*$"
EMAIL_PATTERN = r"^[^\s@<>]{1,64}@[^\s@<>]{1,130}$"
TELEPHONE_PATTERN = r"^[0-9+() .-]{3,25}$"


def like_a_name(text: str) -> str:
    """A line without digits and signs: a name field must not carry a number or a remark."""
    return _of_form(text, NAME_PATTERN, digits=0)


def like_a_title(text: str) -> str:
    """A line with few digits."""
    return _of_form(text, TITLE_PATTERN, digits=8)


def like_an_email(text: str) -> str:
    """One address and nothing beside it."""
    return _of_form(text, EMAIL_PATTERN)


def like_a_telephone(text: str) -> str:
    """One number and nothing beside it."""
    return _of_form(text, TELEPHONE_PATTERN)


def _of_form(text: str, pattern: str, *, digits: int = 200) -> str:
    # Counted as well: a schema's pattern knows the digits of ASCII only.
    if re.fullmatch(pattern, text) is None or sum(map(str.isnumeric, text)) > digits:
        raise PydanticCustomError("string_pattern_form", "not of this form")
    return text


def partial_date(text: str) -> str:
    """A year, a month of a year or a day that exists, each already in its written form."""
    parts = tuple(int(part) for part in text.split("-"))
    try:
        date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    except ValueError:
        raise PydanticCustomError("date_partial", "no such date") from None
    return text


Regel = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(one_line),
    Field(json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}),
]
# What is a line of text, but no place for a sentence about somebody (12.3): those
# have fields of their own, which wait for a human release.
Naam = Annotated[
    Regel, AfterValidator(like_a_name), Field(json_schema_extra={"pattern": NAME_PATTERN})
]
Titel = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, strip_whitespace=True),
    AfterValidator(one_line),
    AfterValidator(like_a_title),
    Field(json_schema_extra={"pattern": TITLE_PATTERN}),
]
Email = Annotated[
    Regel, AfterValidator(like_an_email), Field(json_schema_extra={"pattern": EMAIL_PATTERN})
]
Telefoon = Annotated[
    Regel,
    AfterValidator(like_a_telephone),
    Field(json_schema_extra={"pattern": TELEPHONE_PATTERN}),
]
