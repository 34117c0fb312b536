"""The schema is what the models read, and the examples show both sides of it (12.3)."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from gateway.domain.bijsluiter import Document
from gateway.domain.faults import KINDS
from gateway.domain.outcomes import Ended
from gateway.domain.schema import schema_text
from gateway.domain.stages import Checked
from gateway.domain.stops import Reason, Reject
from gateway.pipeline.checking import check
from gateway.resources import data_folder
from gateway.resources import schema_text as shipped_schema_text
from tests import corridor, generators

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = data_folder("schemas") / "examples"
GOOD = sorted((EXAMPLES / "good").glob("*.json"))
BAD = sorted((EXAMPLES / "bad").glob("*.json"))
SCHEMA = json.loads(shipped_schema_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())

# Kinds that are about a mail or a remark, so that no refused document shows them.
NOT_OF_A_DOCUMENT = {
    "bijlage-niet-doorgegeven",
    "meer-gevolgd-dan-aangeboden",
    "signaal-zonder-toestemming",
}

# Kinds of files: of forms (tests/adapters) and of plans (tests/pipeline/test_plans.py).
_OF_FILES = ("formulier-", "bestand-", "cel-", "kop", "rij-", "veld-", "plan-")
OF_FILES = {kind for kind in KINDS if kind.startswith(_OF_FILES)} | {
    "aanhalingstekens-kloppen-niet",
    "geen-rijen",
    "instellingsnummers-verschillen",
    "meer-bladen-met-koppen",
    "te-veel-rijen",
    "tekens-niet-te-lezen",
    "vinkje-ontbreekt",
    "voorbeeldrij-gewijzigd",
}

# What a JSON Schema cannot say: comparisons of fields, today, and double names.
BEYOND_A_SCHEMA = {
    "datum-in-de-toekomst",
    "dubbel-bericht",
    "einde-niet-na-begin",
    "niet-na-te-lezen",
    "niveau-past-niet-bij-leerroute",
    "onderdeel-past-niet-bij-regime",
    "vervangt-zichzelf",
}

WHERE = {
    "datum-in-de-toekomst": "berichten[0].voortgang.periode.totEnMet",
    "dubbel-bericht": "berichten[1].berichtId",
    "einde-niet-na-begin": "berichten[0].inburgeringstraject.inburgeringstermijn.einddatum",
    "geen-bedrag": "berichten[0].inburgeringstraject.duoLening.resterendBedrag",
    "geen-datum": "berichten[0].voortgang.periode.van",
    "geen-geldige-code": "berichten[0].voortgang.taalniveaus[1].huidig",
    "geen-heel-getal": "berichten[0].voortgang.aangebodenUren",
    "geen-ja-of-nee": "berichten[0].persoonlijkPlan.indicatorMagOpleidingAfmaken",
    "geen-lijst": "berichten[0].bijzonderheden",
    "geen-object": "berichten[0].voortgang",
    "geen-tekst": "berichten[0].betrokkene.geslachtsnaam",
    "geen-uuid": "berichten[0].berichtId",
    "leeg": "berichten[0].betrokkene.geslachtsnaam",
    "niet-na-te-lezen": "",
    "niveau-past-niet-bij-leerroute": "berichten[0].persoonlijkPlan.niveau",
    "onbekende-versie": "bijsluiterVersie",
    "onderdeel-past-niet-bij-regime": (
        "berichten[0].inburgeringstraject.behaaldeExamens[0].onderdeel"
    ),
    "ontbreekt": "berichten[0].betrokkene.geboortedatum",
    "te-groot": "berichten[0].voortgang.aangebodenUren",
    "te-klein": "berichten[0].voortgang.verzuim.urenOngeoorloofd",
    "te-lang": "berichten[0].betrokkene.voornamen",
    "te-veel": "berichten[0].voortgang.taalniveaus",
    "verkeerde-vorm": "berichten[0].betrokkene.dossierkenmerk",
    "verkeerde-waarde": "berichten[0].betrokkene.geslachtsnaam",
    "vervangt-hoort-bij-correctie": "berichten[0].vervangt",
    "vervangt-zichzelf": "berichten[0].vervangt",
}


def test_the_shipped_schema_is_the_one_the_models_make() -> None:
    """Change the models, then write ``schema_text()`` into the file and review the difference."""
    assert shipped_schema_text() == schema_text()


def test_the_schema_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "https://taalpoort.example/schemas/bijsluiter-1.schema.json"


def test_every_part_and_field_is_described_in_dutch_and_closed() -> None:
    for name, part in {**SCHEMA["$defs"], "Document": SCHEMA}.items():
        assert part["description"].endswith("."), name
        if part["type"] == "object":
            assert part["additionalProperties"] is False, name
            assert all(field["description"] for field in part["properties"].values()), name


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_a_good_example_is_good_to_schema_models_and_walk(file: Path) -> None:
    content = file.read_bytes()
    assert list(VALIDATOR.iter_errors(json.loads(content))) == []
    document = Document.model_validate_json(content, by_alias=True, by_name=False)
    reports = check(corridor.opened(content))
    assert len(reports) == len(document.berichten)
    assert all(isinstance(report, Checked) for report in reports)


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_what_the_models_write_is_good_to_the_schema(file: Path) -> None:
    document = Document.model_validate_json(file.read_bytes())
    written = json.loads(document.model_dump_json(by_alias=True, exclude_none=True))
    assert list(VALIDATOR.iter_errors(written)) == []
    assert Document.model_validate_json(json.dumps(written)) == document


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_example_is_refused_for_the_fault_it_is_named_by(file: Path) -> None:
    stop = refusal(file.read_bytes())
    assert [(fault.path, fault.kind) for fault in stop.faults] == [(WHERE[file.stem], file.stem)]


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_example_is_bad_to_the_schema_as_far_as_a_schema_can_say(file: Path) -> None:
    errors = list(VALIDATOR.iter_errors(json.loads(file.read_bytes())))
    # The schema's reader keeps the last of two equal names, which here is a wrong version.
    assert bool(errors) is (file.stem not in BEYOND_A_SCHEMA or file.stem == "niet-na-te-lezen")


def test_every_kind_of_fault_has_its_bad_example() -> None:
    assert {file.stem for file in BAD} == KINDS - NOT_OF_A_DOCUMENT - OF_FILES == set(WHERE)


@pytest.mark.parametrize("kind", sorted(set(WHERE)))
def test_a_refusal_names_paths_and_kinds_and_never_the_value(kind: str) -> None:
    stop = refusal((EXAMPLES / "bad" / f"{kind}.json").read_bytes())
    told = f"{stop} {stop.reasons} {stop.faults} {stop.__context__} {stop.__cause__}"
    for value in ("Fictief", "C3", "01-10-2025", "12,50", "2999", "10000", "DEMO 0001"):
        assert value not in told


def test_an_unknown_field_is_a_fault_to_the_schema_but_stops_no_report() -> None:
    """The gateway withholds it and says so; a school's own check should find it first."""
    document = generators.document(generators.bericht(1, nationaliteit="onbekend"))
    assert [error.validator for error in VALIDATOR.iter_errors(document)] == [
        "additionalProperties"
    ]
    content = json.dumps(document).encode()
    assert isinstance(check(corridor.opened(content))[0], Checked)


def test_a_correction_without_what_it_replaces_is_bad_to_schema_and_walk() -> None:
    document = generators.document(generators.bericht(1, berichttype="CORRECTIE"))
    assert list(VALIDATOR.iter_errors(document))
    assert refusal(json.dumps(document).encode()).reasons == (Reason.FAULTY_REPORT,)


@pytest.mark.parametrize("field", sorted(generators.document()))
def test_every_field_of_the_envelope_is_needed(field: str) -> None:
    document = copy.deepcopy(generators.document())
    del document[field]
    stop = refusal(json.dumps(document).encode())
    assert [(fault.path, fault.kind) for fault in stop.faults] == [(field, "ontbreekt")]
    assert list(VALIDATOR.iter_errors(document))


def refusal(content: bytes) -> Reject:
    """How the walk refuses this document, or its one refused report."""
    try:
        reports = check(corridor.opened(content))
    except Reject as stop:
        return stop
    stops = [report.stop for report in reports if isinstance(report, Ended)]
    assert len(stops) == 1
    assert isinstance(stops[0], Reject)
    return stops[0]
