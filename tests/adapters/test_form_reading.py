"""A table becomes a document: headings wherever they are, faults by cell, the rest withheld."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from gateway.domain.form_columns import COLUMNS
from gateway.domain.form_reading import FormKind, place_of
from gateway.domain.outcomes import Ended
from gateway.domain.stages import Checked
from gateway.domain.stops import Fault, Reason, Reject
from tests import forms, generators
from tests.forms import HEADINGS, NEEDED, PERSON, csv_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

CSV = FormKind.CSV


def workbook(
    fill: Callable[[Workbook, Worksheet], None] = lambda _book, _sheet: None,
    *,
    name: str = "Inburgeraars",
    **options: bool,
) -> bytes:
    """A workbook with one person in it, and whatever `fill` does besides."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, **options})
    sheet = book.add_worksheet(name)
    for at, (heading, cell) in enumerate(zip(NEEDED, PERSON, strict=True)):
        sheet.write_string(0, at, heading)
        sheet.write_string(1, at, cell)
    fill(book, sheet)
    book.close()
    return made.getvalue()


def stop_of(kind: FormKind, content: bytes) -> Reject:
    """How the form as a whole is refused."""
    found = forms.outcome(kind, content)
    assert isinstance(found, Reject)
    return found


def rows(kind: FormKind, content: bytes) -> tuple[Checked | Ended, ...]:
    """What becomes of each row of a form that is not refused."""
    found = forms.outcome(kind, content)
    assert not isinstance(found, Reject)
    return found


def places(kind: FormKind, content: bytes) -> list[tuple[str, str]]:
    """Each fault of its rows: where the sender is told to look, and what is wrong."""
    read = forms.read(kind, content)
    return [(place_of(read.located, each.path), each.kind) for each in read.faults]


def test_columns_are_found_wherever_they_were_moved() -> None:
    order = [3, 0, 5, 1, 4, 2]
    moved = csv_of(
        ["Overzicht van onze school"],
        [],
        ["", *(f" {NEEDED[at].upper()}* " for at in order)],
        ["", *(PERSON[at] for at in order)],
    )
    assert forms.reports(forms.read(CSV, moved)) == forms.reports(
        forms.read(CSV, csv_of(NEEDED, PERSON))
    )


def test_columns_of_their_own_are_named_by_letter_and_never_by_what_they_say() -> None:
    content = csv_of(
        [*NEEDED, "is vaak ziek", "leeg"], [*PERSON, "ja", ""], [*PERSON[:1], *PERSON[1:], "", ""]
    )
    read = forms.read(CSV, content)
    assert read.withheld == ("kolom G (kop staat niet in ons formulier)",)
    assert b"ziek" not in read.document
    [first, _] = rows(CSV, content)
    assert isinstance(first, Checked)
    assert Fault(path="formulier[0]", kind="formulier-niet-gelezen") in first.remarks


def test_a_heading_that_stands_twice_costs_the_form() -> None:
    content = csv_of([*NEEDED, "achternaam"], [*PERSON, "Andersnaam"])
    assert forms.kinds_of(stop_of(CSV, content)) == ["kop-staat-dubbel"]
    assert places(CSV, content) == [("kolom B en kolom G", "kop-staat-dubbel")]


@pytest.mark.parametrize("missing", range(6))
def test_a_heading_that_is_missing_is_named(missing: int) -> None:
    stop = stop_of(CSV, csv_of([*NEEDED[:missing], *NEEDED[missing + 1 :]], PERSON[1:]))
    assert stop.reasons == (Reason.FAULTY_DOCUMENT,)
    assert "kop-ontbreekt" in forms.kinds_of(stop)


def test_one_faulty_row_costs_only_that_row_and_names_its_cells() -> None:
    faulty = ["DH-2026-2", "Voorbeeldnaam", "gisteren", "RAPPORT", *PERSON[4:]]
    content = csv_of(NEEDED, PERSON, faulty, ["DH-2026-3", *PERSON[1:]])
    first, second, third = rows(CSV, content)
    assert isinstance(first, Checked)
    assert isinstance(third, Checked)
    assert isinstance(second, Ended)
    assert second.stop.reasons == (Reason.FAULTY_REPORT,)
    assert [(each.path, each.kind) for each in second.stop.faults] == [
        ("berichten[1].betrokkene.geboortedatum", "cel-geen-datum"),
        ("berichten[1].berichttype", "cel-niet-in-lijst"),
    ]
    assert places(CSV, content) == [("cel C3", "cel-geen-datum"), ("cel D3", "cel-niet-in-lijst")]


def test_what_is_missing_is_named_by_its_empty_cell() -> None:
    content = csv_of([*NEEDED, "Periode van", "Periode tot en met"], [*PERSON, "01-01-2026", ""])
    [only] = rows(CSV, content)
    assert isinstance(only, Ended)
    read = forms.read(CSV, content)
    assert [place_of(read.places, each.path) for each in only.stop.faults] == ["cel H2"]


