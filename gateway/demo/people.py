"""Who takes part in the story, and the inburgeraars it is about; plainly fictitious."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.bijsluiter import Doelgroep, Regime
from gateway.domain.consent import ConsentKind
from gateway.domain.histories import Identity
from gateway.domain.parties import Role, Side

GATEWAY_ADDRESS = "uitwisseling@voorbeeldstad.example"
MUNICIPALITY_NAME = "Gemeente Voorbeeldstad"
ALL_ROWS = "T1 T2 T3 T4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A party to the covenant."""

    party_id: str
    side: Side
    name: str
    instellingsnummer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A contact of a party: the name by which the story calls them, and their mailbox."""

    contact_id: str
    party: Organisation
    name: str
    address: str
    role: Role

    @property
    def called(self) -> str:
        """The first name."""
        return self.name.split()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inburgeraar:
    """A data subject as the register knows them; `consents` are event, rows of annex 2."""

    identity: Identity
    regime: Regime
    doelgroep: Doelgroep
    casemanager: Somebody
    consents: tuple[tuple[ConsentKind, str], ...] = ()


MUNICIPALITY = Organisation(
    party_id="gemeente",
    side=Side.MUNICIPALITY,
    name=MUNICIPALITY_NAME,
    instellingsnummer="0000009999",
)
SCHOOL = Organisation(
    party_id="de-proef",
    side=Side.PROVIDER,
    name="Taalschool De Proef",
    instellingsnummer="00VB000001",
)
OTHER_SCHOOL = Organisation(
    party_id="letterhuis",
    side=Side.PROVIDER,
    name="Het Letterhuis",
    instellingsnummer="00VB000002",
)
PARTIES = (MUNICIPALITY, SCHOOL, OTHER_SCHOOL)

SAAR = Somebody(
    contact_id="contact-1",
    party=SCHOOL,
    name="Saar Proefdocent",
    address="saar@deproef.example",
    role=Role.CONTACTPERSOON,
)
SOFIE = Somebody(
    contact_id="contact-2",
    party=OTHER_SCHOOL,
    name="Sofie Testlerares",
    address="sofie@letterhuis.example",
    role=Role.CONTACTPERSOON,
)
CASPER = Somebody(
    contact_id="contact-3",
    party=MUNICIPALITY,
    name="Casper Voorbeeldman",
    address="casper@voorbeeldstad.example",
    role=Role.CASEMANAGER,
)
CARLA = Somebody(
    contact_id="contact-4",
    party=MUNICIPALITY,
    name="Carla Denkbeeldig",
    address="carla@voorbeeldstad.example",
    role=Role.CASEMANAGER,
)
FIEN = Somebody(
    contact_id="contact-5",
    party=MUNICIPALITY,
    name="Fien Functionaris",
    address="privacy@voorbeeldstad.example",
    role=Role.PRIVACY_OFFICER,
)
PEOPLE = (SAAR, SOFIE, CASPER, CARLA, FIEN)

AMAL = Inburgeraar(
    identity=Identity(
        dossierkenmerk="DEMO-0001",
        voornamen="Amal",
        geslachtsnaam="Voorbeeldsen",
        geboortedatum="1991-04-17",
    ),
    regime=Regime.WI2013,
    doelgroep=Doelgroep.ASIEL,
    casemanager=CASPER,
    consents=((ConsentKind.GIVEN, ALL_ROWS),),
)
BILAL = Inburgeraar(
    identity=Identity(
        dossierkenmerk="DEMO-0002",
        voornamen="Bilal",
        geslachtsnaam="Fictiefski",
        geboortedatum="1988-11-23",
    ),
    regime=Regime.WI2013,
    doelgroep=Doelgroep.ASIEL,
    casemanager=CASPER,
    consents=((ConsentKind.GIVEN, "T1 T2 T3"),),
)
CHEN = Inburgeraar(
    identity=Identity(
        dossierkenmerk="DEMO-0003",
        voornamen="Chen",
        geslachtsnaam="Proefmans",
        geboortedatum="1979-02-08",
    ),
    regime=Regime.WI2013,
    doelgroep=Doelgroep.ASIEL,
    casemanager=CARLA,
    consents=((ConsentKind.GIVEN, ALL_ROWS), (ConsentKind.WITHDRAWN, "")),
)
DINA = Inburgeraar(
    identity=Identity(
        dossierkenmerk="DEMO-0004",
        voornamen="Dina",
        geslachtsnaam="Denkbeeldova",
        geboortedatum="1995-07-30",
    ),
    regime=Regime.WI2021,
    doelgroep=Doelgroep.GEZIN_OVERIG,
    casemanager=CARLA,
)
INBURGERAARS = (AMAL, BILAL, CHEN, DINA)
