"""Places in a form, as its readers write them, in the language of a letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.form_grid import Grid
from gateway.adapters.place_words import place_in
from gateway.adapters.words import Words
from gateway.domain.texts import Language

NL, EN = Words(Language.NL), Words(Language.EN)
PLACES = {
    "blad 'Inburgeraars', cel F7": "sheet 'Inburgeraars', cell F7",
    "blad 2, rij 4": "sheet 2, row 4",
    "blad 3 (verborgen)": "sheet 3 (hidden)",
    "kolom AB": "column AB",
    "kolom 'Gevolgde uren, formeel'": "column 'Gevolgde uren, formeel'",
    "bladzijde 2": "page 2",
    "deze rij": "this row",
    "het formulier": "the form",
}


@pytest.mark.parametrize(("dutch", "english"), PLACES.items())
def test_a_place_is_said_in_the_language_of_the_letter(dutch: str, english: str) -> None:
    assert place_in(NL, dutch) == dutch
    assert place_in(EN, dutch) == english


@given(
    sheet=st.sampled_from(["", "blad 'Inburgeraars'", "blad 2"]),
    row=st.integers(0, 5000),
    column=st.integers(0, 700),
)
def test_every_place_of_a_table_is_known(sheet: str, row: int, column: int) -> None:
    grid = Grid(rows=(), sheet=sheet)
    for place in (grid.cell((row, column)), grid.row(row), grid.column(column), grid.whole):
        assert place_in(NL, place) == place
        assert not {"blad", "cel", "rij", "kolom", "bestand"} & set(place_in(EN, place).split())


@given(st.text())
def test_what_is_no_place_stays_as_it_is(text: str) -> None:
    assert place_in(NL, text) == text
