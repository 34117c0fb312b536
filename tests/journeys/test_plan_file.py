"""A plan as a file (annex 3, 12.3): from a school's mail to the casemanager, past two readers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from gateway.adapters.pdf_clean import cleaned
from gateway.domain.bijsluiter import Doelgroep, Regime
from tests import generators, pdf_forms, people, plans
from tests.journeys.test_held_mail import FREE_TEXT, command
from tests.journeys.town import report
from tests.world import CASPER, SAAR, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.domain.wire import Json
    from tests.journeys.town import Town

GEZIN = Setting(regime=Regime.WI2021, doelgroep=Doelgroep.GEZIN_OVERIG, consent=())
TESS, PIM = ("--by", "Tess Testpersoon"), ("--by", "Pim Proefpersoon")


def test_two_people_read_a_plan_and_then_it_goes_rewritten(town: Town, tmp_path: Path) -> None:
    came = plans.with_planted("script")
    document: Json = {"naam": "pip.pdf", "sha256": hashlib.sha256(came).hexdigest()}
    plan: dict[str, Json] = {**generators.plan(), "document": document}
    sent = report(
        town.inburgeraar(GEZIN), berichttype="PLAN", wettelijkRegime="WI2021",
        doelgroep=generators.GEZIN, persoonlijkPlan=plan,
    )  # fmt: skip
    town.send(SAAR, sent, extra_attachments=(("pip.pdf", "application/pdf", came),))
    (record,) = town.records()
    assert [each[1:] for each in record.standing] == [("hold", frozenset({FREE_TEXT}))]
    file = tmp_path / "plan.pdf"
    shown = command(town, "held", "plan", record.trace, "--to", str(file), *TESS)
    assert file.read_bytes() == cleaned(came)
    assert shown["sha256"] == hashlib.sha256(cleaned(came)).hexdigest()
    command(town, "held", "release", record.trace, *TESS)
    assert town.got().get(CASPER, 0) == 0
    command(town, "held", "release", record.trace, *PIM)
    town.settle(1)
    mail = town.read(CASPER)
    attached = {
        part.get_filename(): part.get_payload(decode=True) for part in mail.inner.iter_attachments()
    }
    assert attached["pip.pdf"] == cleaned(came)
    declared = mail.attached("bijsluiter")["berichten"][0]["persoonlijkPlan"]["document"]
    assert declared == {"naam": "pip.pdf", "sha256": shown["sha256"]}


def test_a_pdf_form_is_answered_by_its_page_and_goes_once_it_is_mended(town: Town) -> None:
    """A teacher's form: a date that is none is said with its page; the mended form goes on."""
    number = town.inburgeraar(GEZIN)
    post_form(town, form(number, "ooit"))
    town.settle(1)
    assert "Bladzijde 2" in town.read(SAAR).text
    assert town.got().get(CASPER, 0) == 0
    post_form(town, form(number, "01-10-2025"))
    town.settle(2)
    mail = town.read(CASPER)
    assert mail.report["voortgang"]["periode"] == {"van": "2025-10-01", "totEnMet": "2025-12-31"}


def post_form(town: Town, attached: tuple[str, str, bytes]) -> None:
    """The form alone in a mail, as a teacher with GnuPG sends it."""
    saar = town.resident(SAAR)
    headers = {
        "From": saar.key.user_id,
        "To": town.household.gateway.address,
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": people.new_message_id(),
        "Subject": "Formulier",
    }
    inner = people.entity((attached,))
    town.post(
        SAAR, people.pgp_mime(headers, people.armored("gnupg", saar.key, town.certificate, inner))
    )


def form(number: int, begin: str) -> tuple[str, str, bytes]:
    person = report(number)["betrokkene"]
    assert isinstance(person, dict)
    values = {
        "berichttype": "VOORTGANG",
        "wettelijkRegime": "WI2021",
        "doelgroep": generators.GEZIN,
        "voortgang/periode/van": begin,
        "voortgang/periode/totEnMet": "31-12-2025",
        "voortgang/gevolgdeUren/formeel": "96",
        **{f"betrokkene/{name}": str(person[name])
           for name in ("dossierkenmerk", "geslachtsnaam", "geboortedatum")},
    }  # fmt: skip
    return ("formulier.pdf", "application/pdf", pdf_forms.filled(values))
