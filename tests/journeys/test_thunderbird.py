"""Schools and casemanagers who use Thunderbird, with OpenPGP or S/MIME, as it is out of the box.

What its windows show is looked at, and what its *Send* sends.  It runs once for
all tests here; each person has an account in it.
"""

from __future__ import annotations

import json
from email import message_from_bytes
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from tests import generators, people
from tests.journeys.conftest import a_day_in, a_town, at_work
from tests.journeys.residents import plain_words
from tests.journeys.smime_desks import SmimeDesk, gateway_leaf, settings_for
from tests.journeys.town import later, report
from tests.servers.thunderbird import Chosen, Thunderbird
from tests.smime_people import ISSUING, ROOT, Desk, holder
from tests.world import CARLA, CASPER, SAAR, SAM, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.wire import Json
    from tests.journeys.town import Town
    from tests.servers.thunderbird import Shown

OUTSIDE = "Beveiligd bericht van het uitwisselpunt inburgering"


@pytest.fixture(scope="module")
def module_town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """One with S/MIME beside OpenPGP; Sam and Carla use S/MIME, Saar and Casper OpenPGP."""
    with (
        a_town("sqlite", request, tmp_path_factory, settings_for=settings_for) as town,
        at_work(town),
    ):
        yield town


@pytest.fixture(scope="module")
def thunderbird(module_town: Town) -> Iterator[Thunderbird]:
    """With everybody's account, key and what they know of the gateway."""
    town = module_town
    with Thunderbird() as program:
        program.trust(town.postfix.certificates.ca.read_bytes(), ROOT.pem)
        for who in (SAAR, CASPER, SAM, CARLA):
            resident = town.resident(who)
            program.add_account(resident.somebody.name, resident.account, town.postfix)
        for who in (SAAR, CASPER):
            resident = town.resident(who)
            program.use_openpgp(resident.account, resident.key, town.certificate)
        for who in (SAM, CARLA):
            desk = SmimeDesk.of(town, who)
            gateway = gateway_leaf(town.household)
            program.use_smime(desk.resident.account, desk.leaf, gateway, [ISSUING])
        yield program


@pytest.fixture
def town(module_town: Town, thunderbird: Thunderbird) -> Iterator[Town]:
    assert thunderbird.processes()
    yield from a_day_in(module_town)


def send(
    town: Town, thunderbird: Thunderbird, who: str, bericht: dict[str, Json], *, signed: bool = True
) -> Chosen:
    """A report as an attachment, handled to its end."""
    chosen = thunderbird.send(
        town.resident(who).account,
        town.household.gateway.address,
        subject="Voortgang",
        text="Zie bijlage. Groeten uit de klas.",
        attachments=[("bijsluiter.json", generators.document_json(bericht))],
        signed=signed,
    )
    town.settle(1)
    return chosen


def opened(town: Town, thunderbird: Thunderbird, who: str) -> Shown:
    """The one mail that `who` got in this test, on the screen."""
    (mail,) = town.inbox(who)
    return show(town, thunderbird, who, mail)


def show(town: Town, thunderbird: Thunderbird, who: str, mail: bytes) -> Shown:
    return thunderbird.show(town.resident(who).account, message_from_bytes(mail)["Message-ID"])


