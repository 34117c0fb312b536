"""What somebody typed in a field, in the form that travels: dates, numbers, amounts, choices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.adapters.pdf_form import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.wire import Json

_DUTCH = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"(\d{1,2})[-/. ](\d{4})", re.ASCII)
_ISO_PART = re.compile(r"\d{4}(-\d{2})?", re.ASCII)
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
# 1234,56 or 1.234,56 or 1234.56, with or without a euro sign before it.
_AMOUNT = re.compile(r"(?:€\s*)?(\d{1,3}(?:\.\d{3})+|\d{1,6})(?:,(\d{1,2})|,-)?", re.ASCII)
_POINTED = re.compile(r"(?:€\s*)?(\d{1,6})\.(\d{1,2})", re.ASCII)


class UnreadableValueError(ValueError):
    """Not what the field asks for; says which fault it is, and not what stood there."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def said_by(field: Field, text: str) -> Json:
    """The value on the wire, None for an empty field; raises `UnreadableValueError`."""
    if not text:
        return None
    if field.length and len(text) > field.length:
        raise UnreadableValueError("cel-te-lang")
    reader = _READERS.get(field.kind)
    # The codes of a choice are those of the bijsluiter, and are checked with it.
    return text if reader is None else reader(text)


def _date(text: str) -> str:
    if _ISO.fullmatch(text):
        return text
    found = _DUTCH.fullmatch(text)
    if found is None:
        raise UnreadableValueError("cel-geen-datum")
    day, month, year = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}"


def _partial(text: str) -> str:
    if _ISO_PART.fullmatch(text):
        return text
    found = _MONTH.fullmatch(text)
    if found is None:
        return _date(text)
    month, year = found.groups()
    return f"{year}-{month:0>2}"


def _number(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise UnreadableValueError("cel-geen-heel-getal")
    return int(text)


def _amount(text: str) -> str:
    found = _AMOUNT.fullmatch(text) or _POINTED.fullmatch(text)
    if found is None:
        raise UnreadableValueError("cel-geen-bedrag")
    euros, cents = found.groups()
    return f"{euros.replace('.', '')}.{cents}" if cents else euros.replace(".", "")


def _yes_or_no(text: str) -> bool:
    if text.casefold() not in {"ja", "nee"}:
        raise UnreadableValueError("cel-geen-ja-of-nee")
    return text.casefold() == "ja"


_READERS: dict[Kind, Callable[[str], Json]] = {
    Kind.TICK: bool,
    Kind.DATE: _date,
    Kind.PARTIAL_DATE: _partial,
    Kind.NUMBER: _number,
    Kind.AMOUNT: _amount,
    Kind.YES_NO: _yes_or_no,
}
