"""Somebody with a spreadsheet: fills a form by its headings, as one does who sees the sheet.

Nothing here uses the gateway's own code: this is the other side.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from gateway.demo.correspondent import ProgramError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

SHEET, FIRST = "Inburgeraars", "Dossierkenmerk"


def filled(form: bytes, rows: Sequence[Mapping[str, str | int | date]]) -> bytes:
    """The ODS form with these rows below what is in it; each names its cells by heading."""
    from odfdo import Document  # noqa: PLC0415 - a third of a second, which only this act needs

    document = Document(io.BytesIO(form))
    table = document.body.get_table(name=SHEET)
    if table is None:
        raise ProgramError(f"het formulier heeft geen blad {SHEET}")
    lines = [list(line) for line in table.iter_values()]
    top = next((at for at, line in enumerate(lines) if FIRST in line), None)
    if top is None:
        raise ProgramError(f"het formulier heeft geen kolom {FIRST}")
    heading = lines[top]
    below = [at for at, line in enumerate(lines) if at > top and any(line)]
    for at, row in enumerate(rows, start=max(below, default=top) + 1):
        for name, value in row.items():
            table.set_value((heading.index(name), at), value)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()
