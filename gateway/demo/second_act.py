"""The second act: the same document without encryption, of which nothing goes anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.demo import disclosure
from gateway.demo.first_act import TEXT, outside
from gateway.demo.log_act import last_mail
from gateway.demo.mail_user import entity, plain_mail
from gateway.demo.people import CARLA, CASPER, FIEN, GATEWAY_ADDRESS, SAAR, SOFIE
from gateway.demo.reports import document
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from gateway.demo.scene import Opened, Scene


async def send_unencrypted(scene: Scene) -> Opened:
    """Sent, refused, answered without content, on record; nobody else hears of it.  The answer."""
    scene.teller.act("Dezelfde mail, maar nu zonder versleuteling")
    others = (CASPER, CARLA, SOFIE, FIEN)
    before = [len(await scene.stage.mailbox(each).read()) for each in others]
    with scene.teller.step(f"{SAAR.called} vergeet te versleutelen en mailt naar de poort"):
        inner = entity(TEXT, "bijsluiter.json", document(scene.reports))
        await scene.stage.mailbox(SAAR).submit(plain_mail(outside(), inner), GATEWAY_ADDRESS)
    with scene.teller.step("de poort weigert en laat dat weten, versleuteld"):
        (_, answer, *more) = await scene.wait_for_mail(SAAR, 2)
    opened = await scene.open(SAAR, answer)
    scene.teller.letter(f"Aan {SAAR.called}: {opened.mail.subject}", opened.mail.text)
    after = [len(await scene.stage.mailbox(each).read()) for each in others]
    scene.keep(
        "Van de onversleutelde mail gaat niets naar een ander.",
        *(each.name for each, b, a in zip(others, before, after, strict=True) if a != b),
        f"{SAAR.name} kreeg {len(more)} mail(s) te veel" if more else "",
    )
    scene.keep(
        "Het antwoord herhaalt geen enkel gegeven van een inburgeraar.",
        *(w for w in disclosure.personal_words(scene) if w in opened.mail.everything),
    )
    evidence = (await last_mail(scene))["evidence"]
    scene.keep(
        "Ook de weigering staat in het logboek, met de reden.",
        "" if evidence["outcome"] == "reject" else f"uitkomst {evidence['outcome']}",
        "" if Reason.NOT_ENCRYPTED.value in evidence["reasons"] else "een andere reden",
    )
    scene.facts["unencrypted"] = {
        "outcome": evidence["outcome"],
        "reasons": evidence["reasons"],
        "answer": opened.mail.subject,
    }
    return opened