@pytest.mark.parametrize("typed", ["", "nummer 3"])
def test_a_correction_without_a_number_of_ours_is_told_in_which_cell_it_goes(typed: str) -> None:
    row = ["CORRECTIE" if each == "VOORTGANG" else each for each in PERSON]
    content = csv_of([*NEEDED, "Vervangt bericht"], [*row, typed])
    [only] = rows(CSV, content)
    read = forms.read(CSV, content)
    assert isinstance(only, Ended)
    path = "berichten[0].vervangt"
    assert path in {each.path for each in only.stop.faults}
    assert place_of(read.places, path) == "cel G2"


def test_the_example_row_is_about_nobody_until_somebody_fills_it_in() -> None:
    example = [*PERSON]
    example[0:3] = ["voorbeeld", "Voorbeeld", "31-01-1990"]
    assert len(forms.reports(forms.read(CSV, csv_of(NEEDED, example, PERSON)))) == 1
    example[1] = "Fictief"
    assert places(CSV, csv_of(NEEDED, example, PERSON)) == [("rij 2", "voorbeeldrij-gewijzigd")]


def test_the_same_row_is_the_same_report_in_any_form_and_a_corrected_one_another() -> None:
    sent = generators.bericht(1)
    numbers = set()
    for kind in forms.TABLES:
        [found] = rows(kind, forms.filled(kind, sent))
        assert isinstance(found, Checked)
        numbers.add(found.bericht.bericht_id)
    assert len(numbers) == 1
    betrokkene = {**generators.betrokkene(1), "voornamen": "Anders"}
    [other] = rows(CSV, forms.filled(CSV, {**sent, "betrokkene": betrokkene}))
    assert isinstance(other, Checked)
    assert other.bericht.bericht_id not in numbers


def test_a_row_that_stands_twice_is_the_same_report_twice() -> None:
    first, second = rows(CSV, csv_of(NEEDED, PERSON, PERSON))
    assert isinstance(first, Checked)
    assert isinstance(second, Ended)
    assert second.stop.reasons == (Reason.NUMBER_TWICE,)
    assert forms.kinds_of(second.stop) == ["rij-staat-dubbel"]


def test_the_school_speaks_for_itself() -> None:
    other = csv_of([*NEEDED, "Instellingsnummer"], [*PERSON, "99ZZ999999"])
    assert stop_of(CSV, other).reasons == (Reason.OTHER_PROVIDER,)
    two = csv_of([*NEEDED, "Instellingsnummer"], [*PERSON, "99ZZ999999"], [*PERSON, "88ZZ999999"])
    assert forms.kinds_of(stop_of(CSV, two)) == ["instellingsnummers-verschillen"]


@pytest.mark.parametrize("kind", [FormKind.XLSX, FormKind.ODS])
def test_another_version_is_refused_by_name(kind: FormKind) -> None:
    part = {FormKind.XLSX: "docProps/custom.xml", FormKind.ODS: "meta.xml"}[kind]
    content = forms.changed(
        forms.filled(kind, generators.bericht(1)), part, lambda xml: xml.replace(b">1<", b">2<")
    )
    assert stop_of(kind, content).reasons == (Reason.UNKNOWN_VERSION,)
    column = csv_of([*NEEDED, "Formulierversie"], [*PERSON, "2"])
    assert stop_of(CSV, column).reasons == (Reason.UNKNOWN_VERSION,)


def test_a_thousand_rows_and_no_more() -> None:
    rows = [[f"DH-{number}", *PERSON[1:]] for number in range(1001)]
    assert len(forms.reports(forms.read(CSV, csv_of(NEEDED, *rows[:1000])))) == 1000
    stop = stop_of(CSV, csv_of(NEEDED, *rows))
    assert forms.kinds_of(stop) == ["te-veel-rijen"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_as_programs_save_it(encoding: str, separator: str) -> None:
    person = [PERSON[0], "Çelik-Müller", *PERSON[2:]]
    text = csv_of(NEEDED, person, separator=separator).decode()
    [found] = forms.reports(forms.read(CSV, text.encode(encoding)))
    assert found["betrokkene"] == {
        "dossierkenmerk": "DH-2026-1",
        "geslachtsnaam": "Çelik-Müller",
        "geboortedatum": "1990-01-31",
    }


def test_excels_own_first_line_and_line_breaks_inside_a_cell() -> None:
    row = [*PERSON, '"regel 1\r\nregel ""2"""', "01-01-2026", "NEEM_CONTACT_OP"]
    heads = [*NEEDED, "Bijzonderheid signaal", "Bijzonderheid datum", "Bijzonderheid soort"]
    content = b"sep=;\r\n" + csv_of(heads, row, ["DH-2026-2", *PERSON[1:], "", "morgen", ""])
    assert forms.reports(forms.read(CSV, content))[0]["bijzonderheden"] == [
        {"datum": "2026-01-01", "soort": "NEEM_CONTACT_OP", "signaal": 'regel 1\nregel "2"'}
    ]
    assert places(CSV, content) == [("cel H3", "cel-geen-datum")]


def test_a_decimal_comma_that_moved_the_cells_costs_its_row() -> None:
    heads = [*NEEDED, "DUO-lening rest", "DUO-lening peildatum"]
    content = csv_of(heads, [*PERSON, "1234", "50", "01-01-2026"], separator=",")
    assert ("rij 2", "rij-te-lang") in places(CSV, content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "kopregel-ontbreekt"),
        (b"een brief over iemand", "kopregel-ontbreekt"),
        (csv_of(NEEDED, PERSON).replace(b"1990", b"1\0\0\0"), "tekens-niet-te-lezen"),
        (csv_of(NEEDED, PERSON) + b"\x81", "tekens-niet-te-lezen"),
        (csv_of(NEEDED, ['"DH-1" x', *PERSON[1:]]), "aanhalingstekens-kloppen-niet"),
        (csv_of(NEEDED, ['"DH-1', *PERSON[1:]]), "aanhalingstekens-kloppen-niet"),
        (csv_of([*NEEDED, *"x" * 400], PERSON), "bestand-te-groot"),
        (csv_of(NEEDED, *[["", ""]] * 5100), "bestand-te-groot"),
    ],
)
def test_csv_that_cannot_be_read(content: bytes, kind: str) -> None:
    stop = stop_of(CSV, content)
    assert (stop.reasons, forms.kinds_of(stop)) == ((Reason.UNREADABLE_FORM,), [kind])


