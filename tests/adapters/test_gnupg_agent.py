"""Secret keys that stay in gpg-agent or on a card: used, never taken, never guessed at.

Real GnuPG, real scdaemon, a card in software (`tests/servers/openpgp_card.py`).
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import threading
from base64 import encodebytes
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pysequoia
import pytest
from pysequoia import ArmorKind

from gateway.adapters import gnupg_agent_keys
from gateway.adapters.certificates import generate_gateway_key
from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.gnupg import FOR_US_LIMIT, GnuPGEngine
from gateway.adapters.gnupg_agent import Agent, AgentError, socket_of
from gateway.adapters.gnupg_agent_keys import LOCK
from gateway.adapters.gnupg_home import GnuPGHome, sweep
from gateway.adapters.pgp_container import NotForUs, UnsupportedKeyError
from gateway.adapters.pgp_packets import Damaged, dearmored, framed, packets
from gateway.adapters.workers import Limits, SealerUnavailableError, WorkerPool
from gateway.domain.mail import Letter, SignatureState
from gateway.domain.stops import Hold, Reason, Retry
from gateway.ports import Keyring
from tests.crafted import report, tampered
from tests.people import GpgHome, Person, gnupg_message, person, pgp_mime, read_with_gpg
from tests.servers.gnupg_agent import AgentHome
from tests.servers.openpgp_card import TRIES, USER_PIN, OpenPGPCard
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.gateway_secrets import AgentSecrets
    from gateway.adapters.gnupg_status import Report

USER_ID = "Taalpoort <poort@gemeente.example>"
PATIENT = Limits(seconds=600.0, patience=600.0)
OTHER_PIN = b"654321"
DOCUMENT_NAME = b"bijsluiter.json"


@cache
def keys() -> tuple[bytes, bytes]:
    return generate_gateway_key(USER_ID)


@cache
def message(*, certificate: bytes | None = None) -> bytes:
    return gnupg_message(noor(), certificate or keys()[1], report(), "--sign")


def noor() -> Person:
    return person(made_by="gnupg")


def cas() -> Person:
    return person("Cas Manager", "cas@gemeente.example", made_by="gnupg")


def now() -> datetime:
    return datetime.now(UTC)


def letter() -> Letter:
    return Letter(
        message_id="<trace.1@poort.gemeente.example>",
        date=now().replace(microsecond=0),
        sender="poort@gemeente.example",
        sender_name="Taalpoort",
        recipient=cas().address,
        certificate=cas().cert,
        subject="Voortgang",
        outer_subject="Nieuw bericht",
        text="Beste collega,\n",
        html="<p>Beste collega,</p>",
    )


@contextmanager
def engine_for(secrets: AgentSecrets, *, seconds: float = 20.0) -> Iterator[GnuPGEngine]:
    home = GnuPGHome()
    try:
        made = GnuPGEngine(secrets, home=str(home.path), seconds=seconds)
        made.set_keyring([noor().cert])
        yield made
        made.close()
    finally:
        home.close()


@pytest.fixture
def on_card() -> Iterator[AgentHome]:
    with AgentHome(OpenPGPCard()) as home:
        yield home.take(*keys())


@pytest.fixture
def on_disk() -> Iterator[AgentHome]:
    with AgentHome() as home:
        yield home.take(*keys())


def card_of(home: AgentHome) -> OpenPGPCard:
    assert home.card is not None
    return home.card


def opens(engine: GnuPGEngine, ciphertext: bytes | None = None) -> bool:
    opened = engine.decrypt(ciphertext or message(), now())
    states = [each.state for each in opened.signatures]
    return DOCUMENT_NAME in opened.content and states == [SignatureState.VALID]


def retried(engine: GnuPGEngine) -> None:
    """Neither opening nor sealing works, and neither is anybody's fault."""
    with pytest.raises(Retry) as opening:
        engine.decrypt(message(), now())
    with pytest.raises(Retry) as sealing:
        engine.seal(letter())
    assert opening.value.reasons == sealing.value.reasons == (Reason.UNREACHABLE,)


