"""Article 12.5: secured mail, and only over the designated contact person.

> Informatie wordt uitgewisseld via een beveiligde mail en uitsluitend via de hiertoe aangewezen
> contactpersoon van de inburgeraar.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

import pytest

from gateway.domain.parties import Interval, Role, Side
from gateway.domain.register import Refusal, RegisterError
from tests import generators, people
from tests.journeys.conftest import a_town, at_work
from tests.journeys.residents import plain_words
from tests.journeys.town import report
from tests.journeys.wiretap import Wiretap
from tests.world import (
    CARLA,
    CASPER,
    OFFICER,
    RELATIEBEHEERDER,
    SAAR,
    SAM,
    SCHOOL_1,
    SOFIE,
    Setting,
)

if TYPE_CHECKING:
    from tests.journeys.town import Town
    from tests.servers.dovecot import Dovecot
    from tests.servers.postfix import Postfix

HOUR = timedelta(hours=1)


def dossier(number: int) -> str:
    return f"dossier-{number}"


# --- secured mail ------------------------------------------------------------


def test_via_een_beveiligde_mail(any_town: Town) -> None:
    """Encrypted to the one reader and signed by the gateway; outside it says nothing."""
    number = any_town.inburgeraar()
    any_town.send(SAAR, report(number))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    mail = any_town.read(CASPER)
    assert mail.outer.get_content_type() == "multipart/encrypted"
    assert mail.signers == (any_town.fingerprint,)
    assert mail.outer["Subject"] == "Beveiligd bericht van het uitwisselpunt inburgering"
    assert mail.subject != mail.outer["Subject"]
    for somebody in (SAAR, CARLA, OFFICER, RELATIEBEHEERDER, SOFIE):
        with pytest.raises(CalledProcessError):
            any_town.resident(somebody).read(mail.raw)


def test_aan_een_persoon_zonder_afschrift(town: Town) -> None:
    """One addressee, inside and outside; nobody in copy."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    mail = town.read(CASPER)
    for headers in (mail.outer, mail.inner):
        assert headers["To"] == town.resident(CASPER).account.address
        assert headers["Cc"] is None
        assert headers["Bcc"] is None


def test_niets_leesbaar_op_de_lijn(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    dovecot: Dovecot,
    postfix: Postfix,
) -> None:
    """Who listens between the gateway and its servers hears TLS: no word of mail, no password."""
    with (
        Wiretap(dovecot.imaps) as imap,
        Wiretap(postfix.submissions) as smtp,
        a_town(
            "sqlite", request, tmp_path_factory, imap_port=imap.port, relay_port=smtp.port
        ) as town,
        at_work(town),
    ):
        number = town.inburgeraar()
        town.send(SAAR, report(number))
        assert town.got() == {CASPER: 1, SAAR: 1}
        heard = [bytes(imap.heard), bytes(smtp.heard)]
        assert min(map(len, heard)) > 5000
        words = ("BEGIN PGP", "MAIL FROM", "RCPT TO", "AUTH", "LOGIN", "gemeente.example")
        assert plain_words(heard, *words, generators.dossierkenmerk(number)) == []


@pytest.mark.parametrize("style", ["sequoia", "thunderbird", "gnupg", "gnupg-nested"])
def test_zoals_gewone_mailprogrammas_het_doen(town: Town, style: str) -> None:
    """Whichever of them made it, compressed or not, combined or nested."""
    number = town.inburgeraar()
    town.send(SAAR, report(number), style=style)
    assert town.got() == {CASPER: 1, SAAR: 1}


def test_ook_met_gnupg_als_motor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the second engine it is the same mail to the same people, and the same refusals."""
    with (
        a_town("sqlite", request, tmp_path_factory, engine="gnupg") as town,
        at_work(town),
    ):
        number = town.inburgeraar()
        unsigned = people.gnupg_message(None, town.certificate, people.entity(()))
        lines = {"From": town.resident(SAM).key.user_id, "Message-ID": "<1@school-a.example>"}
        town.post(SAAR, town.sealed(SAAR, report(number)))
        town.post(SAM, people.pgp_mime(lines, unsigned))
        town.settle(2)
        assert town.got() == {CASPER: 1, SAAR: 1, SAM: 1}
        assert town.read(CASPER).report["betrokkene"] == generators.betrokkene(number)
        found = {reason for each in town.records() for _, _, why in each.standing for reason in why}
        assert found == {"art-12.5/not-signed"}


def test_onbeveiligd_wordt_niet_aangenomen(town: Town) -> None:
    """A plain mail: nothing goes on, and the answer to the address's owner holds nothing of it."""
    number = town.inburgeraar()
    saar = town.resident(SAAR).account
    document = generators.document_json(report(number)).decode()
    lines = [f"From: {saar.address}", f"To: {town.household.gateway.address}", "Subject: hier"]
    lines += ["Message-ID: <plain@school-a.example>", "Content-Type: application/json", ""]
    town.post(SAAR, "\r\n".join([*lines, document]).encode())
    town.settle(1)
    assert town.got() == {SAAR: 1}
    answer = town.read(SAAR)
    assert not answer.tells(generators.dossierkenmerk(number))
    (record,) = town.records()
    assert record.standing == ((-1, "reject", frozenset({"art-12.5/not-encrypted"})),)