def test_formulas_and_errors_are_never_believed() -> None:
    def fill(_book: Workbook, sheet: Worksheet) -> None:
        sheet.write_formula(1, 1, "=Blad2!A1", None, "Voorbeeldnaam")
        sheet.write_formula(1, 3, "=NA()", None, "#N/A")

    assert places(FormKind.XLSX, workbook(fill)) == [
        ("blad 'Inburgeraars', cel B2", "cel-met-formule"),
        ("blad 'Inburgeraars', cel D2", "cel-met-formule"),
    ]


def test_what_is_hidden_is_not_read_and_named_by_place() -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        sheet.write_row(2, 0, ["DH-2026-2", *PERSON[1:]])
        sheet.write_row(0, 6, ["Voornamen"])
        sheet.write_row(1, 6, ["Sam"])
        sheet.write_row(3, 0, ["DH-2026-3", *PERSON[1:]])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(3, 0)
        sheet.set_column(6, 6, None, None, {"hidden": True})
        other = book.add_worksheet("Zieke mensen")
        other.write_row(0, 0, NEEDED)
        other.hide()
        book.add_worksheet("Notities over iemand").write_row(0, 0, ["iets"])

    read = forms.read(FormKind.XLSX, workbook(fill))
    assert len(forms.reports(read)) == 1
    assert "voornamen" not in read.document.decode()
    assert read.withheld == (
        "blad 2 (verborgen)",
        "blad 3 (geen koppen uit ons formulier)",
        "blad 'Inburgeraars', kolom G (verborgen)",
        "blad 'Inburgeraars', rij 3 (verborgen)",
        "blad 'Inburgeraars', rij 4 (verborgen)",
    )


def test_two_sheets_with_our_headings_are_one_too_many() -> None:
    def fill(book: Workbook, _sheet: Worksheet) -> None:
        book.add_worksheet().write_row(0, 0, NEEDED)

    assert forms.kinds_of(stop_of(FormKind.XLSX, workbook(fill))) == ["meer-bladen-met-koppen"]


@pytest.mark.parametrize("old", [False, True])
def test_days_are_counted_as_the_workbook_counts_them(old: bool) -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        sheet.write_row(0, 6, ["Verwachte einddatum opleiding", "Periode van"])
        shown = book.add_format({"num_format": "dd-mm-yyyy"})
        sheet.write_number(1, 6, 44591 if old else 46053, shown)
        sheet.write_number(1, 7, 44591 if old else 46053)

    [found] = forms.reports(forms.read(FormKind.XLSX, workbook(fill, date_1904=old)))
    assert found["voortgang"] == {
        "periode": {"van": "2026-01-31"},
        "verwachteEinddatumOpleiding": "2026-01-31",
    }


def test_a_sheet_of_another_name_is_named_by_its_number() -> None:
    def fill(_book: Workbook, sheet: Worksheet) -> None:
        sheet.write_string(1, 2, "ooit")

    content = workbook(fill, name="Zieke mensen")
    assert places(FormKind.XLSX, content) == [("blad 1, cel C2", "cel-geen-datum")]


def test_the_blank_form_has_all_columns_choices_and_help() -> None:
    said = forms.everything_in(forms.blank(FormKind.XLSX)).decode()
    assert said.count("<dataValidation ") == len(HEADINGS)
    assert said.count('type="list"') == sum(bool(each.codes) for each in COLUMNS)
    ods = forms.everything_in(forms.blank(FormKind.ODS)).decode(errors="replace")
    assert ods.count("<table:content-validation ") == len(HEADINGS)
    assert "taalpoort-bijsluiter" in said
    assert "AA: Anders gealfabetiseerd" in said
    assert "taalpoort-bijsluiter" in ods
