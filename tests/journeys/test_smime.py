"""Article 12.5 with S/MIME: each of both sides has its own protection, and the gateway both.

> Informatie wordt uitgewisseld via een beveiligde mail en uitsluitend via de hiertoe aangewezen
> contactpersoon van de inburgeraar.
"""

from __future__ import annotations

from subprocess import CalledProcessError
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes

from gateway.domain.consent import ConsentKind
from gateway.domain.register import Refusal, RegisterError
from tests.databases import KINDS
from tests.journeys.conftest import a_day_in, a_town, at_work
from tests.journeys.residents import plain_words
from tests.journeys.smime_desks import SmimeDesk, gateway_leaf, settings_for
from tests.journeys.town import report
from tests.pki import Authority
from tests.world import CARLA, CASPER, OFFICER, SAAR, SOFIE, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.residents import Read
    from tests.journeys.town import Town

WITHOUT_T4 = Setting(consent=((ConsentKind.GIVEN, "T1 T2 T3"),))


@pytest.fixture(scope="module", params=KINDS)
def module_town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """One with S/MIME beside OpenPGP; Saar, Carla and the officer use S/MIME."""
    with (
        a_town(request.param, request, tmp_path_factory, settings_for=settings_for) as town,
        at_work(town),
    ):
        yield town


@pytest.fixture(scope="module")
def desks(module_town: Town) -> dict[str, SmimeDesk]:
    return {who: SmimeDesk.of(module_town, who) for who in (SAAR, CARLA, OFFICER)}


@pytest.fixture
def town(module_town: Town, desks: dict[str, SmimeDesk]) -> Iterator[Town]:
    assert desks
    yield from a_day_in(module_town)


def read(town: Town, desk: SmimeDesk) -> list[Read]:
    """What this person got, each mail signed by the gateway alone."""
    own = gateway_leaf(town.household).x509.fingerprint(hashes.SHA256()).hex().upper()
    found = [desk.read(mail) for mail in town.inbox(desk.resident.somebody.contact_id)]
    assert all(each.signers == (own,) for each in found)
    return found


def send(town: Town, desk: SmimeDesk, number: int) -> None:
    posted = len(town.records()) + 1
    town.post(SAAR, desk.sealed(town, report(number)))
    town.settle(posted)


def test_a_school_with_smime_to_a_casemanager_with_openpgp(
    town: Town, desks: dict[str, SmimeDesk]
) -> None:
    number = town.inburgeraar(WITHOUT_T4)
    send(town, desks[SAAR], number)
    assert town.got() == {CASPER: 1, SAAR: 1}
    arrived = town.read(CASPER)
    assert arrived.outer.get_content_type() == "multipart/encrypted"
    [receipt] = read(town, desks[SAAR])
    [outcome] = receipt.proof["berichten"]
    assert outcome["uitkomst"] == "forward"
    # Without the fourth row the absence stays behind, and the receipt says so to the school.
    assert "verzuim" not in str(arrived.report)
    withheld = {each["pad"]: each["reden"] for each in outcome["nietDoorgegeven"]}
    absence = {reason for path, reason in withheld.items() if "verzuim" in path}
    assert absence == {"art-12.4/category-not-consented"}
    with pytest.raises(CalledProcessError):
        desks[CARLA].read(town.inbox(SAAR)[0])


def test_a_school_with_openpgp_to_a_casemanager_with_smime(
    town: Town, desks: dict[str, SmimeDesk]
) -> None:
    number = town.inburgeraar(Setting(contact=SOFIE, casemanager=CARLA))
    town.send(SOFIE, report(number))
    assert town.got() == {CARLA: 1, SOFIE: 1}
    [arrived] = read(town, desks[CARLA])
    assert arrived.outer.get_content_type() == "application/pkcs7-mime"
    assert arrived.outer["Subject"] == "Beveiligd bericht van het uitwisselpunt inburgering"
    assert arrived.subject != arrived.outer["Subject"]
    kenmerk = arrived.report["betrokkene"]["dossierkenmerk"]
    assert kenmerk
    assert plain_words(town.inbox(CARLA), kenmerk, "bijsluiter") == []
    assert town.became(SOFIE) == [("forward", set())]


def test_smime_on_both_sides(town: Town, desks: dict[str, SmimeDesk]) -> None:
    number = town.inburgeraar(Setting(casemanager=CARLA))
    send(town, desks[SAAR], number)
    assert town.got() == {CARLA: 1, SAAR: 1}
    [arrived] = read(town, desks[CARLA])
    [receipt] = read(town, desks[SAAR])
    assert arrived.report["betrokkene"]["dossierkenmerk"]
    assert [each["uitkomst"] for each in receipt.proof["berichten"]] == ["forward"]


def test_what_is_sent_again_with_smime_hears_the_first_result(
    town: Town, desks: dict[str, SmimeDesk]
) -> None:
    """As with OpenPGP: who sent it is the contact, whatever secures the mail."""
    went = report(town.inburgeraar())
    for mail in (1, 2):
        town.post(SAAR, desks[SAAR].sealed(town, went))
        town.settle(mail)
    assert town.got() == {CASPER: 1, SAAR: 2}
    first, again = (each.proof["berichten"][0] for each in read(town, desks[SAAR]))
    assert first["uitkomst"] == "forward"
    assert again["redenen"] == ["art-12.3/report-seen-before"]
    assert again["eersteUitkomst"]["doorgegeven"] == first["doorgegeven"]


def test_what_waits_is_told_to_an_officer_with_smime(
    town: Town, desks: dict[str, SmimeDesk]
) -> None:
    number = town.inburgeraar(Setting(casemanager=None))
    send(town, desks[SAAR], number)
    assert town.got() == {OFFICER: 1, SAAR: 1}
    [notice] = read(town, desks[OFFICER])
    assert "art-12.5/no-designated-contact" in notice.text
    [receipt] = read(town, desks[SAAR])
    assert [each["uitkomst"] for each in receipt.proof["berichten"]] == ["hold"]


def test_what_is_signed_with_the_key_of_before_is_refused_and_told(
    town: Town, desks: dict[str, SmimeDesk]
) -> None:
    """Saar uses S/MIME now: her OpenPGP key is known, and pinned to nobody any more."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    [notice] = read(town, desks[SAAR])
    assert notice.outer.get_content_type() == "application/pkcs7-mime"
    assert plain_words([notice.opened], "DOSSIER") == []


def test_whose_certificate_leads_nowhere_or_names_another_is_not_pinned(town: Town) -> None:
    """Refused when it is brought, not only when a mail comes."""
    address = town.resident(SAAR).account.address
    stranger = Authority.make("Somebody Else").issue(address, key="p256")
    with pytest.raises(RegisterError) as refused:
        town.pin(SAAR, stranger.pem)
    assert (refused.value.code, "untrusted" in refused.value.text) == (Refusal.KEY_REFUSED, True)
    carla = SmimeDesk(town.resident(CARLA), gateway_leaf(town.household))
    with pytest.raises(RegisterError) as refused:
        town.change(
            lambda change: change.contacts.propose_key(SAAR, carla.leaf.pem, other_address=True)
        )
    assert refused.value.code is Refusal.KEY_OF_OTHER_ADDRESS
    with pytest.raises(RegisterError) as refused:
        town.change(lambda change: change.contacts.change(SAAR, address="other@school-a.example"))
    assert refused.value.code is Refusal.KEY_OF_OTHER_ADDRESS
