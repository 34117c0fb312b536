"""The first act: one mail with four reports, and what everybody gets to see of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.demo import disclosure
from gateway.demo import receipt as proof
from gateway.demo.correspondent import can_open
from gateway.demo.mail_user import Outside, entity, outer_headers, without_ciphertext
from gateway.demo.people import (
    CARLA,
    CASPER,
    FIEN,
    GATEWAY_ADDRESS,
    PEOPLE,
    SAAR,
    SOFIE,
)
from gateway.demo.reports import document
from gateway.domain.consent import ConsentKind

if TYPE_CHECKING:
    from gateway.demo.people import Inburgeraar
    from gateway.demo.scene import Opened, Scene

TEXT = "Beste gemeente,\n\nIn de bijlage staat de bijsluiter over vier cursisten.\n\nSaar\n"
SUBJECT = "Beveiligd bericht"


def outside() -> Outside:
    """How the school addresses its mail."""
    return Outside(
        sender=SAAR.address,
        name=SAAR.name,
        recipient=GATEWAY_ADDRESS,
        subject=SUBJECT,
        date=datetime.now(UTC),
    )


def introduce(scene: Scene) -> None:
    """Who is who, and what the register knows of the four inburgeraars."""
    teller = scene.teller
    teller.act("Wie doen er mee")
    teller.say("Alle mensen, scholen en gegevens in dit verhaal zijn verzonnen.")
    teller.table(
        ("Wie", "Bij", "Rol", "Mailadres"),
        [(each.name, each.party.name, each.role.value, each.address) for each in PEOPLE],
    )
    teller.say("")
    teller.say("Wat het register van de gemeente weet van vier inburgeraars:")
    teller.table(
        ("Dossier", "Wet", "Groep", "Toestemming (bijlage 2)", "Casemanager"),
        [
            (
                each.about.identity.dossierkenmerk,
                each.about.regime.value,
                each.about.doelgroep.value,
                _consent(each.about),
                each.about.casemanager.called,
            )
            for each in scene.reports
        ],
    )


def _consent(about: Inburgeraar) -> str:
    if not about.consents:
        return "niet nodig (art. 12.1)"
    kind, rows = about.consents[-1]
    return f"gegeven voor {rows}" if kind is ConsentKind.GIVEN else "gegeven, later ingetrokken"


async def send(scene: Scene) -> None:
    """The school's own program and mailbox; then the gateway's answer."""
    teller, stage = scene.teller, scene.stage
    teller.act("De school mailt een document met vier berichten")
    teller.table(
        ("Nr.", "Dossier", "Wat er bijzonder aan is"),
        [(str(n), each.kenmerk, each.special) for n, each in enumerate(scene.reports, 1)],
    )
    teller.say("")
    saar = stage.user(SAAR)
    with teller.step(
        f"{SAAR.called} ondertekent en versleutelt met {saar.program}, en mailt naar de poort"
    ):
        inner = entity(TEXT, "bijsluiter.json", document(scene.reports))
        await stage.mailbox(SAAR).submit(await saar.mail(outside(), inner), GATEWAY_ADDRESS)
    began = time.monotonic()
    with teller.step("de poort opent, toetst, filtert, legt vast en stuurt door"):
        await scene.wait_for_mail(SAAR, 1)
    scene.facts["secondsFromMailToReceipt"] = round(time.monotonic() - began, 2)


async def read_reports(scene: Scene) -> None:
    """What each casemanager can open, and that it is that and no more."""
    scene.teller.act("Wat de casemanagers kunnen lezen")
    everything: list[Opened] = []
    for person in (CASPER, CARLA):
        mails = await scene.open_all(person)
        scene.teller.say(
            f"{person.name} haalt de post op (IMAP) en opent {len(mails)} mail(s) met de eigen "
            "sleutel. De handtekening van de poort klopt."
        )
        for opened in mails:
            scene.teller.letter(f"Aan {person.called}: {opened.mail.subject}", opened.mail.text)
        disclosure.check(scene, person, mails)
        everything += mails
    disclosure.nobody_reads(scene, everything)


async def read_receipt(scene: Scene) -> None:
    """What the school is told, and where each withholding is written in the covenant."""
    scene.teller.act("Wat de school terugkrijgt")
    (receipt,) = await scene.open_all(SAAR)
    scene.teller.say(f"{SAAR.name} opent de ontvangstbevestiging met de eigen sleutel.")
    scene.teller.letter(f"Aan {SAAR.called}: {receipt.mail.subject}", receipt.mail.text)
    scene.teller.act("Wat is tegengehouden, en op welk artikel")
    proof.show(scene, receipt)
    proof.check(scene, receipt)


async def nobody_else(scene: Scene) -> None:
    """The mailboxes and keys of those whom it does not concern."""
    scene.teller.act("Wat anderen zien")
    others = {each.name: await scene.stage.mailbox(each).read() for each in (SOFIE, FIEN)}
    scene.keep(
        f"{SOFIE.name} (andere school) en {FIEN.name} (privacy officer) kregen niets.",
        *(f"{name} kreeg {len(mails)} mail(s)" for name, mails in others.items() if mails),
    )
    (first, *_) = await scene.stage.mailbox(CASPER).read()
    opened_by = [
        each.name
        for each in PEOPLE
        if each != CASPER and await can_open(scene.stage.user(each), first)
    ]
    scene.keep(f"Post aan {CASPER.called} gaat met de sleutel van een ander niet open.", *opened_by)
    await _on_the_wire(scene, first)


async def _on_the_wire(scene: Scene, report: bytes) -> None:
    (arrived,) = await scene.stage.mailboxes[GATEWAY_ADDRESS].read("Verwerkt")
    for title, mail in (("Van school naar poort", arrived), ("Van poort naar casemanager", report)):
        scene.teller.say(f"{title}: wie meeleest op de lijn ziet alleen de buitenkant.")
        headers = outer_headers(mail)
        scene.teller.letter(title, "\n".join(f"{name}: {value}" for name, value in headers))
    everything = [arrived, *[m for p in PEOPLE for m in await scene.stage.mailbox(p).read()]]
    parts = [without_ciphertext(mail) for mail in everything]
    readable = b"\n".join(each or b"" for each in parts).decode()
    scene.keep(
        "Op de lijn staat van geen inburgeraar een naam, kenmerk of ander gegeven.",
        *(word for word in disclosure.personal_words(scene) if word in readable),
        "een mail is niet versleuteld" if None in parts else "",
    )
    scene.facts["onTheWire"] = {
        "toGateway": dict(outer_headers(arrived)),
        "toCasemanager": dict(outer_headers(report)),
    }
