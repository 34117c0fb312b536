"""What a cell of a form says, on the wire: dates as Dutch people write them, decimal commas.

A cell that can be read in two ways is a fault, not a guess.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from gateway.domain.form_columns import Column, Holds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.wire import Json

Cell: TypeAlias = str | int | float | bool | date | datetime | None
Value: TypeAlias = str | int | bool

EPOCH_1900 = date(1899, 12, 30)  # Excel counts 29 February 1900, which never was
EPOCH_1904 = date(1904, 1, 1)  # of old Macintoshes
LONGEST = 4000  # characters: no field of the bijsluiter holds an eighth of it
_SPACES = re.compile(r"[\u00a0\u2007\u202f]")
_DAY_FIRST = re.compile(r"(\d{1,2})[-. ](\d{1,2})[-. ](\d{4})", re.ASCII)
_DAY_IN_WORDS = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[t ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_MONTH_ONLY = re.compile(r"(?:00?-)?(\d{1,2})-(\d{4})", re.ASCII)
_SERIAL = re.compile(r"\d{5}", re.ASCII)
_WHOLE = re.compile(r"(\d{1,6})(?:,0+)?", re.ASCII)
_AMOUNT = re.compile(r"(\d+)(?:[.,](\d{1,2}))?", re.ASCII)
_THOUSANDS = re.compile(r"(\d{1,3}(?:\.\d{3})+)(?:,(\d{1,2}))?", re.ASCII)
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_SHORT_MONTHS = {name[:3]: at for at, name in enumerate(_MONTHS, start=1)} | {"mrt": 3}
_YES_NO = {"ja": True, "j": True, "waar": True, "true": True, "1": True} | {
    "nee": False, "n": False, "onwaar": False, "false": False, "0": False
}  # fmt: skip


class CellError(Exception):
    """A cell that cannot be read; `kind` is a code of the fault catalogue."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def clean(cell: Cell) -> Cell:
    """Without spaces around it, its lines ended in one way; an empty text is no cell."""
    if not isinstance(cell, str):
        return cell
    if len(cell) > LONGEST:
        raise CellError("cel-te-lang")
    lines = cell.replace("\r\n", "\n").replace("\r", "\n")
    return _SPACES.sub(" ", lines).strip() or None


def value_of(column: Column, cell: Cell, epoch: date = EPOCH_1900) -> Value | None:
    """The value on the wire, None for an empty cell; raises `CellError`.

    `epoch` is what the workbook counts its days from.
    """
    found = clean(cell)
    return None if found is None else _READ[column.holds](column, found, epoch)


def _text(_column: Column, cell: Cell, _epoch: date) -> Value:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and _is_whole(cell):
        return str(int(cell))
    raise CellError("cel-geen-tekst")


def _digits(_column: Column, cell: Cell, _epoch: date) -> Value:
    # A program that took it for a number has thrown the zero at its front away.
    if isinstance(cell, str):
        return cell
    raise CellError("cel-geen-tekst")


def _code(column: Column, cell: Cell, _epoch: date) -> Value:
    if isinstance(cell, str):
        wanted = _folded(cell)
        for code in column.codes:
            if _folded(code) == wanted:
                return code
    raise CellError("cel-niet-in-lijst")


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()


def _yes_no(_column: Column, cell: Cell, _epoch: date) -> Value:
    if isinstance(cell, bool):
        return cell
    said = str(int(cell)) if isinstance(cell, (int, float)) and _is_whole(cell) else cell
    if isinstance(said, str) and said.casefold() in _YES_NO:
        return _YES_NO[said.casefold()]
    raise CellError("cel-geen-ja-of-nee")


def _whole(_column: Column, cell: Cell, _epoch: date) -> Value:
    if isinstance(cell, bool):
        raise CellError("cel-geen-heel-getal")
    if isinstance(cell, (int, float)) and _is_whole(cell):
        return int(cell)
    found = _WHOLE.fullmatch(cell) if isinstance(cell, str) else None
    if found is None:
        raise CellError("cel-geen-heel-getal")
    return int(found[1])