# the card does the work


def test_a_key_on_a_card_opens_and_signs(on_card: AgentHome) -> None:
    card = card_of(on_card)
    with engine_for(on_card.secrets) as engine:
        card.deciphered = card.signed = 0
        assert opens(engine)
        read = read_with_gpg(cas(), engine.seal(letter()), on_card.certificate)
        assert read.signers == (Person("", "", b"", on_card.certificate).fingerprint,)
        assert (card.deciphered, card.signed) == (1, 1)


def test_an_rsa_key_on_a_card_too() -> None:
    """Its answers are longer than one response, what it is asked longer than one command."""
    with AgentHome(OpenPGPCard(for_rsa=True)) as home:
        home.make_on_card(USER_ID, "rsa2048", "rsa2048")
        sent = message(certificate=home.certificate)
        mail = b"\r\n\r\n" + sent.replace(b"\n", b"\r\n")
        with engine_for(home.secrets) as engine:
            assert opens(engine, sent)
            read = read_with_gpg(cas(), engine.seal(letter()), home.certificate)
            assert len(read.signers) == 1
            with pytest.raises(Damaged):
                engine.decrypt(tampered(mail, 0.05).lstrip(), now())


def test_the_opener_holds_no_secret(on_card: AgentHome) -> None:
    with engine_for(on_card.secrets) as engine:
        assert opens(engine)
        found = [each.name for each in engine._home.rglob("*") if each.is_file()]
        assert not [name for name in found if name.endswith(".key")]
        for path in engine._home.rglob("*"):
            assert not path.is_file() or USER_PIN not in path.read_bytes()


def test_a_card_that_wants_its_pin_for_every_signature_gets_it(on_card: AgentHome) -> None:
    card = card_of(on_card)
    card.every_signature = True
    with engine_for(on_card.secrets) as engine:
        for _ in range(3):
            assert engine.seal(letter())
    assert card.signed == 4


def test_a_pin_that_somebody_entered_before_is_enough(on_card: AgentHome) -> None:
    """Without a file: the card stays open as long as scdaemon keeps it."""
    without = replace(on_card.secrets, pin=None)
    with pytest.raises(UnsupportedKeyError), engine_for(without):
        pass
    on_card.enter(USER_PIN)
    with engine_for(without) as engine:
        assert opens(engine)
        on_card.reader.remove()
        on_card.reader.insert()
        retried(engine)
        retried(engine)  # scdaemon has noticed by now
        on_card.enter(USER_PIN)
        assert opens(engine)


# a wrong PIN


def test_a_wrong_pin_is_shown_once_and_never_again(on_card: AgentHome) -> None:
    card = card_of(on_card)
    wrong = replace(on_card.secrets, pin=OTHER_PIN)
    with pytest.raises(UnsupportedKeyError, match="refuses the PIN"), engine_for(wrong):
        pass
    assert card.presented == 1
    for secrets in (wrong, on_card.secrets):
        with pytest.raises(UnsupportedKeyError, match="takes 2 more"), engine_for(secrets):
            pass
    assert card.presented == 1
    on_card.enter(USER_PIN)
    with engine_for(on_card.secrets) as engine:
        assert opens(engine)


def test_a_mail_cannot_make_the_gateway_guess(on_card: AgentHome) -> None:
    """A mail with as many session keys as are tried, after the PIN was changed on the card."""
    card = card_of(on_card)
    packets = dearmored(message())
    first = packets[: 2 + packets[1]]
    with engine_for(on_card.secrets) as engine:
        assert opens(engine, armored(first * (FOR_US_LIMIT - 1) + packets))
        on_card.reader.remove()
        card.pins[0x81].value = OTHER_PIN
        on_card.reader.insert()
        card.presented = 0
        with pytest.raises(Retry):
            engine.decrypt(armored(first * (FOR_US_LIMIT - 1) + packets), now())
        retried(engine)
        assert card.presented == 1
        assert card.pins[0x81].left == TRIES - 1