def test_een_ander_die_uw_adres_gebruikt(town: Town) -> None:
    """A stranger's signature under Saar's name: she is told that somebody tried, and no more."""
    number = town.inburgeraar()
    stranger = people.person("Vreemdeling", "vreemd@elders.example", made_by="sequoia")
    content = generators.document_json(report(number))
    from_saar = town.resident(SAAR).key.user_id
    mail = people.encrypt_mail(stranger, town.certificate, content, from_=from_saar)
    town.postfix.receive(
        mail, sender="vreemd@elders.example", recipient=town.household.gateway.address
    )
    town.settle(1)
    assert town.got() == {SAAR: 1}
    answer = town.read(SAAR)
    assert not answer.is_receipt
    assert not answer.tells(generators.dossierkenmerk(number))


# --- the designated contact person ----------------------------------------------


def test_uitsluitend_via_de_aangewezen_contactpersoon(town: Town) -> None:
    """A colleague at the same school cannot send about this inburgeraar."""
    number = town.inburgeraar()
    town.send(SAM, report(number))
    assert town.got() == {SAM: 1}
    assert town.became(SAM) == [("reject", {"art-12.5/sender-not-designated"})]


def test_een_andere_school_hoort_niet_dat_het_dossier_bestaat(town: Town) -> None:
    """About another school's inburgeraar and about nobody at all the answer is the same."""
    number = town.inburgeraar()
    town.send(SOFIE, report(number))
    town.send(SOFIE, report(999_999))
    assert town.got() == {OFFICER: 2, SOFIE: 2}
    known, unknown = town.all_read(SOFIE)
    about = "art-12.5/person-unknown"
    assert [each.proof["berichten"][0]["redenen"] for each in (known, unknown)] == [[about]] * 2


def test_vervangen_in_plaats_van_toegevoegd(any_town: Town) -> None:
    """A new designation replaces the old one: the new casemanager gets it, the old one nothing."""
    number = any_town.inburgeraar()
    any_town.change(lambda change: change.designations.designate(dossier(number), CARLA))
    any_town.send(SAAR, report(number))
    assert any_town.got() == {CARLA: 1, SAAR: 1}


def test_vervangen_aan_de_kant_van_de_school(town: Town) -> None:
    """The new contact person sends, the old one no longer does."""
    number = town.inburgeraar()
    town.change(lambda change: change.designations.designate(dossier(number), SAM))
    town.post(SAAR, town.sealed(SAAR, report(number)))
    town.post(SAM, town.sealed(SAM, report(number)))
    town.settle(2)
    assert town.got() == {CASPER: 1, SAAR: 1, SAM: 1}
    assert town.became(SAAR) == [("reject", {"art-12.5/sender-not-designated"})]
    assert town.became(SAM) == [("forward", set())]


def test_een_vervanger_voor_een_periode(town: Town) -> None:
    """While the substitute stands in they get it, and only they; before and after, the other."""
    number = town.inburgeraar()
    start = datetime.now(UTC).replace(microsecond=0)
    period = Interval(start=start, end=start + HOUR)
    town.change(lambda change: change.designations.substitute(dossier(number), CARLA, period))
    town.send(SAAR, report(number))
    assert town.got() == {CARLA: 1, SAAR: 1}
    mail = town.sealed(SAAR, report(number))
    second = timedelta(seconds=1)
    recipients = [
        carried.recipient.contact_id  # type: ignore[union-attr]  # an Ended would fail here
        for at in (start + HOUR - second, start + HOUR)
        for carried in town.look(mail, at)
    ]
    assert recipients == [CARLA, CASPER]


def test_niemand_aangewezen_dan_wacht_het(town: Town) -> None:
    """No casemanager: it goes to nobody, not to a colleague, not to a group mailbox."""
    number = town.inburgeraar(Setting(casemanager=None))
    town.send(SAAR, report(number))
    assert town.got() == {OFFICER: 1, SAAR: 1}
    assert town.became(SAAR) == [("hold", {"art-12.5/no-designated-contact"})]


def test_de_relatiebeheerder_nooit(town: Town) -> None:
    """Not by designation, not as substitute, and not by becoming it afterwards."""
    number = town.inburgeraar()
    period = Interval(start=datetime.now(UTC), end=datetime.now(UTC) + HOUR)
    for step in (
        lambda change: change.designations.designate(dossier(number), RELATIEBEHEERDER),
        lambda change: change.designations.substitute(dossier(number), RELATIEBEHEERDER, period),
    ):
        with pytest.raises(RegisterError) as refused:
            town.change(step)
        assert refused.value.code is Refusal.NOT_DESIGNABLE
    town.change(lambda change: change.contacts.change(CASPER, role=Role.RELATIEBEHEERDER))
    try:
        town.send(SAAR, report(number))
        assert town.got() == {OFFICER: 1, SAAR: 1}
        assert town.became(SAAR) == [("hold", {"art-12.5/no-designated-contact"})]
    finally:
        town.change(lambda change: change.contacts.change(CASPER, role=Role.CASEMANAGER))


def test_geen_groepspostbus(town: Town) -> None:
    """An address that belongs to nobody in particular cannot receive an inburgeraar's data."""
    with pytest.raises(RegisterError) as refused:
        town.change(
            lambda change: change.contacts.add(
                party_id=SCHOOL_1,
                name="Balie",
                address="info@school-a.example",
                role=Role.CONTACTPERSOON,
            )
        )
    assert refused.value.code is Refusal.ROLE_ADDRESS


def test_een_vrijgekomen_plaats_is_leeg(town: Town) -> None:
    """When the contact person has left the place, the school sends nothing in their name."""
    number = town.inburgeraar()
    town.change(lambda change: change.designations.vacate(dossier(number), Side.PROVIDER))
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.5/sender-not-designated"})]