def _amount(_column: Column, cell: Cell, _epoch: date) -> Value:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_number(cell)
    text = re.sub(r"(?i)€|eur(o)?|\s", "", cell) if isinstance(cell, str) else ""
    text = re.sub(r",[-–]+$", "", text)  # 1.234,- is written with either
    found = _AMOUNT.fullmatch(text) or _THOUSANDS.fullmatch(text)
    if found is None or len(found[1]) > 12:
        raise CellError("cel-geen-bedrag")
    euros, cents = found.groups("")
    euros = euros.replace(".", "")
    return f"{int(euros)}.{cents.ljust(2, '0')}"


def _from_number(cell: float) -> str:
    if not math.isfinite(cell) or not 0 <= cell < 1e9:
        raise CellError("cel-geen-bedrag")
    cents = Decimal(repr(cell)).quantize(Decimal("0.01"))
    # A program's sum may be off by its last bit; more than that is a third decimal.
    if abs(float(cents) - cell) > 1e-6:
        raise CellError("cel-geen-bedrag")
    return str(cents)


def _date(_column: Column, cell: Cell, epoch: date) -> Value:
    found = _day(cell, epoch)
    if found is None:
        raise CellError("cel-geen-datum")
    return found.isoformat()


def _partial_date(_column: Column, cell: Cell, epoch: date) -> Value:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 1900 <= cell <= 2099:
        cell = str(int(cell)) if _is_whole(cell) else ""
    if isinstance(cell, str) and (partly := _partly(cell)):
        return partly
    return _date(_column, cell, epoch)


def _partly(text: str) -> str:
    """A year, or a month of a year, with zeros for what is not known as the BRP writes it."""
    if re.fullmatch(r"[12]\d{3}(-(0[1-9]|1[0-2]))?", text, re.ASCII):
        return text
    if year := re.fullmatch(r"00?-00?-([12]\d{3})", text, re.ASCII):
        return year[1]
    found = _MONTH_ONLY.fullmatch(text)
    if found and 1 <= int(found[1]) <= 12:
        return f"{found[2]}-{int(found[1]):02}"
    return ""


def _day(cell: Cell, epoch: date) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, (int, float)):
        # Five digits: from 1927 to 2173; fewer might as well be a year or a number of hours.
        return epoch + timedelta(days=int(cell)) if 10_000 <= cell < 100_000 else None
    return _written_day(cell.casefold(), epoch)


def _written_day(text: str, epoch: date) -> date | None:
    if _SERIAL.fullmatch(text):
        return _day(int(text), epoch)
    if found := _YEAR_FIRST.fullmatch(text):
        return _existing(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        return _existing(int(found[3]), int(found[2]), int(found[1]))
    if found := _DAY_IN_WORDS.fullmatch(text):
        month = _month(found[2])
        return _existing(int(found[3]), month, int(found[1])) if month else None
    return None


def _month(word: str) -> int:
    number = _SHORT_MONTHS.get(word[:3], 0)
    whole = len(word) == 3 or word == "sept" or (number and _MONTHS[number - 1] == word)
    return number if whole else 0


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_whole(cell: float) -> bool:
    return math.isfinite(cell) and cell == int(cell) and abs(cell) < 1e15


_READ: Mapping[Holds, Callable[[Column, Cell, date], Value]] = {
    Holds.TEXT: _text,
    Holds.LONG_TEXT: _text,
    Holds.NUMBER_AS_TEXT: _digits,
    Holds.CODE: _code,
    Holds.DATE: _date,
    Holds.PARTIAL_DATE: _partial_date,
    Holds.WHOLE: _whole,
    Holds.AMOUNT: _amount,
    Holds.YES_NO: _yes_no,
}


def cell_of(column: Column, value: Json) -> Cell:
    """A value of the wire as the form shows it: the other way round."""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if column.holds is Holds.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if column.holds is Holds.PARTIAL_DATE and isinstance(value, str):
        return "-".join(reversed(value.split("-")))
    if column.holds is Holds.AMOUNT and value is not None:
        return float(Decimal(str(value)))
    return value if isinstance(value, (str, int)) else None
