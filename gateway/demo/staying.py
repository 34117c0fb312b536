"""After the story: everything stays up, for whoever wants to try a mail program of their own."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from gateway import wiring
from gateway.demo.people import CASPER, GATEWAY_ADDRESS, PEOPLE, SAAR

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.demo.people import Somebody
    from gateway.demo.stage import Stage
    from gateway.demo.telling import Teller


async def stay(stage: Stage, teller: Teller) -> None:
    """Say how to log in and with which keys; until Ctrl-C or SIGTERM."""
    certificate = stage.folder / ("gateway.pem" if stage.config.smime else "gateway.asc")
    shown = wiring.smime_pem(stage.config) or wiring.armored_certificate(stage.config)
    certificate.write_text(shown, encoding="ascii")
    keys = {person.contact_id: await _key_file(stage, person) for person in PEOPLE}
    mailbox = stage.mailboxes[GATEWAY_ADDRESS]
    teller.act("Zelf proberen")
    teller.say(f"IMAP   {mailbox.host} poort {mailbox.imap_port}, SSL/TLS")
    teller.say(f"SMTP   {mailbox.host} poort {mailbox.smtp_port}, STARTTLS, wachtwoord")
    teller.say(f"CA     {stage.ca_file}")
    if stage.config.smime is not None:
        teller.say(f"S/MIME {stage.config.smime.roots_file}, de uitgever van de certificaten")
    teller.say(f"Poort  {GATEWAY_ADDRESS}, sleutel {certificate}")
    teller.say("")
    teller.table(
        ("Gebruiker (mailadres)", "Wachtwoord", "Geheime sleutel (zonder wachtzin)"),
        [
            (each.address, stage.mailbox(each).password, str(keys[each.contact_id]))
            for each in PEOPLE
        ],
    )
    teller.say("")
    teller.letter(f"Met {stage.user(SAAR).program} op de opdrachtregel", _commands(stage))
    teller.say("Ctrl-C stopt alles en ruimt op.")
    await _until_told()


async def _key_file(stage: Stage, person: Somebody) -> Path:
    ending, content = await stage.user(person).secret_key()
    file = stage.folder / f"{person.called.lower()}.{ending}"
    file.touch(mode=0o600)
    file.write_bytes(content)
    return file


def _commands(stage: Stage) -> str:
    mailbox = stage.mailbox(CASPER)
    opening, sealing = stage.user(CASPER).commands()[0], stage.user(SAAR).commands()[1]
    return "\n".join(
        (
            "# als casemanager Casper: post ophalen en openen",
            f"curl --cacert {stage.ca_file} -u {mailbox.address}:{mailbox.password} \\",
            f"  'imaps://{mailbox.host}:{mailbox.imap_port}/INBOX;MAILINDEX=1' > mail.eml",
            opening,
            "",
            "# als school: een bestand ondertekenen en versleutelen voor de poort",
            sealing,
            "",
            "# als beheerder: elke opdracht van de poort",
            f"gateway log verify --config {stage.folder / 'gateway.toml'}",
        )
    )


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()
