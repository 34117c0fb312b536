"""The third act: the municipality hands over a kit, and the school mails its workbook."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.demo import sheet_user
from gateway.demo.disclosure import has
from gateway.demo.first_act import outside
from gateway.demo.mail_user import entity
from gateway.demo.people import AMAL, CASPER, DINA, GATEWAY_ADDRESS, PEOPLE, SAAR, SCHOOL
from gateway.demo.register import BY
from gateway.domain.texts import Language
from gateway.wiring.kit import school_kit

if TYPE_CHECKING:
    from datetime import date

    from gateway.demo.people import Inburgeraar
    from gateway.demo.scene import Opened, Scene
    from gateway.wiring.kit import Kit

FORM, README = "formulieren/voortgang.ods", "README.txt"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
TEXT = "Zie bijlage.\n"
_WRONG = "gevorderd"


async def send_workbook(scene: Scene) -> None:
    """One good row and one with a wrong cell: what becomes of each, and what the school hears."""
    scene.teller.act("De volgende keer met een werkmap")
    with scene.teller.step(f"gateway kit: het pakket voor {SCHOOL.name}"):
        made = await school_kit(scene.stage.config, SCHOOL.party_id, by=BY, language=Language.NL)
    _look_into(scene, made)
    before = [len(await scene.stage.mailbox(each).read()) for each in (SAAR, CASPER)]
    saar = scene.stage.user(SAAR)
    with scene.teller.step(
        f"{SAAR.called} vult twee rijen in, de tweede met een fout, en mailt de werkmap"
    ):
        rows = (_row(AMAL, "A2"), _row(DINA, _WRONG))
        content = sheet_user.filled(made.files[FORM], rows)
        inner = entity(TEXT, "voortgang.ods", content, ODS)
        mail = await saar.mail(outside(), inner)
        await scene.stage.mailbox(SAAR).submit(mail, GATEWAY_ADDRESS)
    with scene.teller.step("de poort leest de rijen, en beoordeelt elke rij apart"):
        *_, answer = await scene.wait_for_mail(SAAR, before[0] + 1)
        *_, report = await scene.wait_for_mail(CASPER, before[1] + 1)
    opened = await scene.open(SAAR, answer)
    scene.teller.letter(f"Aan {SAAR.called}: {opened.mail.subject}", opened.mail.text)
    _check(scene, opened, await scene.open(CASPER, report))
    scene.facts["workbook"] = {"kit": sorted(made.files), "receipt": opened.attached}


def _row(about: Inburgeraar, level: str) -> dict[str, str | int | date]:
    today = datetime.now(UTC).date()
    identity = about.identity
    return {
        "Dossierkenmerk": identity.dossierkenmerk,
        "Voornamen": identity.voornamen,
        "Achternaam": identity.geslachtsnaam,
        "Geboortedatum": identity.geboortedatum,
        "Soort bericht": "VOORTGANG",
        "Wet": about.regime.value,
        "Doelgroep": about.doelgroep.value,
        "Periode van": today - timedelta(days=9),
        "Periode tot en met": today - timedelta(days=2),
        "Lezen begin": "A1",
        "Lezen nu": level,
        "Lezen doel": "B1",
        "Gevolgde uren formeel": 12,
        "Aangeboden uren": 14,
    }


def _look_into(scene: Scene, made: Kit) -> None:
    for name in sorted(made.files):
        scene.teller.say(f"  {name}")
    readable = made.files[README].decode()
    scene.keep(
        "Het pakket noemt geen mens: geen contactpersoon, geen inburgeraar.",
        *(each.name for each in PEOPLE if each.name in readable),
    )


def _check(scene: Scene, receipt: Opened, report: Opened) -> None:
    reports = receipt.attached["berichten"]
    outcomes = [each["uitkomst"] for each in reports]
    scene.keep(
        "Een fout in een rij kost alleen die rij.",
        "" if outcomes == ["forward", "reject"] else f"uitkomsten {outcomes}",
        "" if AMAL.identity.dossierkenmerk in report.mail.text else "een ander bericht",
    )
    scene.keep(
        "De school hoort welke cel fout is, en niet wat erin stond.",
        "" if f"Blad '{sheet_user.SHEET}', cel " in receipt.mail.text else "geen cel genoemd",
        _WRONG if has(receipt, _WRONG) else "",
    )
