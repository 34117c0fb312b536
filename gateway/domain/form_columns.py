"""The columns of the forms that are a table: heading, wire path, codes and explanation.

One list for XLSX, ODS and CSV, for writing the blank forms and for reading the filled
ones.  What stands in a list of the bijsluiter has columns of its own for each code
(``voortgang.taalniveaus[LE].begin``), because a row is one inburgeraar (covenant 12.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING

from gateway.domain import bijsluiter as b
from gateway.domain.categories import category_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.bijsluiter import Category

FORM_VERSION = b.VERSIE
TABLE_SHEET, GUIDE_SHEET = "Inburgeraars", "Uitleg"
VERSION_HEADING = "Formulierversie"
VERSION_PATH = "bijsluiterVersie"
VERSION_PROPERTY = "taalpoort-bijsluiter"  # a property of the workbook that says the version
PROVIDER_HEADING = "Instellingsnummer"
PROVIDER_PATH = "aanbieder.instellingsnummer"
EXAMPLE = "VOORBEELD"  # in the first column: this row is about nobody
NOTE_HEADING = "Wat is er mis"  # beside a row that came back; nobody reads it here
MOST_ROWS = 1000


class Holds(Enum):
    """What a cell of a column holds."""

    TEXT = auto()
    LONG_TEXT = auto()
    NUMBER_AS_TEXT = auto()  # a leading zero or plus is part of it
    CODE = auto()
    DATE = auto()
    PARTIAL_DATE = auto()
    WHOLE = auto()
    AMOUNT = auto()
    YES_NO = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.  `path` is below a report, with a code in brackets for an item of a list.

    `needed`: without this heading no row can be a report.  `example` is the cell of the
    example row.
    """

    heading: str
    path: str
    group: str
    about: str
    holds: Holds = Holds.TEXT
    codes: tuple[str, ...] = ()
    needed: bool = False
    example: str = ""

    @property
    def category(self) -> Category | None:
        """Of annex 3; None for what is no personal data."""
        return category_of(self.path)


def _codes(kind: type[StrEnum]) -> tuple[str, ...]:
    return tuple(each.value for each in kind)


def _about_person() -> Iterator[Column]:
    group = "Inburgeraar"
    yield Column(
        heading="Dossierkenmerk", path="betrokkene.dossierkenmerk", group=group, needed=True,
        about="Het kenmerk dat de gemeente en u samen gebruiken.", example=EXAMPLE,
    )  # fmt: skip
    yield Column(
        heading="Voornamen", path="betrokkene.voornamen", group=group,
        about="Alle voornamen. Mag leeg blijven.", example="Sam",
    )  # fmt: skip
    yield Column(
        heading="Voorvoegsel", path="betrokkene.voorvoegselGeslachtsnaam", group=group,
        about="Het voorvoegsel van de achternaam, zoals van der. Mag leeg blijven.",
        example="van",
    )  # fmt: skip
    yield Column(
        heading="Achternaam", path="betrokkene.geslachtsnaam", group=group, needed=True,
        about="De achternaam, zonder voorvoegsel.", example="Voorbeeld",
    )  # fmt: skip
    yield Column(
        heading="Geboortedatum", path="betrokkene.geboortedatum", group=group, needed=True,
        holds=Holds.PARTIAL_DATE, example="31-01-1990",
        about="Dag, maand en jaar: 31-01-1990. Kent u alleen het jaar? Schrijf dan het jaar.",
    )  # fmt: skip
    yield Column(
        heading="E-mailadres", path="betrokkene.email", group=group,
        about="Het e-mailadres van de inburgeraar. Mag leeg blijven.",
    )  # fmt: skip
    yield Column(
        heading="Telefoonnummer", path="betrokkene.telefoonnummer", group=group,
        holds=Holds.NUMBER_AS_TEXT,
        about="Het telefoonnummer van de inburgeraar. Mag leeg blijven.",
    )  # fmt: skip


def _about_report() -> Iterator[Column]:
    group = "Bericht"
    yield Column(
        heading="Soort bericht", path="berichttype", group=group, holds=Holds.CODE,
        codes=_codes(b.Berichttype), needed=True, example="VOORTGANG",
        about="Kies uit de lijst waar dit bericht over gaat.",
    )  # fmt: skip
    yield Column(
        heading="Wet", path="wettelijkRegime", group=group, holds=Holds.CODE,
        codes=_codes(b.Regime), needed=True, example="WI2021",
        about="De wet waaronder deze inburgeraar inburgert.",
    )  # fmt: skip
    yield Column(
        heading="Doelgroep", path="doelgroep", group=group, holds=Holds.CODE,
        codes=_codes(b.Doelgroep), needed=True, example=b.Doelgroep.GEZIN_OVERIG.value,
        about="De groep waar deze inburgeraar bij hoort.",
    )  # fmt: skip
    yield Column(
        heading="Vervangt bericht", path="vervangt", group=group,
        about="Alleen bij CORRECTIE: het nummer van het bericht dat u verbetert.",
    )  # fmt: skip


