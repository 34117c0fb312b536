"""The fields of the PDF form for one inburgeraar: what each is called, holds and becomes.

A field is known by its name alone, which is its path on the wire with a slash for
each dot: a dot in the name of a field would make it a field within another
(ISO 32000-1, 12.7.3.2).  Whoever writes the form and whoever reads it go by this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.bijsluiter import (
    Alfabetisering,
    Berichttype,
    BijzonderheidSoort,
    Doelgroep,
    Examenniveau,
    Examenonderdeel,
    Leerroute,
    Niveau,
    PlanNiveau,
    PlanSoort,
    Regime,
    Vaardigheid,
)

VERSION_FIELD = "formulier"
FORM_VERSION = "bijsluiter-1"
SPECIAL_INCIDENTS = 3  # rows for bijzonderheden; who has more uses the workbook


class Kind(StrEnum):
    """How a field is filled."""

    LINE = "line"
    TEXT = "text"  # several lines
    DATE = "date"
    PARTIAL_DATE = "partial-date"
    NUMBER = "number"
    AMOUNT = "amount"
    CHOICE = "choice"
    YES_NO = "yes-no"
    TICK = "tick"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; `codes` are what may be chosen, and `listed` the catalogue's list of them.

    `length` in characters; `wide` is the share of a line that the field takes, in percent.
    """

    name: str
    kind: Kind = Kind.LINE
    length: int = 0
    codes: tuple[str, ...] = ()
    listed: str = ""
    required: bool = False
    wide: int = 100


DATE_LENGTH = 10


def _line(name: str, length: int, *, required: bool = False, wide: int = 100) -> Field:
    return Field(name=name, length=length, required=required, wide=wide)


def _date(name: str, *, required: bool = False) -> Field:
    return Field(name=name, kind=Kind.DATE, length=DATE_LENGTH, required=required, wide=40)


def _number(name: str) -> Field:
    return Field(name=name, kind=Kind.NUMBER, length=4, wide=40)


def _choice(name: str, codes: type[StrEnum], listed: str = "", *, required: bool = False) -> Field:
    return Field(
        name=name,
        kind=Kind.CHOICE,
        codes=tuple(each.value for each in codes),
        listed=listed,
        required=required,
    )


SCHOOL = (
    _line("aanbieder/instellingsnummer", 10, required=True, wide=40),
    _line("aanbieder/bow", 200),
)
MESSAGE = (
    _choice("berichttype", Berichttype, "berichttype", required=True),
    _choice("wettelijkRegime", Regime, required=True),
    _choice("doelgroep", Doelgroep, required=True),
    _line("vervangt", 36),
)
PERSON = (
    _line("betrokkene/dossierkenmerk", 40, required=True),
    _line("betrokkene/voornamen", 200),
    _line("betrokkene/voorvoegselGeslachtsnaam", 200, wide=40),
    _line("betrokkene/geslachtsnaam", 200, required=True),
    Field(
        name="betrokkene/geboortedatum",
        kind=Kind.PARTIAL_DATE,
        length=DATE_LENGTH,
        required=True,
        wide=40,
    ),
    _line("betrokkene/email", 195),
    _line("betrokkene/telefoonnummer", 25, wide=40),
)
PLAN = (
    _choice("persoonlijkPlan/soort", PlanSoort, "plan"),
    _date("persoonlijkPlan/dagtekeningPip"),
    _choice("persoonlijkPlan/leerroute", Leerroute, "leerroute"),
    _choice("persoonlijkPlan/niveau", PlanNiveau, "niveau"),
    _number("persoonlijkPlan/geschatteIntensiteitB1Route"),
    _choice("persoonlijkPlan/indicatorAlfabetiseringsonderwijs", Alfabetisering, "alfabetisering"),
    Field(
        name="persoonlijkPlan/indicatorMagOpleidingAfmaken",
        kind=Kind.YES_NO,
        codes=("ja", "nee"),
        wide=40,
    ),
    _date("persoonlijkPlan/wijziging/datum"),
    Field(name="persoonlijkPlan/wijziging/omschrijving", kind=Kind.TEXT, length=500),
    _line("persoonlijkPlan/document/naam", 200),
)
TRAJECTORY = (
    _date("inburgeringstraject/inburgeringstermijn/startdatum"),
    _date("inburgeringstraject/inburgeringstermijn/einddatum"),
    _line("inburgeringstraject/inburgeringstermijn/verlengingsgrondcode", 8, wide=40),
    _number("inburgeringstraject/inburgeringsuren/uren"),
    _date("inburgeringstraject/inburgeringsuren/bekendTot"),
    Field(
        name="inburgeringstraject/duoLening/resterendBedrag",
        kind=Kind.AMOUNT,
        length=12,
        wide=40,
    ),
    _date("inburgeringstraject/duoLening/peildatum"),
)
PROGRESS = (
    _date("voortgang/periode/van"),
    _date("voortgang/periode/totEnMet"),
    _number("voortgang/gevolgdeUren/formeel"),
    _number("voortgang/gevolgdeUren/nonFormeel"),
    _number("voortgang/aangebodenUren"),
    _number("voortgang/verzuim/urenGeoorloofd"),
    _number("voortgang/verzuim/urenOngeoorloofd"),
    _date("voortgang/verwachteEinddatumOpleiding"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list on the wire as rows of a table: `key` is the member that a row itself stands for.

    A row with nothing in it is no element of the list.  Where there is a `tick`, the row
    counts when it is ticked.
    """

    path: str
    keys: tuple[str, ...]
    columns: tuple[Field, ...]
    key: str = ""
    listed: str = ""
    tick: str = ""

    def name(self, row: str, column: Field) -> str:
        """The field of this row in this column."""
        return f"{self.path}/{row}/{column.name}"


EXAMS = Rows(
    path="inburgeringstraject/behaaldeExamens",
    keys=tuple(each.value for each in Examenonderdeel),
    key="onderdeel",
    listed="examen",
    tick="behaald",
    columns=(
        Field(name="behaald", kind=Kind.TICK),
        _choice("niveau", Examenniveau, "niveau"),
        _date("examendatum"),
    ),
)
LEVELS = Rows(
    path="voortgang/taalniveaus",
    keys=tuple(each.value for each in Vaardigheid),
    key="vaardigheid",
    listed="vaardigheid",
    columns=(
        _choice("begin", Niveau, "niveau"),
        _choice("huidig", Niveau, "niveau"),
        _choice("doel", Niveau, "niveau"),
        _line("toets", 60),
        _date("toetsdatum"),
    ),
)
INCIDENTS = Rows(
    path="bijzonderheden",
    keys=tuple(str(number) for number in range(1, SPECIAL_INCIDENTS + 1)),
    columns=(
        _date("datum"),
        _choice("soort", BijzonderheidSoort, "bijzonderheid"),
        Field(name="signaal", kind=Kind.TEXT, length=500),
    ),
)
SINGLE = (*SCHOOL, *MESSAGE, *PERSON, *PLAN, *TRAJECTORY, *PROGRESS)
TABLES = (EXAMS, LEVELS, INCIDENTS)


def fields() -> dict[str, Field]:
    """Every field of the form by its whole name, without the mark of the version."""
    found = {each.name: each for each in SINGLE}
    for table in TABLES:
        for row in table.keys:
            found |= {table.name(row, column): column for column in table.columns}
    return found


def wire_path(name: str) -> str:
    """The path in a report of a field that stands in no table."""
    return name.replace("/", ".")
