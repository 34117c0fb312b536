"""The PDF form: what it is, and that what real programs fill in is what is read."""

from __future__ import annotations

import inspect
import io
import json
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from gateway.adapters import pdf_form_page
from gateway.adapters.pdf_form import SINGLE, TABLES, VERSION_FIELD, fields
from gateway.adapters.pdf_form_read import read_pdf_form
from gateway.adapters.pdf_form_write import blank_form
from gateway.adapters.words import Words, sentences
from gateway.domain.bijsluiter import Bericht
from gateway.domain.form_reading import FormKind, completed
from gateway.domain.schema import bijsluiter_schema
from gateway.domain.stops import Fault
from gateway.domain.texts import Language
from tests.adapters.test_letters import fields as wire_fields
from tests.pdf_accessibility import faults_of
from tests.pdf_forms import (
    AT,
    SCHOOL,
    TYPED,
    blank,
    changed,
    filled,
    filled_by_acrobat,
    filled_by_pdfium,
)
from tests.servers.firefox import Firefox

if TYPE_CHECKING:
    from collections.abc import Mapping

REPORT: dict[str, Any] = {
    "berichttype": "VOORTGANG",
    "wettelijkRegime": "WI2021",
    "doelgroep": "Gezinsmigrant en overige migrant",
    "betrokkene": {
        "dossierkenmerk": "DEN-0001",
        "geslachtsnaam": "Şahinoğlu",
        "geboortedatum": "1990-03",
    },
    "persoonlijkPlan": {"soort": "PIP", "indicatorMagOpleidingAfmaken": True},
    "inburgeringstraject": {
        "duoLening": {"resterendBedrag": "1234.50", "peildatum": "2026-03-01"},
        "behaaldeExamens": [{"onderdeel": "KNM", "examendatum": "2026-02-12"}],
    },
    "voortgang": {
        "periode": {"van": "2026-01-01", "totEnMet": "2026-03-31"},
        "gevolgdeUren": {"formeel": 96},
        "taalniveaus": [{"vaardigheid": "SP", "huidig": "A2"}],
    },
    "bijzonderheden": [{"datum": "2026-03-15", "soort": "NEEM_CONTACT_OP"}],
}


def report(form: bytes) -> Any:
    read = read_pdf_form(form)
    assert read.faults == ()
    document = json.loads(read.document)
    assert document["bijsluiterVersie"] == "1"
    assert document["aanbieder"] == {"instellingsnummer": SCHOOL}
    [only] = document["berichten"]
    return only


def test_what_was_typed_is_what_is_read() -> None:
    assert report(filled()) == REPORT


def test_what_pdfium_fills_is_what_is_read() -> None:
    """Chrome and Edge; a person picks what a drop-down shows, and its code is what counts."""
    letters = Words(Language.NL)
    shown = {
        "berichttype": letters.code("berichttype", "VOORTGANG"),
        "persoonlijkPlan/soort": letters.code("plan", "PIP"),
        "bijzonderheden/1/soort": letters.code("bijzonderheid", "NEEM_CONTACT_OP"),
    }
    assert report(filled_by_pdfium(blank(), {**TYPED, **shown})) == REPORT


def test_what_firefox_fills_is_what_is_read() -> None:
    with Firefox() as browser:
        saved = browser.fill(blank(), TYPED)
        heard = browser.labels()
    assert report(saved) == REPORT
    assert set(heard) == {*fields(), VERSION_FIELD}
    assert heard["voortgang/taalniveaus/SP/huidig"] == "Spreken: taalniveau nu"
    assert all(heard.values())


def test_what_acrobat_would_leave_behind_is_what_is_read() -> None:
    first = filled_by_acrobat(blank(), {**TYPED, "betrokkene/dossierkenmerk": "DEN-0002"})
    assert report(filled_by_acrobat(first, {"betrokkene/dossierkenmerk": "DEN-0001"})) == REPORT
    assert blank() in filled_by_acrobat(first, {"betrokkene/dossierkenmerk": "DEN-0001"})


