"""Made-up material for dossiers: people, reports and texts as many as a test wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.annotations import Kind
from gateway.domain.dossier import (
    Consulted,
    Dated,
    Kept,
    Named,
    Processed,
    Report,
    Withholding,
)
from gateway.domain.dossier_reading import Came, Read
from gateway.domain.dossier_terms import Controller, Purpose, Term
from gateway.domain.parties import Side
from gateway.duties.dossier import Material
from tests import generators, world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.consent_forms import OnRecord

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
ACTIVITY = "https://register.gemeente.example/verwerkingen/exchange/1"
SAAR = Named(
    contact_id="contact-1",
    name="Saar Proefdocent",
    organisation="Taalschool De Proef",
    side=Side.PROVIDER,
)
CASPER = Named(
    contact_id="contact-2",
    name="Casper Voorbeeldman",
    organisation="Gemeente Voorbeeldstad",
    side=Side.MUNICIPALITY,
)


def trace(mail: int) -> str:
    return f"{mail:032x}"


def a_report(mail: int, number: int = 0, **facts: object) -> Report:
    """One that left on consent, and is kept."""
    said: dict[str, object] = {
        "span_id": f"{mail:014x}{number:02x}",
        "trace": trace(mail),
        "number": number,
        "round": 0,
        "bericht_id": "",
        "reference": f"{mail}.{number}@gemeente.example",
        "decided_at": AT + timedelta(days=mail),
        "outcome": "forward",
        "reasons": (),
        "withdrawn": False,
        "state": "sent",
        "sent_at": AT + timedelta(days=mail, minutes=1),
        "sender": SAAR,
        "recipient": CASPER,
        "ground": "consent",
        "articles": ("12.2",),
        "categories": ("identiteit", "P3-taalniveau"),
        "disclosed": ("betrokkene.dossierkenmerk", "voortgang.periode.van"),
        "withheld": (
            Withholding(
                path="bijzonderheden[0].signaal",
                reason="art-12.2/not-in-consent-form",
                article="12.2",
            ),
        ),
        "policy": "ab" * 32,
        "kept": Kept.HERE,
        "received_at": AT + timedelta(days=mail),
        "kept_until": AT + timedelta(days=mail + 14),
    }
    return Report(**{**said, **facts})  # type: ignore[arg-type]  # named as the fields are


def came(number: int, person: int, text: str = "") -> Came:
    """A report about this inburgeraar, at this place of its mail."""
    told = generators.betrokkene(person)
    sent = generators.bericht(person)
    texts: tuple[tuple[str, str], ...] = ()
    if text:
        sent["bijzonderheden"] = [{"datum": "2026-01-05", "signaal": text}]
        texts = (("bijzonderheden[0].signaal", text),)
    return Came(
        number=number,
        sent=dict(sent),
        dossierkenmerk=str(told["dossierkenmerk"]),
        geslachtsnaam=str(told["geslachtsnaam"]),
        geboortedatum=str(told["geboortedatum"]),
        texts=texts,
    )


def a_reading(reports: Sequence[Report], **facts: object) -> Read:
    """Of inburgeraar 1."""
    said: dict[str, object] = {
        "dossier_id": "dossier-1",
        "identities": (Dated(since=AT, identity=world.identity(1)),),
        "circumstances": (),
        "assigned": (),
        "consents": (),
        "scans": {},
        "reports": tuple(reports),
        "processing": tuple(
            Processed(
                number=number,
                at=each.decided_at,
                kind="report",
                activity_id=ACTIVITY,
                entry={"record": {"span_id": each.span_id}, "evidence": {}},
                kept_until=AT + timedelta(days=1825),
            )
            for number, each in enumerate(reports)
        ),
        "consultations": (
            Consulted(
                number=999_999,
                at=AT,
                action="register.dossier-looked",
                activity_id=ACTIVITY,
                kept_until=None,
            ),
        ),
        "suspected": (),
        "cases": (),
        "words": {},
        "rights": (),
        "on_hold": False,
        "doubtful": (),
        "missing": (),
    }
    return Read(**{**said, **facts})  # type: ignore[arg-type]  # named as the fields are


def material(read: Read, mails: Mapping[str, Sequence[Came] | None]) -> Material:
    """With a scanner that points at everything."""
    return Material(
        read=read,
        came=mails,
        providers={"school-1": "Taalschool De Proef"},
        activities=(
            Purpose(
                activity_id=ACTIVITY,
                name="Berichten doorsturen",
                purposes=("De inburgeraar begeleiden",),
                grounds=("toestemming (AVG 6(1)(a))",),
                recipients=("De aangewezen casemanager",),
                third_countries=(),
            ),
        ),
        terms=(Term(what="De verzegelde mail", duration="P14D", since="de afhandeling", until=AT),),
        controller=Controller(
            municipality="Gemeente Voorbeeldstad", contact="privacy@gemeente.example", officer=""
        ),
        pointed=lambda _text: (Kind.OTHER_PERSON,),
    )


def scanned(record: OnRecord, content: bytes | None) -> dict[str, object]:
    """What a reading says of one consent event with a scan."""
    return {"consents": (record,), "scans": {record.number: content}}