def test_a_mail_cannot_keep_the_card_busy(on_card: AgentHome) -> None:
    packets = dearmored(message())
    first = packets[: 2 + packets[1]]
    with engine_for(on_card.secrets) as engine:
        card_of(on_card).deciphered = 0
        with pytest.raises(Damaged):
            engine.decrypt(armored(first * FOR_US_LIMIT + packets), now())
        assert card_of(on_card).deciphered == 0


def armored(packets: bytes) -> bytes:
    body = encodebytes(packets)
    return b"-----BEGIN PGP MESSAGE-----\n\n" + body + b"-----END PGP MESSAGE-----\n"


# what is not there comes back


def test_a_card_that_is_pulled_out_is_waited_for(on_card: AgentHome) -> None:
    with engine_for(on_card.secrets) as engine:
        assert opens(engine)
        on_card.reader.remove()
        retried(engine)
        on_card.reader.insert()
        assert opens(engine)
        assert engine.seal(letter())


def test_a_gateway_does_not_start_without_its_card(on_card: AgentHome) -> None:
    on_card.reader.remove()
    with pytest.raises(UnsupportedKeyError, match="not in the reader"), engine_for(on_card.secrets):
        pass


def test_another_card_is_not_shown_the_pin(on_card: AgentHome) -> None:
    card = card_of(on_card)
    with engine_for(on_card.secrets) as engine:
        on_card.reader.remove()
        card.serial = bytes.fromhex("00000043")
        card.presented = 0
        on_card.reader.insert()
        retried(engine)
        assert card.presented == 0


def test_an_agent_that_ends_is_waited_for(on_disk: AgentHome) -> None:
    with engine_for(on_disk.secrets) as engine:
        on_disk.stop()
        retried(engine)
        on_disk.start()
        assert opens(engine)
        assert engine.seal(letter())


