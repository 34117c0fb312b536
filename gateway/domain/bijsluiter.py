"""The privacy bijsluiter (covenant, annex 3), version 1, as it travels between the parties.

Annex 3 says of itself that it is still being developed, so the document names
its version and an unknown version is refused by name.  What is not modelled
here may not be shared (article 12.3): unknown fields never reach a recipient.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

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


def _printable(text: str) -> str:
    if any(not (char.isprintable() or char in "\n\t") for char in text):
        raise ValueError("control character")
    return text


def _partial_date(text: str) -> str:
    parts = tuple(int(part) for part in text.split("-"))
    date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    return text


Regel = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_printable),
]
VrijeTekst = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(_printable)
]
Dossierkenmerk = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$")]
DeelsBekendeDatum = Annotated[
    str,
    StringConstraints(pattern=r"^[12]\d{3}(-\d{2}(-\d{2})?)?$"),
    AfterValidator(_partial_date),
]
Uren = Annotated[int, Field(strict=True, ge=0, le=9999)]
Bedrag = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]


class Betrokkene(Private):
    """The inburgeraar; consent category T1."""

    dossierkenmerk: Dossierkenmerk
    voornamen: Regel | None = None
    voorvoegsel_geslachtsnaam: Regel | None = None
    geslachtsnaam: Regel
    geboortedatum: DeelsBekendeDatum
    email: Regel | None = None
    telefoonnummer: Regel | None = None


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

    datum: date
    omschrijving: VrijeTekst | None = None


class PlanDocument(Private):
    """An attached plan, by file name and SHA-256 in hex."""

    naam: Regel
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PersoonlijkPlan(Private):
    """P1: personal plan and changes in it; consent category T2."""

    soort: PlanSoort
    dagtekening_pip: date | None = None
    leerroute: Leerroute | None = None
    niveau: PlanNiveau | None = None
    geschatte_intensiteit_b1_route: Annotated[int, Field(strict=True, ge=1, le=9999)] | None = None
    indicator_alfabetiseringsonderwijs: Alfabetisering | None = None
    indicator_mag_opleiding_afmaken: Annotated[bool, Field(strict=True)] | None = None
    wijziging: Wijziging | None = None
    document: PlanDocument | None = None


class Inburgeringstermijn(Private):
    """The term; `startdatum` inclusive, `einddatum` exclusive, as DUO counts."""

    startdatum: date
    einddatum: date
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
    examendatum: date


class Inburgeringsuren(Private):
    """Hours that count for the duty, known up to a date."""

    uren: Uren
    bekend_tot: date


class DuoLening(Private):
    """What is left of the DUO loan, in euro."""

    resterend_bedrag: Bedrag
    peildatum: date


class Inburgeringstraject(Private):
    """P2: term, passed exams, hours, loan; consent category T3."""

    inburgeringstermijn: Inburgeringstermijn | None = None
    behaalde_examens: Annotated[tuple[BehaaldExamen, ...], Field(max_length=50)] | None = None
    inburgeringsuren: Inburgeringsuren | None = None
    duo_lening: DuoLening | None = None


class Periode(Private):
    """The period reported on; both days included."""

    van: date
    tot_en_met: date


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
    toets: Regel | None = None
    toetsdatum: date | None = None


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
    verwachte_einddatum_opleiding: date | None = None


class BijzonderheidSoort(StrEnum):
    """Neutral codes: each says that something is up and asks to call, never what it is."""

    NEEM_CONTACT_OP = "NEEM_CONTACT_OP"
    TRAJECT_ONDERBROKEN = "TRAJECT_ONDERBROKEN"
    TRAJECT_HERVAT = "TRAJECT_HERVAT"
    WISSELING_GROEP = "WISSELING_GROEP"
    OVERSTAP_AANBIEDER = "OVERSTAP_AANBIEDER"


class Bijzonderheid(Private):
    """P4: a signal in between; `signaal` is free text and needs a human release."""

    datum: date
    soort: BijzonderheidSoort
    signaal: VrijeTekst | None = None


class Bericht(Private):
    """One report on one inburgeraar."""

    bericht_id: UUID
    berichttype: Berichttype
    wettelijk_regime: Regime
    doelgroep: Doelgroep
    vervangt: UUID | None = None
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
    document_id: UUID
    verzonden: AwareDatetime
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


def free_text(bericht: Bericht) -> frozenset[Category]:
    """The categories of this report in which somebody wrote free text."""
    found: set[Category] = set()
    plan = bericht.persoonlijk_plan
    if plan is not None and plan.wijziging is not None and plan.wijziging.omschrijving is not None:
        found.add(Category.P1)
    if any(item.signaal is not None for item in bericht.bijzonderheden or ()):
        found.add(Category.P4)
    return frozenset(found)


def present(bericht: Bericht) -> frozenset[Category]:
    """The categories this report carries anything of."""
    found = {Category.IDENTITEIT}
    if bericht.persoonlijk_plan is not None:
        found.add(Category.P1)
    if bericht.inburgeringstraject is not None:
        found.add(Category.P2)
    if bericht.voortgang is not None:
        found |= _progress(bericht.voortgang)
    if bericht.bijzonderheden:
        found.add(Category.P4)
    return frozenset(found)


def _progress(voortgang: Voortgang) -> set[Category]:
    found: set[Category] = set()
    if voortgang.taalniveaus or voortgang.verwachte_einddatum_opleiding is not None:
        found.add(Category.P3_TAALNIVEAU)
    if voortgang.verzuim is not None:
        found.add(Category.P3_VERZUIM)
    hours = voortgang.gevolgde_uren
    if voortgang.aangeboden_uren is not None or (hours is not None and hours.formeel is not None):
        found.add(Category.P3_FORMEEL)
    if hours is not None and hours.non_formeel is not None:
        found.add(Category.P3_NON_FORMEEL)
    return found


_FIELDS: tuple[tuple[str, Category], ...] = (
    ("betrokkene", Category.IDENTITEIT),
    ("persoonlijkPlan", Category.P1),
    ("inburgeringstraject", Category.P2),
    ("voortgang.verzuim", Category.P3_VERZUIM),
    ("voortgang.gevolgdeUren.nonFormeel", Category.P3_NON_FORMEEL),
    ("voortgang.gevolgdeUren", Category.P3_FORMEEL),
    ("voortgang.aangebodenUren", Category.P3_FORMEEL),
    ("voortgang", Category.P3_TAALNIVEAU),
    ("bijzonderheden", Category.P4),
)


def category_of(path: str) -> Category | None:
    """The category a field path of a report belongs to; None for what is no personal data."""
    for prefix, category in _FIELDS:
        if path == prefix or path.startswith((f"{prefix}.", f"{prefix}[")):
            return category
    return None