def test_the_document_is_a_bijsluiter_once_it_is_numbered() -> None:
    content = json.loads(read_pdf_form(filled()).document)
    whole: Any = completed(
        content, party_id="p", aanbieder=SCHOOL, verzonden="2026-04-01T10:00:00+02:00"
    )
    Bericht.model_validate_json(json.dumps(whole["berichten"][0]), by_alias=True, by_name=False)


def test_an_empty_form_says_nothing_and_misses_what_is_needed() -> None:
    read = read_pdf_form(blank())
    assert json.loads(read.document) == {"bijsluiterVersie": "1", "berichten": [{}]}
    assert read.faults == ()
    assert read.withheld == ()


# --- places and faults ----------------------------------------------------------


def test_each_field_has_its_page() -> None:
    places = read_pdf_form(filled()).places
    assert places["berichten[0].betrokkene.geboortedatum"] == "bladzijde 1"
    assert places["berichten[0].inburgeringstraject.behaaldeExamens[0].examendatum"] == (
        "bladzijde 2"
    )
    assert places["berichten[0].voortgang.taalniveaus[0].huidig"] == "bladzijde 3"
    assert places["aanbieder.instellingsnummer"] == "bladzijde 1"


@pytest.mark.parametrize(
    ("typed", "path", "kind"),
    [
        ({"voortgang/periode/van": "gisteren"}, "voortgang.periode.van", "cel-geen-datum"),
        ({"betrokkene/geboortedatum": "'90"}, "betrokkene.geboortedatum", "cel-geen-datum"),
        (
            {"voortgang/gevolgdeUren/formeel": "12,5"},
            "voortgang.gevolgdeUren.formeel",
            "cel-geen-heel-getal",
        ),
        (
            {"inburgeringstraject/duoLening/resterendBedrag": "1.23.4"},
            "inburgeringstraject.duoLening.resterendBedrag",
            "cel-geen-bedrag",
        ),
        (
            {"persoonlijkPlan/indicatorMagOpleidingAfmaken": "misschien"},
            "persoonlijkPlan.indicatorMagOpleidingAfmaken",
            "cel-geen-ja-of-nee",
        ),
        ({"bijzonderheden/2/signaal": "x" * 501}, "bijzonderheden[0].signaal", "cel-te-lang"),
        (
            {"inburgeringstraject/behaaldeExamens/LE/examendatum": "01-02-2026"},
            "inburgeringstraject.behaaldeExamens[0].onderdeel",
            "vinkje-ontbreekt",
        ),
    ],
)
def test_what_cannot_be_meant_is_a_fault_at_its_field(
    typed: Mapping[str, str], path: str, kind: str
) -> None:
    read = read_pdf_form(filled(typed))
    assert read.faults == (Fault(path=f"berichten[0].{path}", kind=kind),)
    assert f"berichten[0].{path}" in read.places


@pytest.mark.parametrize(
    ("amount", "wire"),
    [("1.234,50", "1234.50"), ("€ 900", "900"), ("900,-", "900"), ("12.5", "12.5"), ("0", "0")],
)
def test_an_amount_is_read_as_the_dutch_write_it(amount: str, wire: str) -> None:
    name = "inburgeringstraject/duoLening/resterendBedrag"
    [only] = json.loads(read_pdf_form(filled({name: amount})).document)["berichten"]
    assert only["inburgeringstraject"]["duoLening"]["resterendBedrag"] == wire


# --- what the form is -----------------------------------------------------------


def test_every_field_of_a_report_is_in_the_form() -> None:
    """What a workbook can say, the form can; the number of a report follows from what it says."""
    single = {each.name.replace("/", ".") for each in SINGLE}
    rows = {
        f"{table.path.replace('/', '.')}[].{column.name}"
        for table in TABLES
        for column in table.columns
    }
    keys = {f"{table.path.replace('/', '.')}[].{table.key}" for table in TABLES if table.key}
    leaves = {
        path.replace("[0]", "[]").removeprefix("berichten[].")
        for path in wire_fields(bijsluiter_schema())
    }
    inner = {path for path in leaves if any(other.startswith(f"{path}.") for other in leaves)}
    told = {path for path in leaves if path not in inner and not path.endswith("[]")}
    derived = {"bijsluiterVersie", "documentId", "verzonden", "berichtId"}
    derived |= {"berichten", "bijlage", "persoonlijkPlan.document.sha256"}
    lists = {table.path.replace("/", ".") for table in TABLES}
    assert single | rows | keys >= told - derived - lists
    assert (single | rows) - told == {"inburgeringstraject.behaaldeExamens[].behaald"}