def _about_progress() -> Iterator[Column]:
    group = "Voortgang"
    yield Column(
        heading="Periode van", path="voortgang.periode.van", group=group, holds=Holds.DATE,
        about="De eerste dag van de periode.", example="01-01-2026",
    )  # fmt: skip
    yield Column(
        heading="Periode tot en met", path="voortgang.periode.totEnMet", group=group,
        holds=Holds.DATE, about="De laatste dag van de periode.", example="31-03-2026",
    )  # fmt: skip
    for skill, name in _SKILLS:
        yield from _about_level(skill, name)
    for heading, path, about in (
        ("Gevolgde uren formeel", "gevolgdeUren.formeel", "Gevolgde uren formeel onderwijs."),
        ("Gevolgde uren non-formeel", "gevolgdeUren.nonFormeel", "Gevolgde uren daarbuiten."),
        ("Aangeboden uren", "aangebodenUren", "De uren die u in de periode hebt aangeboden."),
        ("Verzuim geoorloofd", "verzuim.urenGeoorloofd", "Uren. Schrijf nooit een reden op."),
        ("Verzuim ongeoorloofd", "verzuim.urenOngeoorloofd", "Uren. Schrijf nooit een reden op."),
    ):
        yield Column(
            heading=heading, path=f"voortgang.{path}", group=group, holds=Holds.WHOLE, about=about
        )
    yield Column(
        heading="Verwachte einddatum opleiding", path="voortgang.verwachteEinddatumOpleiding",
        group=group, holds=Holds.DATE, about="Wanneer de opleiding naar verwachting klaar is.",
    )  # fmt: skip


_SKILLS = (("LE", "Lezen"), ("LU", "Luisteren"), ("SC", "Schrijven"), ("SP", "Spreken"))


def _about_level(skill: str, name: str) -> Iterator[Column]:
    group = "Voortgang"
    of = f"voortgang.taalniveaus[{skill}]"
    for what, word, about in (
        ("begin", "begin", "Het niveau aan het begin."),
        ("huidig", "nu", "Het niveau nu."),
        ("doel", "doel", "Het niveau waar u naartoe werkt."),
    ):
        yield Column(
            heading=f"{name} {word}", path=f"{of}.{what}", group=group, holds=Holds.CODE,
            codes=_codes(b.Niveau), about=about,
            example={"begin": "A1", "huidig": "A2"}.get(what, "") if skill == "LE" else "",
        )  # fmt: skip
    yield Column(
        heading=f"{name} toets", path=f"{of}.toets", group=group,
        about="De naam van de toets, hoogstens 60 letters. Mag leeg blijven.",
    )  # fmt: skip
    yield Column(
        heading=f"{name} toetsdatum", path=f"{of}.toetsdatum", group=group, holds=Holds.DATE,
        about="De dag van de toets.",
    )  # fmt: skip


_EXAMS = (
    ("LE", "lezen"),
    ("LU", "luisteren"),
    ("SC", "schrijven"),
    ("SP", "spreken"),
    ("KNM", "KNM"),
    ("ONA", "ONA"),
    ("PVT", "PVT"),
    ("MAP", "MAP"),
)


def _about_trajectory() -> Iterator[Column]:
    group, top = "Traject", "inburgeringstraject"
    for heading, path, about in (
        ("Begin termijn", "startdatum", "De eerste dag van de termijn."),
        ("Einde termijn", "einddatum", "De dag waarop de termijn voorbij is. Die telt niet mee."),
    ):
        yield Column(
            heading=heading, path=f"{top}.inburgeringstermijn.{path}", group=group,
            holds=Holds.DATE, about=about,
        )  # fmt: skip
    yield Column(
        heading="Code verlenging", path=f"{top}.inburgeringstermijn.verlengingsgrondcode",
        group=group, about="De code van DUO als de termijn is verlengd. Mag leeg blijven.",
    )  # fmt: skip
    for code, name in _EXAMS:
        of = f"{top}.behaaldeExamens[{code}]"
        yield Column(
            heading=f"Examen {name} behaald op", path=f"{of}.examendatum", group=group,
            holds=Holds.DATE, about="Vul dit alleen in als het examen is behaald.",
        )  # fmt: skip
        yield Column(
            heading=f"Examen {name} niveau", path=f"{of}.niveau", group=group, holds=Holds.CODE,
            codes=_codes(b.Examenniveau), about="Het niveau van het behaalde examen.",
        )  # fmt: skip
    yield from _about_hours_and_loan(group, top)


