"""A table as somebody filled it in, before anybody knows what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.domain.form_cells import EPOCH_1900
from gateway.domain.form_columns import BY_HEADING, plain
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from gateway.domain.form_cells import Cell
    from gateway.domain.form_columns import Column

At = tuple[int, int]  # row and column, from 0
HEADING_WITHIN = 25  # rows: what stands above the headings is a title, not a table
MOST_COLUMNS = 300
MOST_LINES = 5000  # with what is empty or hidden; 1,000 of them may be inburgeraars


def letters(column: int) -> str:
    """A column's name in a worksheet: A for 0, AA for 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Grid(Silent):
    """One sheet or CSV file: `rows` from the first row, hidden ones too.

    `sheet` is how its places begin, empty for a file of one table.  What stands at
    `formulas` and `errors` is not to be believed.
    """

    rows: Sequence[Sequence[Cell]]
    sheet: str = ""
    formulas: frozenset[At] = frozenset()
    errors: frozenset[At] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    epoch: date = field(default=EPOCH_1900)

    def cell(self, at: At) -> str:
        """Its place in a person's words."""
        return self._placed(f"cel {letters(at[1])}{at[0] + 1}")

    def row(self, row: int) -> str:
        """As `cell`."""
        return self._placed(f"rij {row + 1}")

    def column(self, column: int) -> str:
        """As `cell`."""
        return self._placed(f"kolom {letters(column)}")

    @property
    def whole(self) -> str:
        """The place of the table itself."""
        return self.sheet or "het bestand"

    def _placed(self, place: str) -> str:
        return f"{self.sheet}, {place}" if self.sheet else place

    def visible(self, row: int) -> Iterator[tuple[int, Cell]]:
        """The cells of a row that are not hidden and not empty, with their columns."""
        for column, cell in enumerate(self.rows[row]):
            empty = cell is None or (isinstance(cell, str) and not cell.strip())
            if not empty and column not in self.hidden_columns:
                yield column, cell

    def heading(self) -> int | None:
        """The row with the headings: the one that holds most of those we know, and the first."""
        candidates = range(min(HEADING_WITHIN, len(self.rows)))
        known = {at: len(self.headings(at)) for at in candidates if at not in self.hidden_rows}
        best = max(known, key=lambda at: (known[at], -at), default=None)
        # Two words above a table may be headings by chance; the blank form has dozens.
        return best if best is not None and known[best] >= 3 else None

    def headings(self, row: int) -> list[tuple[int, Column]]:
        """The columns that this row heads, as far as we know them."""
        return [
            (at, BY_HEADING[name])
            for at, cell in self.visible(row)
            if isinstance(cell, str) and (name := plain(cell)) in BY_HEADING
        ]
