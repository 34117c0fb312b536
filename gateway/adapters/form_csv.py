"""CSV as programs write it: three encodings, three separators, quoted line breaks (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import TYPE_CHECKING

from gateway.adapters.form_grid import MOST_COLUMNS, MOST_LINES, Grid
from gateway.adapters.form_table import document_of, unreadable

if TYPE_CHECKING:
    from gateway.domain.form_reading import FormRead

MAX_BYTES = 8 * 1024 * 1024
_SEPARATOR_LINE = re.compile(r"sep=([;,\t|])\r?\n", re.ASCII | re.IGNORECASE)  # Excel's own
# As written here, and by others, so that no program takes the cell for a formula.
DISARMED = re.compile(r"'+[=+@\-]")


def read_csv(content: bytes) -> FormRead:
    """The CSV form; raises `Reject`."""
    if len(content) > MAX_BYTES:
        raise unreadable("bestand-te-groot")
    text = _text(content)
    told = _SEPARATOR_LINE.match(text)
    if told:
        return document_of(Grid(rows=_records(text[told.end() :], told[1])))
    separator = max(";,\t", key=lambda each: _known_headings(text, each))
    return document_of(Grid(rows=_records(text, separator)))


def _known_headings(text: str, separator: str) -> int:
    grid = Grid(rows=_first_records(text, separator))
    heading = grid.heading()
    return 0 if heading is None else len(grid.headings(heading))


def _text(content: bytes) -> str:
    """UTF-8 and UTF-16 say what they are; what is neither is what Windows writes here."""
    encodings = ("utf-8-sig", "cp1252")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16", "utf-16")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise unreadable("tekens-niet-te-lezen")


def _records(text: str, separator: str, *, strict: bool = True, most: int = 0) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    rows: list[list[str]] = []
    broken = False
    try:
        for row in reader:
            rows.append([_armed(cell) for cell in row])
            if most and len(rows) >= most:
                break
            if len(rows) > MOST_LINES or len(row) > MOST_COLUMNS:
                raise unreadable("bestand-te-groot")
    except csv.Error:
        broken = True
    if broken and strict:
        raise unreadable("aanhalingstekens-kloppen-niet")
    return rows


def _first_records(text: str, separator: str) -> list[list[str]]:
    """Enough of the file to see its headings, whatever is wrong further on."""
    return _records(text, separator, strict=False, most=25)


def _armed(cell: str) -> str:
    return cell[1:] if DISARMED.match(cell) else cell