@pytest.mark.parametrize("language", Language)
def test_the_form_is_accessible(language: Language) -> None:
    assert faults_of(blank(language)) == []


def test_the_form_does_nothing_by_itself() -> None:
    with pikepdf.open(io.BytesIO(blank())) as pdf:
        parts = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary)]
        keys = {str(key) for each in parts for key in each.keys()}  # noqa: SIM118 - no dict
        actions = {str(each.get("/S")) for each in parts}
        kinds = {str(each.get("/FT")) for each in pdf.Root.AcroForm.Fields}
        assert not any("/A" in each for each in pdf.Root.AcroForm.Fields)
    assert keys & {"/JS", "/AA", "/OpenAction", "/XFA", "/URI", "/Names", "/EmbeddedFiles"} == set()
    assert actions & {"/URI", "/JavaScript", "/SubmitForm", "/Launch", "/GoToR"} == set()
    assert kinds == {"/Tx", "/Ch", "/Btn"}


def test_what_is_filled_in_before_is_there_and_is_seen() -> None:
    words, letters = Words(Language.NL, "pdf_form"), Words(Language.NL)
    before = {"aanbieder/instellingsnummer": SCHOOL, "berichttype": "PLAN"}
    form = blank_form(words, letters, author="Gemeente Voorbeeld", at=AT, filled=before)
    [only] = json.loads(read_pdf_form(form).document)["berichten"]
    assert only == {"berichttype": "PLAN"}
    with pikepdf.open(io.BytesIO(form)) as pdf:
        looks = [each.AP.N.read_bytes() for each in pdf.Root.AcroForm.Fields if "/V" in each
                 and each.FT != "/Btn"]  # fmt: skip
    assert any(b"(1234567890) Tj" in each for each in looks)
    assert any(b"(Persoonlijk plan) Tj" in each for each in looks)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("berichttype", "IETS"),
        ("betrokkene/dossierkenmerk", "x" * 41),
        ("inburgeringstraject/behaaldeExamens/KNM/behaald", "nee"),
    ],
)
def test_what_a_field_cannot_hold_is_not_filled_in(name: str, text: str) -> None:
    words, letters = Words(Language.NL, "pdf_form"), Words(Language.NL)
    with pytest.raises(ValueError, match=r"not a|too long"):
        blank_form(words, letters, author="x", at=AT, filled={name: text})


def test_the_same_form_is_the_same_bytes() -> None:
    words, letters = Words(Language.NL, "pdf_form"), Words(Language.NL)
    again = blank_form(words, letters, author="Gemeente Voorbeeld", at=AT, filled={})
    assert again == blank()


def test_both_catalogues_say_everything_that_the_form_says() -> None:
    dutch, english = (dict(sentences(each, "pdf_form")) for each in (Language.NL, Language.EN))
    assert dutch.keys() == english.keys()
    assert all(dutch.values())
    assert all(english.values())
    source = inspect.getsource(pdf_form_page)
    assert all(f'"{each}"' in source for each in dutch)


def test_a_form_is_read_by_the_reader_of_its_kind() -> None:
    from gateway.adapters.form_readers import read_form

    assert read_form(FormKind.PDF, filled()) == read_pdf_form(filled())


def test_a_field_without_a_place_on_a_page_still_has_a_place() -> None:
    def hide(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            del page.obj["/Annots"]

    read = read_pdf_form(changed(filled(), hide))
    assert read.places["berichten[0].betrokkene.geboortedatum"] == "het formulier"
