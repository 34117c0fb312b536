"""What is written in a form is read from it again, whatever it is written in."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from gateway.adapters.form_writing import corrected_form
from gateway.domain import wire
from gateway.domain.bijsluiter import Bericht
from gateway.domain.form_columns import COLUMNS
from gateway.domain.form_reading import FormKind
from gateway.domain.stops import Fault, Reject
from tests import forms, generators, strategies
from tests.counting import calls

if TYPE_CHECKING:
    from gateway.domain.wire import Json

NUMBER = str(generators.bericht_id(1))


def meaning(report: dict[str, Json]) -> Bericht:
    """A report as the gateway understands it, its lists in one order, without what is empty."""
    text = json.dumps({**_stripped(forms.fitting(report)), "berichtId": NUMBER})
    found = Bericht.model_validate_json(text, by_alias=True, by_name=False)
    whole = json.loads(found.model_dump_json(by_alias=True, exclude_none=True))
    for section, name, code in (
        ("voortgang", "taalniveaus", "vaardigheid"),
        ("inburgeringstraject", "behaaldeExamens", "onderdeel"),
    ):
        whole.get(section, {}).get(name, []).sort(key=lambda each, code=code: each[code])
    kept = json.dumps(wire.without_empties(whole))
    return Bericht.model_validate_json(kept, by_alias=True, by_name=False)


def _stripped(value: Json) -> dict[str, Json]:
    """A cell has no spaces around it."""

    def strip(each: Json) -> Json:
        if isinstance(each, dict):
            return {key: strip(child) for key, child in each.items()}
        if isinstance(each, list):
            return [strip(child) for child in each]
        return each.replace("\u00a0", " ").strip() if isinstance(each, str) else each

    found = strip(value)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("kind", forms.TABLES)
def test_a_full_report_comes_back(kind: FormKind) -> None:
    sent = [generators.full_bericht(number, regime="WI2021") for number in (1, 2)]
    read = forms.read(kind, forms.filled(kind, *sent))
    assert (read.faults, read.withheld) == ((), ())
    assert [meaning(each) for each in forms.reports(read)] == [meaning(each) for each in sent]


@pytest.mark.parametrize("kind", forms.TABLES)
@settings(max_examples=25, deadline=None)
@given(sent=strategies.berichten())
def test_every_report_that_fits_comes_back(kind: FormKind, sent: dict[str, Json]) -> None:
    sent = _stripped(sent)
    sent.pop("vervangt", None)
    read = forms.read(kind, forms.filled(kind, copy.deepcopy(sent)))
    assert read.faults == ()
    [found] = forms.reports(read)
    assert meaning(found) == meaning(sent)


@pytest.mark.parametrize("kind", forms.TABLES)
def test_a_blank_form_is_about_nobody(kind: FormKind) -> None:
    stop = forms.outcome(kind, forms.blank(kind))
    assert isinstance(stop, Reject)
    assert forms.kinds_of(stop) == ["geen-rijen"]


@pytest.mark.parametrize("kind", forms.TABLES)
@pytest.mark.parametrize("name", ["=1+1", "+31612345678", "-1", "@x", "'=1", "_x0041_", "<b>&"])
def test_no_text_becomes_a_formula_or_another_text(kind: FormKind, name: str) -> None:
    sent = generators.bericht(1)
    sent["voortgang"] = None
    sent["bijzonderheden"] = [{"datum": "2025-01-01", "soort": "NEEM_CONTACT_OP", "signaal": name}]
    content = forms.filled(kind, sent)
    [found] = forms.reports(forms.read(kind, content))
    assert found["bijzonderheden"] == sent["bijzonderheden"]
    assert b"formula" not in content
    assert forms.read(kind, content).faults == ()


@pytest.mark.parametrize("kind", forms.TABLES)
def test_ten_times_as_many_rows_are_ten_times_as_much_work(kind: FormKind) -> None:
    """It is written where mail is handled: a thousand faulty rows must not stop the others."""

    def spent(rows: int) -> int:
        sent = [forms.fitting(generators.bericht(1))] * rows
        return calls(lambda: forms.filled(kind, *sent))

    spent(1)
    assert spent(1000) < 12 * spent(100)


@pytest.mark.parametrize("kind", forms.TABLES)
def test_a_corrected_form_holds_only_what_was_refused_with_a_note_at_the_cell(
    kind: FormKind,
) -> None:
    sent: list[Json] = [forms.fitting(generators.bericht(number)) for number in (1, 2, 3)]
    path = "berichten[1].voortgang.taalniveaus[0].huidig"
    content = corrected_form(
        kind,
        json.dumps({"berichten": sent}).encode(),
        {1: (Fault(path=path, kind="cel-niet-in-lijst"),)},
        lambda kind: f"Let op: {kind}",
        instellingsnummer=forms.PARTY.instellingsnummer,
    )
    read = forms.read(kind, content)
    assert [each["betrokkene"] for each in forms.reports(read)] == [generators.betrokkene(2)]
    assert read.withheld == ()
    said = content if kind is FormKind.CSV else forms.everything_in(content)
    assert said.count(b"Let op: cel-niet-in-lijst") == 1


def test_all_headings_of_the_forms_are_those_of_the_catalogue() -> None:
    text = forms.blank(FormKind.CSV).decode("utf-8-sig")
    assert text.split("\r\n")[0].split(";") == [column.heading for column in COLUMNS]
