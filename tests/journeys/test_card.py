"""The gateway's key on an OpenPGP card: its day, a card that is pulled out, a PIN that is wrong.

Real GnuPG and scdaemon use a card in software; the mail goes over Dovecot and Postfix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway import wiring
from gateway.wiring.errors import NotReadyError
from tests import generators
from tests.journeys.conftest import a_town, at_work
from tests.journeys.town import Town, report
from tests.servers.gnupg_agent import SOCKET, AgentHome
from tests.servers.openpgp_card import TRIES, USER_PIN, OpenPGPCard
from tests.world import CASPER, SAAR

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERYBODY = {CASPER: 1, SAAR: 1}


@pytest.fixture(scope="module")
def kept() -> Iterator[AgentHome]:
    with AgentHome(OpenPGPCard()) as home:
        yield home


@pytest.fixture(scope="module")
def at_the_card(
    kept: AgentHome, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with (
        pytest.MonkeyPatch.context() as patch,
        a_town("sqlite", request, tmp_path_factory, kept=kept) as town,
    ):
        patch.setenv(SOCKET, str(kept.path / "reader"))  # where the gateway's agent finds it
        yield town


@pytest.fixture
def town(at_the_card: Town) -> Town:
    at_the_card.new_day()
    return at_the_card


@pytest.fixture
def card(kept: AgentHome) -> OpenPGPCard:
    assert kept.card is not None
    return kept.card


def look(town: Town) -> dict[str, tuple[bool, str]]:
    """What `gateway doctor` says of the key and of who uses it."""
    found = town.run(wiring.examine(town.config))
    return {each.part: (each.good, each.text) for each in found}


def test_the_card_opens_reports_and_signs_what_goes_out(town: Town, card: OpenPGPCard) -> None:
    """The secret is on the card and nowhere else; report and receipt carry its signature."""
    with at_work(town):
        card.signed = card.deciphered = card.presented = 0
        number = town.inburgeraar()
        town.send(SAAR, report(number))
        assert town.got() == EVERYBODY
        assert town.read(CASPER).report["betrokkene"] == generators.betrokkene(number)
        assert town.receipt(SAAR).signers == (town.fingerprint,)
        assert (card.deciphered, card.signed, card.presented) == (1, 2, 0)
    assert not list(town.folder.rglob("*.sec"))


def test_doctor_tries_the_card_and_says_which(town: Town, card: OpenPGPCard) -> None:
    found = look(town)
    good, said = found["gateway key"]
    assert good
    assert said.startswith(f"{town.fingerprint}, on card D276000124010304FFFE")
    assert f"{TRIES} tries for its PIN left" in said
    assert found["opening processes"] == (True, "2 started")
    assert card.pins[0x81].left == TRIES


def test_mail_waits_for_a_card_that_was_pulled_out(town: Town, kept: AgentHome) -> None:
    """Nothing is refused, nothing is lost, nobody has to do anything but put it back."""
    with at_work(town):
        kept.reader.remove()
        town.post(SAAR, town.sealed(SAAR, report(town.inburgeraar())))
        town.gateway.wait_until_told("mail.put_back")
        assert town.got() == {}
        kept.reader.insert()
        town.settle(1)
        assert town.got() == EVERYBODY
        (put_back, *_) = town.gateway.told("mail.put_back")
        assert put_back["reasons"] == "gateway/unreachable"
    assert [state for _, state in town.posted()][-1:] == ["sent"]


def test_an_agent_that_ended_runs_again_by_itself(town: Town, kept: AgentHome) -> None:
    with at_work(town):
        kept.stop()
        town.send(SAAR, report(town.inburgeraar()))
        assert town.got() == EVERYBODY


def test_without_its_card_it_does_not_start(town: Town, kept: AgentHome) -> None:
    kept.reader.remove()
    with pytest.raises(NotReadyError, match=r"keys\.gnupg_home: the card is not in the reader"):
        town.start()
    assert look(town)["gateway key"] == (
        False,
        "keys.gnupg_home: the card is not in the reader",
    )
    kept.reader.insert()


def test_a_wrong_pin_is_shown_once_and_named(
    town: Town, kept: AgentHome, card: OpenPGPCard
) -> None:
    """Over two openers, two starts and a look; with the right one in the file it needs a person."""
    kept.reader.remove()  # so that the card has forgotten the right one
    kept.reader.insert()
    card.presented = 0
    (town.folder / "pin").write_text("111111\n")
    for said in ("refuses the PIN|a PIN was refused", "a PIN was refused"):
        with pytest.raises(NotReadyError, match=said):
            town.start()
    good, said = look(town)["gateway key"]
    assert not good
    assert said.endswith("a PIN was refused; the card takes 2 more before it blocks itself")
    assert card.presented == 1
    (town.folder / "pin").write_bytes(USER_PIN)
    with pytest.raises(NotReadyError, match="a PIN was refused"):
        town.start()
    kept.enter(USER_PIN)
    with at_work(town):
        town.send(SAAR, report(town.inburgeraar()))
        assert town.got() == EVERYBODY
