"""A table that people open in a spreadsheet runs nothing, whatever somebody wrote in it."""

from __future__ import annotations

import csv
import io

import pytest

from gateway.adapters.csv_writing import disarmed, table

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "x;=1+1",
    'x;"=1+1',
    "x,=1+1",
    "x\n=1+1",
    "x\t@SUM(A1)",
    "x;;-1",
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_begins_a_formula_whatever_separates(cell: str, delimiter: str) -> None:
    """A Dutch spreadsheet separates by semicolons, and takes no notice of our quotes."""
    text = table(("a", "b"), [("ref", cell), (cell, "z")]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    rows += [line.split(delimiter) for line in text.splitlines()]
    begins = [found.lstrip('"') for row in rows for found in row]
    assert not [found for found in begins if found.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("cell", ["", "Jansen", "a-b", "1, -2", "2026-03-01", "a; b", "x=y"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert disarmed(cell) == cell
