"""Reading CSV that people make: UTF-8 with or without a mark, commas or semicolons (RFC 4180).

Faults name line and column and say what to do.  They never repeat what stands
in a cell, because that is personal data.
"""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from gateway.domain.importing import CsvFaultsError, RowFault
from gateway.domain.moments import moment
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

MAX_BYTES = 50_000_000
E = TypeVar("E", bound=StrEnum)


class CellError(Exception):
    """A cell that cannot be read."""

    def __init__(self, column: str, text: str, nl: str) -> None:
        super().__init__(column)
        self.column = column
        self.text = text
        self.nl = nl


class Cells(Silent):
    """One row's cells by column."""

    __slots__ = ("_cells", "line")

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        self.line = line
        self._cells = cells

    def optional(self, column: str) -> str:
        """The cell, empty where there is none."""
        return self._cells.get(column, "").strip()

    def needed(self, column: str) -> str:
        """The cell; a fault when empty."""
        found = self.optional(column)
        if not found:
            raise CellError(column, "fill this in", "vul dit in")
        return found

    def moment(self, column: str) -> datetime | None:
        """A day or a time with its zone; None where empty."""
        found = self.optional(column)
        try:
            return moment(found) if found else None
        except ValueError:
            pass
        raise CellError(
            column,
            "write a day as 2026-01-31, or a time with its zone",
            "schrijf een dag als 2026-01-31, of een tijdstip met tijdzone",
        )

    def one_of(self, column: str, words: type[E]) -> E:
        """One of the words that may stand here."""
        return self._word(column, words, self.needed(column))

    def any_of(self, column: str, words: type[E]) -> list[E]:
        """Some of the words that may stand here, with spaces between."""
        return [self._word(column, words, word) for word in self.optional(column).split()]

    def yes(self, column: str) -> bool:
        """Yes or no; no where empty."""
        found = self.optional(column).casefold()
        if found in {"", "nee", "no", "0"}:
            return False
        if found in {"ja", "yes", "1"}:
            return True
        raise CellError(column, "write yes or no", "schrijf ja of nee")

    def _word(self, column: str, words: type[E], found: str) -> E:
        for word in words:
            if word.value.casefold() == found.casefold():
                return word
        allowed = ", ".join(word.value for word in words)
        raise CellError(column, f"write one of: {allowed}", f"schrijf een van: {allowed}")


def read_cells(
    content: bytes, needed: frozenset[str], optional: frozenset[str]
) -> Iterator[Cells | RowFault]:
    """Every row that is not empty, or what is wrong with it; raises `CsvFaultsError`.

    Raised is what makes the rest unreadable: the encoding, the header, the quoting.
    """
    rows = _records(_text(content))
    _, header = next(rows, (1, [""]))
    columns = _columns(header, needed, optional)
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            yield RowFault(
                line=line,
                column="",
                text=f"this row has {len(cells)} cells, the header has {len(columns)}",
                nl=f"deze rij heeft {len(cells)} cellen, de kopregel heeft er {len(columns)}",
            )
        else:
            yield Cells(line, dict(zip(columns, cells, strict=True)))


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _fatal(1, "", "this file is too large", "dit bestand is te groot")
    line = 0
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text, line = "", content.count(b"\n", 0, error.start) + 1
    if line:
        raise _fatal(line, "", "save this file as UTF-8", "sla dit bestand op als UTF-8")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _fatal(line, "", "this is not a text file", "dit is geen tekstbestand")
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    broken = 0
    while not broken:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            broken = line
            continue
        yield line, cells
        line = reader.line_num + 1
    raise _fatal(broken, "", "quotes do not match here", "aanhalingstekens kloppen hier niet")


def _columns(header: list[str], needed: frozenset[str], optional: frozenset[str]) -> list[str]:
    columns = [name.strip().casefold() for name in header]
    known = needed | optional
    # The file's own words are not repeated: a file without a header begins with a person.
    unknown = [at for at, name in enumerate(columns, start=1) if name not in known]
    faults = [
        RowFault(
            line=1,
            column="",
            text=f"column {at} is not one of: {', '.join(sorted(known))}",
            nl=f"kolom {at} is niet een van: {', '.join(sorted(known))}",
        )
        for at in unknown
    ]
    for name in sorted(known):
        if name in needed and name not in columns:
            faults.append(RowFault(line=1, column=name, text="add this column", nl="voeg toe"))
        if columns.count(name) > 1:
            faults.append(RowFault(line=1, column=name, text="stands twice", nl="staat er dubbel"))
    if faults:
        raise CsvFaultsError(tuple(faults))
    return columns


def _fatal(line: int, column: str, text: str, nl: str) -> CsvFaultsError:
    return CsvFaultsError((RowFault(line=line, column=column, text=text, nl=nl),))
