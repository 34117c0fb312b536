"""Tables as CSV (RFC 4180) that programs read back, and no program takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Where a spreadsheet sees a cell begin: also inside one of ours, because it separates by what
# its country is used to, and then no quotes of ours keep a cell together.
_BEGINS = re.compile(r'(^|[;,\t\r\n]"*)(?=[=+\-@\t\r])')


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark, which Excel needs; every cell `disarmed`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([disarmed(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def disarmed(cell: str) -> str:
    """The same with an apostrophe before whatever a spreadsheet would reckon with."""
    return _BEGINS.sub(r"\1'", cell)
