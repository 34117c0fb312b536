"""What a cell says: dates, numbers and codes as people write them, and nothing by guessing."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.domain.categories import category_of
from gateway.domain.form_cells import EPOCH_1904, CellError, value_of
from gateway.domain.form_columns import BY_HEADING, COLUMNS, Holds, plain

if TYPE_CHECKING:
    from gateway.domain.form_cells import Cell, Value

KINDS = {each.holds: each for each in COLUMNS}
LEVEL = BY_HEADING[plain("Lezen nu")]
PLAN = BY_HEADING[plain("Soort plan")]


def said(holds: Holds, cell: Cell) -> Value | str | None:
    """What a cell of this kind of column says, or the kind of its fault."""
    try:
        return value_of(KINDS[holds], cell)
    except CellError as error:
        return error.kind


@pytest.mark.parametrize(
    "cell",
    [
        "31-1-2026",
        "31-01-2026",
        " 31-01-2026\u00a0",
        "31.1.2026",
        "31 januari 2026",
        "31 jan. 2026",
        "31-jan-2026",
        "2026-01-31",
        "2026-01-31T00:00:00",
        "46053",
        46053,
        46053.0,
        date(2026, 1, 31),
        datetime(2026, 1, 31, 14, 5),  # noqa: DTZ001 - a worksheet knows no zones
    ],
)
def test_a_day_in_every_form_that_can_be_read_in_one_way(cell: Cell) -> None:
    assert said(Holds.DATE, cell) == "2026-01-31"


@pytest.mark.parametrize(
    "cell",
    [
        "01/02/2026",  # a day of January, or of February
        "31-1-26",
        "30-02-2026",
        "31 janvier 2026",
        "volgende week",
        "2026",
        2026,
        12,
        True,
        "٣١-٠١-٢٠٢٦",
    ],
)
def test_what_may_be_another_day_is_no_date(cell: Cell) -> None:
    assert said(Holds.DATE, cell) == "cel-geen-datum"


def test_old_macintosh_workbooks_count_their_days_from_1904() -> None:
    assert value_of(KINDS[Holds.DATE], 44591, EPOCH_1904) == "2026-01-31"


@pytest.mark.parametrize(
    ("cell", "wire"),
    [
        ("1990", "1990"),
        (1990, "1990"),
        (1990.0, "1990"),
        ("06-1990", "1990-06"),
        ("1990-06", "1990-06"),
        ("00-00-1990", "1990"),
        ("00-06-1990", "1990-06"),
        ("7-6-1990", "1990-06-07"),
        (date(1990, 6, 7), "1990-06-07"),
    ],
)
def test_a_birth_date_may_be_known_in_part(cell: Cell, wire: str) -> None:
    assert said(Holds.PARTIAL_DATE, cell) == wire


@pytest.mark.parametrize(("cell", "wire"), [(12, 12), (12.0, 12), ("12", 12), ("12,0", 12)])
def test_whole_numbers(cell: Cell, wire: int) -> None:
    assert said(Holds.WHOLE, cell) == wire


@pytest.mark.parametrize("cell", ["1.234", "12,5", 12.5, "12 uur", True, "-3", "twaalf"])
def test_what_is_no_whole_number(cell: Cell) -> None:
    assert said(Holds.WHOLE, cell) == "cel-geen-heel-getal"


@pytest.mark.parametrize(
    ("cell", "wire"),
    [
        ("1.234,50", "1234.50"),
        ("1234,5", "1234.50"),
        ("1234.50", "1234.50"),
        ("€ 1.234", "1234.00"),
        ("1.234,-", "1234.00"),
        (1234.5, "1234.50"),
        (0.1 + 0.2, "0.30"),
        (7, "7.00"),
    ],
)
def test_amounts_with_a_comma_or_a_point(cell: Cell, wire: str) -> None:
    assert said(Holds.AMOUNT, cell) == wire


@pytest.mark.parametrize("cell", ["1,234", "12.345.6", 1.234, -1.0, float("inf"), "veel", True])
def test_what_is_no_amount_or_may_be_another(cell: Cell) -> None:
    assert said(Holds.AMOUNT, cell) == "cel-geen-bedrag"


@pytest.mark.parametrize("cell", ["ja", "JA", "Waar", True, 1])
def test_yes(cell: Cell) -> None:
    assert said(Holds.YES_NO, cell) is True


@pytest.mark.parametrize("cell", ["misschien", 2, "x"])
def test_neither_yes_nor_no(cell: Cell) -> None:
    assert said(Holds.YES_NO, cell) == "cel-geen-ja-of-nee"


def test_a_telephone_number_that_became_a_number_has_lost_its_zero() -> None:
    assert said(Holds.NUMBER_AS_TEXT, 612345678.0) == "cel-geen-tekst"
    assert said(Holds.NUMBER_AS_TEXT, "0612345678") == "0612345678"


@pytest.mark.parametrize("cell", ["ALFA_A", "alfa a", "Alfa-A"])
def test_a_code_is_found_however_it_is_written(cell: str) -> None:
    assert value_of(LEVEL, cell) == "ALFA_A"
    assert value_of(PLAN, "plan van aanpak") == "PLAN_VAN_AANPAK"


@pytest.mark.parametrize("cell", ["A3", 1, True, date(2026, 1, 31)])
def test_no_code_of_the_list(cell: Cell) -> None:
    with pytest.raises(CellError, match="cel-niet-in-lijst"):
        value_of(LEVEL, cell)


@pytest.mark.parametrize("holds", Holds)
@pytest.mark.parametrize("cell", ["", "  ", "\u00a0", None])
def test_an_empty_cell_says_nothing(holds: Holds, cell: Cell) -> None:
    assert said(holds, cell) is None


def test_every_column_is_one_heading_and_one_path() -> None:
    headings = {plain(each.heading) for each in COLUMNS}
    assert len(headings) == len(COLUMNS) == len({each.path for each in COLUMNS})
    free = [each.path for each in COLUMNS if each.category is None]
    assert free == ["berichttype", "wettelijkRegime", "doelgroep", "vervangt"]
    assert category_of("voortgang.taalniveaus[LE].begin") is not None