def _about_hours_and_loan(group: str, top: str) -> Iterator[Column]:
    yield Column(
        heading="Inburgeringsuren", path=f"{top}.inburgeringsuren.uren", group=group,
        holds=Holds.WHOLE, about="De uren die meetellen voor de inburgering.",
    )  # fmt: skip
    yield Column(
        heading="Inburgeringsuren bekend tot", path=f"{top}.inburgeringsuren.bekendTot",
        group=group, holds=Holds.DATE, about="Tot welke dag u deze uren kent.",
    )  # fmt: skip
    yield Column(
        heading="DUO-lening rest", path=f"{top}.duoLening.resterendBedrag", group=group,
        holds=Holds.AMOUNT, about="Wat er over is van de lening, in euro.",
    )  # fmt: skip
    yield Column(
        heading="DUO-lening peildatum", path=f"{top}.duoLening.peildatum", group=group,
        holds=Holds.DATE, about="De dag waarop dit bedrag klopte.",
    )  # fmt: skip


def _about_plan() -> Iterator[Column]:
    group, top = "Plan", "persoonlijkPlan"
    for heading, path, kind, about in (
        ("Soort plan", "soort", b.PlanSoort, "Om welk plan het gaat."),
        ("Leerroute", "leerroute", b.Leerroute, "B1-route, onderwijsroute of Z-route."),
        ("Niveau plan", "niveau", b.PlanNiveau, "Het niveau waar het plan naartoe werkt."),
        (
            "Alfabetisering",
            "indicatorAlfabetiseringsonderwijs",
            b.Alfabetisering,
            "Of alfabetisering bij het plan hoort.",
        ),
    ):
        yield Column(
            heading=heading, path=f"{top}.{path}", group=group, holds=Holds.CODE,
            codes=_codes(kind), about=about,
        )  # fmt: skip
    yield Column(
        heading="Datum PIP", path=f"{top}.dagtekeningPip", group=group, holds=Holds.DATE,
        about="De datum die op de PIP staat.",
    )  # fmt: skip
    yield Column(
        heading="Uren B1-route", path=f"{top}.geschatteIntensiteitB1Route", group=group,
        holds=Holds.WHOLE, about="Hoeveel uren de B1-route naar schatting kost.",
    )  # fmt: skip
    yield Column(
        heading="Mag opleiding afmaken", path=f"{top}.indicatorMagOpleidingAfmaken",
        group=group, holds=Holds.YES_NO, codes=("ja", "nee"),
        about="Of de inburgeraar de opleiding mag afmaken.",
    )  # fmt: skip
    yield Column(
        heading="Datum wijziging plan", path=f"{top}.wijziging.datum", group=group,
        holds=Holds.DATE, about="De dag waarop het plan is gewijzigd.",
    )  # fmt: skip
    yield Column(
        heading="Omschrijving wijziging plan", path=f"{top}.wijziging.omschrijving",
        group=group, holds=Holds.LONG_TEXT,
        about="Hoogstens 500 letters. Twee mensen lezen dit eerst. Laat het liever leeg.",
    )  # fmt: skip


def _about_particulars() -> Iterator[Column]:
    group, of = "Bijzonderheid", "bijzonderheden[1]"
    yield Column(
        heading="Bijzonderheid datum", path=f"{of}.datum", group=group, holds=Holds.DATE,
        about="De dag waar het signaal over gaat.",
    )  # fmt: skip
    yield Column(
        heading="Bijzonderheid soort", path=f"{of}.soort", group=group, holds=Holds.CODE,
        codes=_codes(b.BijzonderheidSoort),
        about="De code zegt dat er iets is, nooit wat er is.",
    )  # fmt: skip
    yield Column(
        heading="Bijzonderheid signaal", path=f"{of}.signaal", group=group,
        holds=Holds.LONG_TEXT,
        about="Hoogstens 500 letters. Twee mensen lezen dit eerst. Laat het liever leeg.",
    )  # fmt: skip


COLUMNS: tuple[Column, ...] = (
    *_about_person(),
    *_about_report(),
    *_about_progress(),
    *_about_trajectory(),
    *_about_plan(),
    *_about_particulars(),
)
# About the form as a whole: above the table, or in a column that says the same in each row.
VERSION = Column(
    heading=VERSION_HEADING, path=VERSION_PATH, group="Formulier", holds=Holds.NUMBER_AS_TEXT,
    about="Altijd 1. Verander dit niet.",
)  # fmt: skip
PROVIDER = Column(
    heading=PROVIDER_HEADING, path=PROVIDER_PATH, group="Formulier", holds=Holds.NUMBER_AS_TEXT,
    about="Het nummer van uw instelling bij DUO, tien tekens.",
)  # fmt: skip


def plain(heading: str) -> str:
    """A heading as it is compared: whatever its case, spaces and the marks around it."""
    return " ".join(heading.replace("\u00a0", " ").split()).strip(" *:").casefold()


BY_HEADING: dict[str, Column] = {
    plain(each.heading): each for each in (*COLUMNS, VERSION, PROVIDER)
}
