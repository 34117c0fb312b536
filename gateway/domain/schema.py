"""The JSON Schema (2020-12) of the bijsluiter, made from the models that read it.

The schema is stricter than the gateway in one thing: it allows no unknown field,
so that a provider's own check finds what the gateway would withhold (12.3).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import VERSIE, Document

if TYPE_CHECKING:
    from gateway.domain.wire import Json

SCHEMA_ID = f"https://taalpoort.example/schemas/bijsluiter-{VERSIE}.schema.json"

_TITLE = "Privacy bijsluiter inburgering en taal, versie 1"
_ABOUT = (
    "Bijlage 3 van het Haags Convenant Inburgering & Taal. Een document heeft een envelop en "
    "een of meer berichten. Elk bericht gaat over één inburgeraar en wordt apart beoordeeld. "
    "Andere velden zijn niet toegestaan: het uitwisselpunt geeft ze nooit door."
)

_PARTS: dict[str, str] = {
    "Aanbieder": "De taalaanbieder voor wie het document spreekt.",
    "Alfabetisering": "Of alfabetisering bij het plan hoort: A, AA (anders gealfabetiseerd), NVT.",
    "BehaaldExamen": "Een behaald examen. Een niet behaald examen mag nooit worden gedeeld.",
    "Bericht": "Eén bericht over één inburgeraar.",
    "Berichttype": "Het soort bericht.",
    "Betrokkene": "De inburgeraar (rij T1 van de toestemmingsverklaring).",
    "Bijzonderheid": "Een tussentijds signaal (P4).",
    "BijzonderheidSoort": "Een neutrale code: er is iets, neem contact op. Nooit wat er is.",
    "Doelgroep": "De doelgroep waartoe de inburgeraar hoort.",
    "DuoLening": "Wat er over is van de lening bij DUO.",
    "Examenniveau": "Het niveau van een behaald examen.",
    "Examenonderdeel": "Het onderdeel van het examen. ONA alleen onder WI2013, MAP onder WI2021.",
    "GevolgdeUren": "Gevolgde uren, formeel en non-formeel.",
    "Inburgeringstermijn": "De termijn: begindatum telt mee, einddatum niet.",
    "Inburgeringstraject": "Termijn, behaalde examens, uren en lening (P2, rij T3).",
    "Inburgeringsuren": "Uren die meetellen voor de plicht, bekend tot een datum.",
    "Leerroute": "B1-route, onderwijsroute of Z-route.",
    "Niveau": "Taalniveau, met de alfabetiseringsniveaus onder A0.",
    "Periode": "De periode van het bericht. Beide dagen tellen mee.",
    "PersoonlijkPlan": "Het persoonlijk plan en wijzigingen daarin (P1, rij T2).",
    "PlanDocument": "Het plan zelf als bestand: naam en SHA-256.",
    "PlanNiveau": "Het niveau waar het plan naar streeft.",
    "PlanSoort": "PIP is een beschikking, POP het ontwikkelplan daaronder.",
    "Regime": "De wet waaronder de inburgeraar valt.",
    "Taalniveau": "Het niveau van één vaardigheid: begin, nu en doel.",
    "Vaardigheid": "Lezen, luisteren, schrijven of spreken.",
    "Verzuim": "Verzuim in uren (rij T4). Nooit een reden.",
    "Voortgang": "De voortgang in een periode (P3, rij T4).",
    "Wijziging": "Een wijziging van het plan.",
}

_FIELDS: dict[str, str] = {
    "aanbieder": "De taalaanbieder.",
    "aangebodenUren": "Aangeboden uren in de periode.",
    "begin": "Niveau aan het begin.",
    "behaaldeExamens": "Alleen behaalde examens.",
    "bekendTot": "Tot welke datum de uren bekend zijn.",
    "berichten": "De berichten, elk over één inburgeraar.",
    "berichtId": "Nummer van het bericht; elk bericht een nieuw nummer.",
    "berichttype": "Het soort bericht.",
    "betrokkene": "De inburgeraar.",
    "bijsluiterVersie": "Altijd 1.",
    "bijzonderheden": "Tussentijdse signalen (P4).",
    "bow": "Nummer van het keurmerk van Blik op Werk.",
    "dagtekeningPip": "Datum van de PIP.",
    "datum": "Datum.",
    "documentId": "Nummer van het document.",
    "document": "Het plan als bestand.",
    "doel": "Niveau als doel.",
    "doelgroep": "De doelgroep.",
    "dossierkenmerk": "Kenmerk dat gemeente en aanbieder samen gebruiken.",
    "duoLening": "De lening bij DUO.",
    "einddatum": "Einde; deze dag telt niet mee.",
    "email": "E-mailadres van de inburgeraar.",
    "examendatum": "Datum van het examen.",
    "formeel": "Formele uren.",
    "geboortedatum": "Geboortedatum, zo ver als bekend: JJJJ, JJJJ-MM of JJJJ-MM-DD.",
    "geschatteIntensiteitB1Route": "Geschatte intensiteit van de B1-route in uren.",
    "geslachtsnaam": "Achternaam.",
    "gevolgdeUren": "Gevolgde uren in de periode.",
    "huidig": "Niveau nu.",
    "inburgeringstermijn": "De termijn.",
    "inburgeringstraject": "Het traject (P2).",
    "inburgeringsuren": "Uren die meetellen.",
    "indicatorAlfabetiseringsonderwijs": "Of alfabetisering bij het plan hoort.",
    "indicatorMagOpleidingAfmaken": "Of de inburgeraar de opleiding mag afmaken.",
    "instellingsnummer": "Instellingsnummer bij DUO, tien tekens.",
    "leerroute": "De leerroute.",
    "naam": "Naam van het bestand.",
    "niveau": "Niveau.",
    "nonFormeel": "Non-formele uren.",
    "omschrijving": "Vrije tekst. Twee mensen lezen deze eerst; gebruik liever codes.",
    "onderdeel": "Onderdeel van het examen.",
    "peildatum": "Datum waarop het bedrag klopt.",
    "periode": "De periode van het bericht.",
    "persoonlijkPlan": "Het persoonlijk plan (P1).",
    "resterendBedrag": "Wat over is, in euro, hoogstens twee cijfers achter de punt.",
    "sha256": "SHA-256 van het bestand, 64 kleine hexadecimale tekens.",
    "signaal": "Vrije tekst. Twee mensen lezen deze eerst; gebruik liever codes.",
    "soort": "De soort.",
    "startdatum": "Begin; deze dag telt mee.",
    "taalniveaus": "Het niveau per vaardigheid.",
    "telefoonnummer": "Telefoonnummer van de inburgeraar.",
    "toets": "Naam van de toets.",
    "toetsdatum": "Datum van de toets.",
    "totEnMet": "Laatste dag van de periode.",
    "uren": "Aantal uren.",
    "urenGeoorloofd": "Uren geoorloofd verzuim.",
    "urenOngeoorloofd": "Uren ongeoorloofd verzuim.",
    "vaardigheid": "De vaardigheid.",
    "van": "Eerste dag van de periode.",
    "verlengingsgrondcode": "Code van de grond waarop de termijn is verlengd.",
    "vervangt": "Alleen bij CORRECTIE: het berichtId van het bericht dat wordt vervangen.",
    "verwachteEinddatumOpleiding": "Wanneer de opleiding naar verwachting eindigt.",
    "verzonden": "Datum en tijd van verzenden, met tijdzone.",
    "verzuim": "Verzuim in uren.",
    "voornamen": "Voornamen.",
    "voortgang": "De voortgang (P3).",
    "voorvoegselGeslachtsnaam": "Voorvoegsel van de achternaam, zoals van der.",
    "wettelijkRegime": "De wet.",
    "wijziging": "Een wijziging van het plan.",
}

_CORRECTION: dict[str, Json] = {
    "if": {"properties": {"berichttype": {"const": "CORRECTIE"}}},
    "then": {"required": ["vervangt"], "properties": {"vervangt": {"type": "string"}}},
    "else": {"properties": {"vervangt": {"type": "null"}}},
}


def schema_text() -> str:
    """The schema as the file that travels with every installation; ends with a line feed."""
    return json.dumps(bijsluiter_schema(), ensure_ascii=False, indent=2) + "\n"


def bijsluiter_schema() -> dict[str, Json]:
    """The schema as JSON; raises `KeyError` for a part or field nobody described."""
    made: Json = json.loads(json.dumps(Document.model_json_schema(by_alias=True)))  # type: ignore[misc]  # pydantic gives dict[str, Any]; read back as JSON
    whole = _members(made)
    parts = {
        name: _described(_members(part), _PARTS[name])
        for name, part in _members(whole.pop("$defs")).items()
    }
    parts["Bericht"].update(_CORRECTION)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **_described(whole, _ABOUT),
        "title": _TITLE,
        "$defs": {name: part for name, part in parts.items()},  # noqa: C416 - a dict of Json, not of dicts
    }


def _described(part: dict[str, Json], about: str) -> dict[str, Json]:
    if "properties" not in part:
        return {**part, "description": about}
    fields = _members(part["properties"]).items()
    return {
        **part,
        "description": about,
        "properties": {name: _field(_members(field), _FIELDS[name]) for name, field in fields},
        "additionalProperties": False,
    }


def _field(field: dict[str, Json], about: str) -> dict[str, Json]:
    kept = {key: value for key, value in field.items() if key not in {"title", "default"}}
    return {**kept, "description": about}


def _members(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError("not an object of a schema")
    return value
