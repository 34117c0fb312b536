"""Plainly fictitious reports and documents on the wire, and the register's facts about them.

What comes out is what a provider would send: JSON values with Dutch camelCase
names.  Everything is made from a number, so that the same number is the same
inburgeraar everywhere: the report, the dossier and the expectation of a test.
Hypothesis strategies over the same material are in ``tests/strategies.py``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.consent import Consent, ConsentCategory, ConsentState
from gateway.domain.facts import Dossier, Facts
from gateway.domain.mail import Protection
from gateway.domain.parties import Contact, Interval, Key, Party, Role, Side, Standing
from gateway.domain.plans import PlanFile
from gateway.domain.replacing import Replaced, Replacing
from gateway.resources import policy_text

if TYPE_CHECKING:
    from gateway.domain.wire import Json

INSTANT = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
INSTELLINGSNUMMER = "00VB000001"
GEMEENTE_NUMMER = "0000000518"
NAMES = ("Voorbeeld", "Fictief", "Proefman", "Testa", "Denkbeeld", "Verzonnen")
FIRST_NAMES = ("Amal", "Bilal", "Chen", "Dina", "Emre", "Farah")
GEZIN = "Gezinsmigrant en overige migrant"
ASIEL = "Asielstatushouder"


def bericht_id(number: int) -> UUID:
    """The id of the report with this number; the same number gives the same id."""
    return uuid5(NAMESPACE_URL, f"https://taalpoort.example/bericht/{number}")


def dossierkenmerk(number: int) -> str:
    """How the parties refer to the inburgeraar with this number."""
    return f"DEMO-{number:04}"


def betrokkene(number: int = 1) -> dict[str, Json]:
    """The inburgeraar with this number, as the provider writes them (T1)."""
    return {
        "dossierkenmerk": dossierkenmerk(number),
        "voornamen": FIRST_NAMES[number % len(FIRST_NAMES)],
        "geslachtsnaam": NAMES[number % len(NAMES)],
        "geboortedatum": f"19{70 + number % 30}-0{1 + number % 9}-1{number % 10}",
        "email": f"inburgeraar{number}@post.example",
        "telefoonnummer": "010 000 00 00",
    }


# A file as it may leave, beside whatever a report of these tests says.
PLAN = PlanFile(name="plan.pdf", content=b"%PDF-1.5 anew", original="ab" * 32)


def plan() -> dict[str, Json]:
    """P1 with every coded field and no free text."""
    return {
        "soort": "PIP",
        "dagtekeningPip": "2024-05-02",
        "leerroute": "B",
        "niveau": "B1",
        "geschatteIntensiteitB1Route": 700,
        "indicatorAlfabetiseringsonderwijs": "NVT",
        "indicatorMagOpleidingAfmaken": True,
        "wijziging": {"datum": "2025-09-15"},
    }


def traject() -> dict[str, Json]:
    """P2 with every field."""
    return {
        "inburgeringstermijn": {
            "startdatum": "2024-03-01",
            "einddatum": "2027-03-01",
            "verlengingsgrondcode": "ALFA",
        },
        "behaaldeExamens": [
            {"onderdeel": "KNM", "examendatum": "2025-06-12"},
            {"onderdeel": "LE", "niveau": "A2", "examendatum": "2025-11-04"},
        ],
        "inburgeringsuren": {"uren": 340, "bekendTot": "2025-12-31"},
        "duoLening": {"resterendBedrag": 1234.5, "peildatum": "2025-12-01"},
    }


def voortgang() -> dict[str, Json]:
    """P3 with every field."""
    return {
        "periode": {"van": "2025-10-01", "totEnMet": "2025-12-31"},
        "taalniveaus": [
            {
                "vaardigheid": "LE",
                "begin": "A1",
                "huidig": "A2",
                "doel": "B1",
                "toets": "Voortgangstoets",
                "toetsdatum": "2025-12-10",
            },
            {"vaardigheid": "SP", "begin": "A0", "huidig": "A1", "doel": "B1"},
        ],
        "gevolgdeUren": {"formeel": 96, "nonFormeel": 12},
        "aangebodenUren": 120,
        "verzuim": {"urenGeoorloofd": 18, "urenOngeoorloofd": 6},
        "verwachteEinddatumOpleiding": "2026-09-01",
    }


def bijzonderheden() -> list[Json]:
    """P4 as a code, without free text."""
    return [{"datum": "2025-11-20", "soort": "NEEM_CONTACT_OP"}]


def bericht(
    number: int = 1, *, regime: str = "WI2013", doelgroep: str = "", **sections: Json
) -> dict[str, Json]:
    """One report on the wire: progress and trajectory, unless `sections` say otherwise.

    A section given as None is left out; any other name is written as it is, so
    ``bericht(1, voortgang=None, persoonlijkPlan=plan(), bsn="...")`` says all of it.
    """
    made: dict[str, Json] = {
        "berichtId": str(bericht_id(number)),
        "berichttype": "VOORTGANG",
        "wettelijkRegime": regime,
        "doelgroep": doelgroep or (ASIEL if regime == "WI2013" else GEZIN),
        "betrokkene": betrokkene(number),
        "inburgeringstraject": traject(),
        "voortgang": voortgang(),
    }
    return {name: value for name, value in {**made, **sections}.items() if value is not None}


def full_bericht(number: int = 1, *, regime: str = "WI2013") -> dict[str, Json]:
    """A report with every field of annex 3 except free text."""
    return bericht(number, regime=regime, persoonlijkPlan=plan(), bijzonderheden=bijzonderheden())


def document(
    *berichten: dict[str, Json],
    number: int = 1,
    instellingsnummer: str = INSTELLINGSNUMMER,
    **envelope: Json,
) -> dict[str, Json]:
    """A whole document; without reports it holds one of inburgeraar `number`."""
    made: dict[str, Json] = {
        "bijsluiterVersie": "1",
        "documentId": str(uuid5(NAMESPACE_URL, f"https://taalpoort.example/document/{number}")),
        "verzonden": "2026-01-12T09:30:00+01:00",
        "aanbieder": {"instellingsnummer": instellingsnummer, "bow": "BOW-0001"},
        "berichten": list(berichten or (bericht(number),)),
    }
    return {name: value for name, value in {**made, **envelope}.items() if value is not None}


def document_json(
    *berichten: dict[str, Json],
    number: int = 1,
    instellingsnummer: str = INSTELLINGSNUMMER,
    size: int = 0,
    **envelope: Json,
) -> bytes:
    """The document as the attachment that travels, in UTF-8.

    `size` pads with white space before the closing brace to that many bytes, so
    that mails of a given size carry an ordinary document.
    """
    whole = document(*berichten, number=number, instellingsnummer=instellingsnummer, **envelope)
    text = json.dumps(whole, ensure_ascii=False, indent=1).encode()
    return text[:-1] + b" " * (size - len(text)) + text[-1:]


# --- what the register knows of the same people -------------------------------------------

ALWAYS = Interval()
RUNNING = Interval(start=INSTANT - timedelta(days=365), end=INSTANT + timedelta(days=365))


def provider(*, standing: Standing = Standing.ACTIVE, term: Interval = RUNNING) -> Party:
    """A language school."""
    return Party(
        party_id="school-1",
        side=Side.PROVIDER,
        name="Taalschool De Proef",
        instellingsnummer=INSTELLINGSNUMMER,
        standing=standing,
        term=term,
    )


def municipality() -> Party:
    """The municipality itself."""
    return Party(
        party_id="gemeente",
        side=Side.MUNICIPALITY,
        name="Gemeente Voorbeeldstad",
        instellingsnummer=GEMEENTE_NUMMER,
        standing=Standing.ACTIVE,
        term=RUNNING,
    )


def key(name: str = "key", *, valid: Interval = ALWAYS, revoked_at: datetime | None = None) -> Key:
    """A pinned key whose certificate is only a marker: nothing is sealed with it here."""
    return Key(
        protection=Protection.OPENPGP,
        fingerprint=uuid5(NAMESPACE_URL, name).hex.upper(),
        certificate=f"certificate of {name}".encode(),
        valid=valid,
        revoked_at=revoked_at,
    )


SENDER = Contact(
    contact_id="contact-1",
    party=provider(),
    name="Saar Proefdocent",
    address="saar@taalschool.example",
    role=Role.CONTACTPERSOON,
    bound=ALWAYS,
    key=key("sender"),
)
CASEMANAGER = Contact(
    contact_id="contact-2",
    party=municipality(),
    name="Casper Voorbeeldman",
    address="casper@gemeente.example",
    role=Role.CASEMANAGER,
    bound=ALWAYS,
    key=key("casemanager"),
)
OFFICER = Contact(
    contact_id="contact-3",
    party=municipality(),
    name="Fien Functionaris",
    address="privacy@gemeente.example",
    role=Role.PRIVACY_OFFICER,
    bound=ALWAYS,
    key=key("officer"),
)


def consent(*rows: str, extra: frozenset[str] = frozenset()) -> Consent:
    """Given consent for these rows of the form; without rows for all four."""
    categories = frozenset(ConsentCategory(row) for row in rows) or frozenset(ConsentCategory)
    return Consent(
        state=ConsentState.GIVEN,
        categories=categories,
        extra=frozenset(Category(name) for name in extra),
    )


def dossier(number: int = 1, *, regime: str | None = "WI2013", doelgroep: str = "") -> Dossier:
    """What the register holds of the inburgeraar with this number."""
    person = betrokkene(number)
    group = doelgroep or (ASIEL if regime == "WI2013" else GEZIN)
    return Dossier(
        dossier_id=f"dossier-{number}",
        dossierkenmerk=dossierkenmerk(number),
        regime=None if regime is None else Regime(regime),
        doelgroep=None if regime is None else Doelgroep(group),
        duty=RUNNING,
        geslachtsnaam=str(person["geslachtsnaam"]),
        voorvoegsel="",
        geboortedatum=str(person["geboortedatum"]),
    )


@cache
def policy_digest() -> str:
    """Of the covenant's table as it ships."""
    return sha256(policy_text().encode()).hexdigest()


def replaced(number: int = 9, *readers: Contact, state: Replacing = Replacing.STANDS) -> Replaced:
    """The report with this number as a correction of it finds it: it went, whole."""
    return Replaced(
        bericht_id=bericht_id(number),
        state=state,
        trace="ab" * 16,
        recipients=readers or (CASEMANAGER,),
        shared=frozenset(Category),
    )


def facts(
    number: int = 1,
    *,
    regime: str = "WI2013",
    consent: Consent | None = None,
    recipient: Contact | None = CASEMANAGER,
    sender: Contact = SENDER,
    sender_designated: bool = True,
    of: Dossier | None = None,
    replaced: Replaced | None = None,
) -> Facts:
    """A reading of the register in which everything is in order, unless said otherwise."""
    everything = Consent(state=ConsentState.GIVEN, categories=frozenset(ConsentCategory))
    return Facts(
        dossierkenmerk=dossierkenmerk(number),
        as_of=INSTANT,
        revision=1,
        until=None,
        sender=sender,
        provider=sender.party,
        dossier=of or dossier(number, regime=regime),
        sender_designated=sender_designated,
        recipient=recipient,
        consent=consent or everything,
        policy_digest=policy_digest(),
        replaced=replaced,
    )