@pytest.mark.parametrize("gone", ["agent", "card"])
def test_what_goes_between_the_question_and_its_use_is_not_the_mails_fault(
    on_card: AgentHome, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    """Asked before, it was there; gpg found it gone."""
    with engine_for(on_card.secrets) as engine:
        asked = engine._asked

        def after_it_went(*arguments: Any, **how: Any) -> Report:
            on_card.stop() if gone == "agent" else on_card.reader.remove()
            return asked(*arguments, **how)

        with monkeypatch.context() as patch:
            patch.setattr(engine, "_asked", after_it_went)
            with pytest.raises(Retry):
                engine.decrypt(message(), now())
            on_card.start()
            on_card.reader.insert()
            with pytest.raises(Retry):
                engine.seal(letter())
        on_card.start()
        on_card.reader.insert()
        assert opens(engine)


def test_an_agent_that_does_not_answer_is_not_waited_for_long(
    on_disk: AgentHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In all its conversations no longer than a mail may take: the opener itself has to say so."""
    granted: list[float] = []

    class Noted(Agent):
        def __init__(self, address: str, seconds: float) -> None:
            granted.append(seconds)
            super().__init__(address, seconds)

    with engine_for(on_disk.secrets, seconds=8.0) as engine:
        on_disk.stop()
        address = str(socket_of(on_disk.path))
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.bind(address)
            deaf.listen(8)
            monkeypatch.setattr(gnupg_agent_keys, "Agent", Noted)
            with pytest.raises(Retry):
                engine.decrypt(message(), now())
            assert granted
            assert sum(granted) < 8.0


def test_one_use_at_a_time_and_nobody_waits_for_ever(on_disk: AgentHome) -> None:
    with engine_for(on_disk.secrets, seconds=8.0) as engine:
        with (on_disk.path / LOCK).open("r+b") as other:
            fcntl.flock(other, fcntl.LOCK_SH)
            retried(engine)
        assert opens(engine)


@pytest.mark.parametrize(
    ("at", "content"),
    [
        pytest.param(11, b"\x01", id="of RSA"),
        pytest.param(11, b"\x63", id="of no algorithm"),
        pytest.param(14, b"\x40" + bytes(32), id="no point on the curve"),
        pytest.param(47, b"\x10", id="short"),
    ],
)
def test_a_session_key_that_makes_no_sense_is_not_taken_for_a_missing_card(
    on_card: AgentHome, at: int, content: bytes
) -> None:
    """gpg says nothing of what is wrong with these, as it says nothing of a PIN not entered."""
    packets = bytearray(dearmored(message()))
    packets[at : at + len(content)] = content
    with engine_for(on_card.secrets) as engine:
        with pytest.raises(Damaged):
            engine.decrypt(armored(bytes(packets)), now())
        on_card.reader.remove()
        with pytest.raises(Retry):
            engine.decrypt(armored(bytes(packets)), now())


def test_a_hidden_recipient_may_be_us_or_somebody_else(on_card: AgentHome) -> None:
    other = generate_gateway_key(USER_ID)[1]
    ours, theirs = (
        gnupg_message(noor(), each, report(), "--sign", "--throw-keyids")
        for each in (keys()[1], other)
    )
    with engine_for(on_card.secrets) as engine:
        assert opens(engine, ours)
        with pytest.raises(NotForUs):
            engine.decrypt(theirs, now())
        on_card.reader.remove()
        with pytest.raises(Retry):
            engine.decrypt(theirs, now())


def test_a_damaged_mail_is_not_taken_for_a_missing_card(on_card: AgentHome) -> None:
    mail = b"\r\n\r\n" + message().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    with engine_for(on_card.secrets) as engine:
        for at in (0.02, 0.1, 0.9):
            with pytest.raises(Damaged):
                engine.decrypt(tampered(mail, at).lstrip(), now())
        on_card.reader.remove()
        with pytest.raises(Retry):
            engine.decrypt(tampered(mail, 0.9).lstrip(), now())


# keys on a disk


def test_a_passphrase_opens_keys_on_a_disk() -> None:
    with AgentHome() as home:
        home.make(USER_ID, "geheim 50%")
        home.stop()  # it remembers the passphrase
        home.start()
        wrong = replace(home.secrets, pin=b"anders")
        with pytest.raises(UnsupportedKeyError), engine_for(wrong):
            pass
        with engine_for(home.secrets) as engine:
            assert opens(engine, message(certificate=home.certificate))
            assert engine.seal(letter())


def test_a_passphrase_is_not_to_be_guessed_by_mail() -> None:
    """Where it would open what is encrypted to a passphrase, an answer would say that it fits."""
    with AgentHome() as home:
        home.make(USER_ID, "geheim")
        ours = next(packets(dearmored(message(certificate=home.certificate))))
        with GpgHome() as guesser, engine_for(home.secrets) as engine:
            words = ["--pinentry-mode", "loopback", "--passphrase", "geheim", "--symmetric"]
            guess = guesser.run(*words, given=b"Content-Type: text/plain\n\nx").stdout
            key, *rest = [framed(each.tag, each.body) for each in packets(guess)]
            ours_spoilt = framed(ours.tag, bytes(ours.body[:-9]) + b"spoilt...")
            for order in ([key, ours_spoilt, *rest], [ours_spoilt, key, *rest]):
                mail = pysequoia.armor(b"".join(order), ArmorKind.Message)
                with pytest.raises(Damaged):
                    engine.decrypt(mail.encode(), now())
            assert opens(engine, message(certificate=home.certificate))


def test_an_older_key_opens_and_the_newest_signs(on_disk: AgentHome) -> None:
    old, new = on_disk.certificate, generate_gateway_key(USER_ID)
    on_disk.take(*new)
    secrets = replace(on_disk.secrets, certificates=(new[1], old))
    with engine_for(secrets) as engine:
        assert opens(engine, message(certificate=old))
        assert opens(engine, message(certificate=new[1]))
        read = read_with_gpg(cas(), engine.seal(letter()), old, new[1])
        assert read.signers == (Person("", "", b"", new[1]).fingerprint,)


def test_a_certificate_without_its_secret_key_is_named(on_disk: AgentHome) -> None:
    other = generate_gateway_key(USER_ID)[1]
    secrets = replace(on_disk.secrets, certificates=(other,))
    with pytest.raises(UnsupportedKeyError, match="does not have"), engine_for(secrets):
        pass


def test_what_a_killed_opener_left_does_not_end_the_agent(on_disk: AgentHome) -> None:
    home = GnuPGHome()
    GnuPGEngine(on_disk.secrets, home=str(home.path))
    home._lock.close()
    assert sweep() >= 1
    assert not home.path.exists()
    with Agent(str(socket_of(on_disk.path)), 5) as agent:
        assert agent.ask("GETINFO pid") is not None


# openers


async def test_openers_and_gateways_share_a_slow_card(on_card: AgentHome) -> None:
    """A card that takes a third of a second, four openers of two gateways: one after the other."""
    card, keyring = card_of(on_card), Keyring(revision=1, certificates=(noor().cert,))
    mail = pgp_mime({"From": noor().user_id, "Message-ID": "<1@x.example>"}, message())
    secrets = GatewaySecrets(agent=on_card.secrets)
    async with (
        WorkerPool("gnupg", secrets, workers=2, limits=PATIENT) as one,
        WorkerPool("gnupg", secrets, workers=2, limits=PATIENT) as other,
    ):
        card.seconds = 0.3
        opened = await asyncio.gather(*(each.open(mail, keyring) for each in (one, other) * 4))
        assert all(SignatureState.VALID is each.signatures[0].state for each in opened)
        assert card.presented == 2  # once for each of its two uses
    with Agent(str(socket_of(on_card.path)), 5) as agent:
        assert agent.card().left == TRIES


async def test_an_opener_that_dies_leaves_agent_and_lock_to_the_next(on_card: AgentHome) -> None:
    keyring = Keyring(revision=1, certificates=(noor().cert,))
    mail = pgp_mime({"From": noor().user_id, "Message-ID": "<1@x.example>"}, message())
    secrets = GatewaySecrets(agent=on_card.secrets)
    async with WorkerPool("gnupg", secrets, workers=1, limits=PATIENT) as pool:
        card, go_on = card_of(on_card), threading.Event()
        card.wait, before = go_on, card.begun
        in_hand = asyncio.create_task(pool.open(mail, keyring))
        await asyncio.to_thread(wait_until, lambda: card.begun > before, what="a use of the card")
        os.kill(pool.process_ids[0], signal.SIGKILL)
        with pytest.raises(Hold):
            await in_hand
        go_on.set()
        assert (await pool.open(mail, keyring)).signatures[0].state is SignatureState.VALID


async def test_a_pool_says_why_it_does_not_start(on_card: AgentHome) -> None:
    on_card.reader.remove()
    secrets = GatewaySecrets(agent=on_card.secrets)
    with pytest.raises(SealerUnavailableError, match="the card is not in the reader"):
        await WorkerPool("gnupg", secrets, workers=2).start()


# the conversation


def test_an_agent_that_talks_without_end_is_not_listened_to() -> None:
    with AgentHome() as home:
        home.stop()
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(socket_of(home.path)))
            server.listen(1)
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(socket_of(home.path)))
                server.accept()[0].sendall(b"x" * 100_000)
                with pytest.raises(AgentError):
                    Agent(str(socket_of(home.path)), 0.5)
