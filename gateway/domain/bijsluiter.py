"""The privacy bijsluiter (covenant, annex 3), version 1, as it travels between the parties.

Annex 3 says of itself that it is still being developed, so the document names
its version and an unknown version is refused by name.  What is not modelled
here may not be shared (article 12.3): unknown fields never reach a recipient.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from gateway.domain.forms import (
    AMOUNT_SCHEMA,
    AsDecimal,
    Datum,
    Email,
    Kenmerk,
    Moment,
    Naam,
    Regel,
    Telefoon,
    Titel,
    partial_date,
    printable,
)
from gateway.domain.private import Private

VERSIE: Literal["1"] = "1"


class Berichttype(StrEnum):
    """What kind of message a report is."""

    VOORTGANG = "VOORTGANG"
    TRAJECTINFO = "TRAJECTINFO"
    PLAN = "PLAN"
    BIJZONDERHEID = "BIJZONDERHEID"
    ELIP_SIGNAAL = "ELIP_SIGNAAL"
    CORRECTIE = "CORRECTIE"


class Regime(StrEnum):
    """Which act the inburgeraar integrates under (covenant 2.3)."""

    WI2013 = "WI2013"
    WI2021 = "WI2021"


class Doelgroep(StrEnum):
    """Which group the inburgeraar belongs to (covenant 1d, 1e)."""

    ASIEL = "Asielstatushouder"
    GEZIN_OVERIG = "Gezinsmigrant en overige migrant"


VrijeTekst = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(printable)
]
Dossierkenmerk = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$")]
DeelsBekendeDatum = Annotated[
    str,
    StringConstraints(pattern=r"^[12]\d{3}(-\d{2}(-\d{2})?)?$"),
    AfterValidator(partial_date),
]
Uren = Annotated[int, Field(strict=True, ge=0, le=9999)]
Bedrag = Annotated[
    Decimal, Field(ge=0, max_digits=8, decimal_places=2), AsDecimal, WithJsonSchema(AMOUNT_SCHEMA)
]


class Betrokkene(Private):
    """The inburgeraar; consent category T1."""

    dossierkenmerk: Dossierkenmerk
    voornamen: Naam | None = None
    voorvoegsel_geslachtsnaam: Naam | None = None
    geslachtsnaam: Naam
    geboortedatum: DeelsBekendeDatum
    email: Email | None = None
    telefoonnummer: Telefoon | None = None


class PlanSoort(StrEnum):
    """Which plan: the PIP is a decision, the POP the plan below it (covenant 1k)."""

    PIP = "PIP"
    POP = "POP"
    PLAN_VAN_AANPAK = "PLAN_VAN_AANPAK"


class Leerroute(StrEnum):
    """B1-route, onderwijsroute, Z-route."""

    B = "B"
    O = "O"  # noqa: E741 - the code on the wire
    Z = "Z"


class PlanNiveau(StrEnum):
    """The language level aimed at in the plan."""

    A2 = "A2"
    B1 = "B1"


class Alfabetisering(StrEnum):
    """Whether literacy education is part of the plan."""

    A = "A"
    AA = "AA"
    NVT = "NVT"


class Wijziging(Private):
    """A change in the plan; `omschrijving` is free text and needs a human release."""

    datum: Datum
    omschrijving: VrijeTekst | None = None


class PlanDocument(Private):
    """An attached plan, by file name and SHA-256 in hex."""

    naam: Regel
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PersoonlijkPlan(Private):
    """P1: personal plan and changes in it; consent category T2."""

    soort: PlanSoort
    dagtekening_pip: Datum | None = None
    leerroute: Leerroute | None = None
    niveau: PlanNiveau | None = None
    geschatte_intensiteit_b1_route: Annotated[int, Field(strict=True, ge=1, le=9999)] | None = None
    indicator_alfabetiseringsonderwijs: Alfabetisering | None = None
    indicator_mag_opleiding_afmaken: Annotated[bool, Field(strict=True)] | None = None
    wijziging: Wijziging | None = None
    document: PlanDocument | None = None


class Inburgeringstermijn(Private):
    """The term; `startdatum` inclusive, `einddatum` exclusive, as DUO counts."""

    startdatum: Datum
    einddatum: Datum
    verlengingsgrondcode: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")] | None = (
        None
    )


class Examenonderdeel(StrEnum):
    """Parts of the exam; ONA only under Wi2013, MAP only under Wi2021."""

    LE = "LE"
    LU = "LU"
    SC = "SC"
    SP = "SP"
    KNM = "KNM"
    ONA = "ONA"
    PVT = "PVT"
    MAP = "MAP"


class Examenniveau(StrEnum):
    """Level of a passed exam."""

    A2 = "A2"
    B1 = "B1"
    B2 = "B2"


class BehaaldExamen(Private):
    """A *passed* exam; a failed one may not be shared (annexes 2 and 3 name passed ones only)."""

    onderdeel: Examenonderdeel
    niveau: Examenniveau | None = None
    examendatum: Datum


class Inburgeringsuren(Private):
    """Hours that count for the duty, known up to a date."""

    uren: Uren
    bekend_tot: Datum


class DuoLening(Private):
    """What is left of the DUO loan, in euro."""

    resterend_bedrag: Bedrag
    peildatum: Datum


class Inburgeringstraject(Private):
    """P2: term, passed exams, hours, loan; consent category T3."""

    inburgeringstermijn: Inburgeringstermijn | None = None
    behaalde_examens: Annotated[tuple[BehaaldExamen, ...], Field(max_length=50)] | None = None
    inburgeringsuren: Inburgeringsuren | None = None
    duo_lening: DuoLening | None = None


class Periode(Private):
    """The period reported on; both days included."""

    van: Datum
    tot_en_met: Datum


class Vaardigheid(StrEnum):
    """Reading, listening, writing, speaking."""

    LE = "LE"
    LU = "LU"
    SC = "SC"
    SP = "SP"


class Niveau(StrEnum):
    """Language level, with the literacy levels below A0."""

    A0 = "A0"
    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    ALFA_A = "ALFA_A"
    ALFA_B = "ALFA_B"
    ALFA_C = "ALFA_C"


class Taalniveau(Private):
    """Level of one skill: at the start, now, aimed at, and how it was tested."""

    vaardigheid: Vaardigheid
    begin: Niveau | None = None
    huidig: Niveau | None = None
    doel: Niveau | None = None
    toets: Titel | None = None
    toetsdatum: Datum | None = None


class GevolgdeUren(Private):
    """Hours attended; the consent form names non-formal hours nowhere (covenant 1l, 1m)."""

    formeel: Uren | None = None
    non_formeel: Uren | None = None


class Verzuim(Private):
    """Absence in hours; never a reason, because a reason is nearly always about health."""

    uren_geoorloofd: Uren | None = None
    uren_ongeoorloofd: Uren | None = None


class Voortgang(Private):
    """P3: progress; consent category T4."""

    periode: Periode
    taalniveaus: Annotated[tuple[Taalniveau, ...], Field(max_length=20)] | None = None
    gevolgde_uren: GevolgdeUren | None = None
    aangeboden_uren: Uren | None = None
    verzuim: Verzuim | None = None
    verwachte_einddatum_opleiding: Datum | None = None


class BijzonderheidSoort(StrEnum):
    """Neutral codes: each says that something is up and asks to call, never what it is."""

    NEEM_CONTACT_OP = "NEEM_CONTACT_OP"
    TRAJECT_ONDERBROKEN = "TRAJECT_ONDERBROKEN"
    TRAJECT_HERVAT = "TRAJECT_HERVAT"
    WISSELING_GROEP = "WISSELING_GROEP"
    OVERSTAP_AANBIEDER = "OVERSTAP_AANBIEDER"


class Bijzonderheid(Private):
    """P4: a signal in between; `signaal` is free text and needs a human release."""

    datum: Datum
    soort: BijzonderheidSoort
    signaal: VrijeTekst | None = None


class Bericht(Private):
    """One report on one inburgeraar."""

    bericht_id: Kenmerk
    berichttype: Berichttype
    wettelijk_regime: Regime
    doelgroep: Doelgroep
    vervangt: Kenmerk | None = None
    betrokkene: Betrokkene
    persoonlijk_plan: PersoonlijkPlan | None = None
    inburgeringstraject: Inburgeringstraject | None = None
    voortgang: Voortgang | None = None
    bijzonderheden: Annotated[tuple[Bijzonderheid, ...], Field(max_length=20)] | None = None

    @model_validator(mode="after")
    def _correction_names_what_it_replaces(self) -> Self:
        if (self.berichttype is Berichttype.CORRECTIE) != (self.vervangt is not None):
            raise ValueError("vervangt")
        return self


class Aanbieder(Private):
    """Which institution the document speaks for; must be the sender's own party."""

    instellingsnummer: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{10}$")]
    bow: Regel | None = None


class Envelop(Private):
    """The envelope around the reports; each report is judged on its own."""

    bijsluiter_versie: Literal["1"]
    document_id: Kenmerk
    verzonden: Moment
    aanbieder: Aanbieder


class Document(Envelop):
    """A whole document, as schema and examples show it."""

    berichten: Annotated[tuple[Bericht, ...], Field(min_length=1, max_length=1000)]


class Category(StrEnum):
    """Categories of annex 3, split where annex 2 treats their parts differently."""

    IDENTITEIT = "identiteit"
    P1 = "P1"
    P2 = "P2"
    P3_TAALNIVEAU = "P3-taalniveau"
    P3_VERZUIM = "P3-verzuim"
    P3_FORMEEL = "P3-formele-uren"
    P3_NON_FORMEEL = "P3-non-formele-uren"
    P4 = "P4"