@pytest.mark.parametrize(
    ("protection", "good"), [("OpenPGP", "verified"), ("S/MIME", "ok")], ids=["openpgp", "smime"]
)
def test_written_and_read_in_thunderbird(
    town: Town, thunderbird: Thunderbird, protection: str, good: str
) -> None:
    """What its window sends is believed and goes on; what comes back is shown as good."""
    school, casemanager = (SAAR, CASPER) if protection == "OpenPGP" else (SAM, CARLA)
    number = town.inburgeraar(Setting(contact=school, casemanager=casemanager))
    chosen = send(town, thunderbird, school, report(number))
    assert chosen == Chosen(signed=True, encrypted=True, openpgp=protection == "OpenPGP")
    assert town.got() == {casemanager: 1, school: 1}
    (record,) = town.records()
    assert [outcome for _, outcome, _ in record.standing] == ["forward"]

    kenmerk = generators.dossierkenmerk(number)
    person = generators.betrokkene(number)
    arrived = opened(town, thunderbird, casemanager)
    assert (arrived.protection, arrived.encrypted, arrived.signed) == (protection, "ok", good)
    assert arrived.listed == OUTSIDE
    (bericht,) = json.loads(arrived.attached[f"bijsluiter-{kenmerk}.json"])["berichten"]
    assert bericht["betrokkene"] == person
    assert f"Voortgang: {person['voornamen']} {person['geslachtsnaam']}" in arrived.text

    receipt = opened(town, thunderbird, school)
    assert (receipt.protection, receipt.encrypted, receipt.signed) == (protection, "ok", good)
    (told,) = json.loads(receipt.attached["ontvangstbewijs.json"])["berichten"]
    assert told["uitkomst"] == "forward"
    assert kenmerk in receipt.text

    # Thunderbird takes the real subject from inside with OpenPGP only; for the
    # others it stands above the text (RFC 9788, section 5.2).
    for each, subject in (
        (arrived, f"Voortgang {kenmerk}"),
        (receipt, "Ontvangstbevestiging: 1 van 1"),
    ):
        assert subject in (each.subject if protection == "OpenPGP" else each.text)
    sent = [*town.inbox(casemanager), *town.inbox(school)]
    assert plain_words(sent, kenmerk, "Ontvangstbevestiging", "Groeten uit de klas") == []


def test_not_signed_is_refused_and_the_answer_can_be_read(
    town: Town, thunderbird: Thunderbird
) -> None:
    """One click too many: encrypted to the gateway, but by nobody who can be proven."""
    number = town.inburgeraar()
    chosen = send(town, thunderbird, SAAR, report(number), signed=False)
    assert chosen == Chosen(signed=False, encrypted=True, openpgp=True)
    assert town.got() == {SAAR: 1}
    (record,) = town.records()
    assert record.standing == ((-1, "reject", frozenset({"art-12.5/not-signed"})),)
    answer = opened(town, thunderbird, SAAR)
    assert (answer.encrypted, answer.signed) == ("ok", "verified")
    assert answer.subject == "Uw mail is niet verwerkt"
    assert generators.dossierkenmerk(number) not in answer.text


def test_a_stranger_with_the_gateways_address_is_shown_as_one(
    town: Town, thunderbird: Thunderbird
) -> None:
    """Else a good sign above a mail of ours would prove nothing."""
    us, document = town.household.gateway.address, generators.document_json(report(1))
    casper, carla = town.resident(CASPER), town.resident(CARLA)
    stranger = people.person("Vreemdeling", "vreemd@elders.example", made_by="sequoia")
    forged = people.encrypt_mail(
        stranger,
        casper.key.cert,
        document,
        from_=f"Uitwisselpunt <{us}>",
        to=casper.account.address,
    )
    town.household.dovecot.deliver(casper.account, forged)
    shown = show(town, thunderbird, CASPER, forged)
    assert (shown.protection, shown.encrypted) == ("OpenPGP", "ok")
    assert shown.signed in {"unknown", "mismatch"}

    other = holder("vreemd@elders.example")
    inner = people.entity([("bijsluiter.json", "application/json", document)])
    with Desk() as desk:
        message = desk.encrypt(
            desk.sign(inner, other), holder(carla.account.address), options=["-outform", "SMIME"]
        )
    head = f"From: Uitwisselpunt <{us}>\r\nTo: {carla.account.address}\r\n"
    head += f"Date: {format_datetime(later())}\r\nMessage-ID: {people.new_message_id()}\r\n"
    forged = head.encode() + message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    town.household.dovecot.deliver(carla.account, forged)
    shown = show(town, thunderbird, CARLA, forged)
    assert (shown.protection, shown.encrypted, shown.signed) == ("S/MIME", "ok", "mismatch")
