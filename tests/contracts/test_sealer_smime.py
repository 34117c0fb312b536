"""The sealer's contract with S/MIME: what holds for OpenPGP holds here, in earnest and in memory.

People write with OpenSSL where the sealer is the real one.  What only real
cryptography can go wrong with is in ``tests/adapters/test_smime_*.py``.
"""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes

from gateway.adapters.gateway_secrets import GatewaySecrets, SmimeSecrets
from gateway.adapters.memory_sealer import MemorySealer, transparent_message
from gateway.adapters.smime_mime import sealed_mail
from gateway.adapters.workers import Limits, WorkerPool
from gateway.domain.mail import Attachment, Letter, Protection, SignatureState
from gateway.domain.stops import Hold, Reason, Reject, Retry, Stop
from gateway.ports import Keyring
from tests.contracts.sealers import PUBLIC, SECRET
from tests.pki import START, Leaf
from tests.smime_engines import DOCUMENT, INNER, trust
from tests.smime_people import GATEWAY, HEADERS, ISSUING, NOOR, Desk, holder, smime_mail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


NOW = datetime.now(UTC).replace(microsecond=0)
CASPER = "casper@gemeente.example"


def own() -> Leaf:
    return holder(GATEWAY, "rsa3072")


def noor() -> Leaf:
    return holder(NOOR)


def fingerprint(leaf: Leaf) -> str:
    return leaf.x509.fingerprint(hashes.SHA256()).hex().upper()


def secrets(leaf: Leaf) -> GatewaySecrets:
    pair = SmimeSecrets(secrets=(leaf.key + leaf.pem,), certificate=leaf.pem + ISSUING.pem)
    return GatewaySecrets(openpgp=(SECRET,), smime=pair)


@dataclass(frozen=True)
class SmimeHouse:
    """A sealer with both protections, and how somebody writes to it with S/MIME."""

    sealer: WorkerPool | MemorySealer
    real: bool

    def mail(self, signer: Leaf | None, reader: Leaf | None = None) -> bytes:
        to = reader or own()
        if not self.real:
            names = [signer.certificate] if signer else []
            message = transparent_message(INNER, reader=to.certificate, signers=names)
            return sealed_mail(list(HEADERS.items()), message)
        with Desk() as desk:
            inner = desk.sign(INNER, signer) if signer else INNER
            return smime_mail(desk.encrypt(inner, to))

    async def states(self, mail: bytes, *pinned: Leaf) -> list[SignatureState]:
        certificates = tuple(each.certificate for each in pinned)
        keyring = Keyring(revision=len(pinned), certificates=(), x509=certificates)
        opened = await self.sealer.open(mail, keyring)
        if SignatureState.VALID not in [each.state for each in opened.signatures]:
            assert (opened.attachments, opened.protected) == ((), None)
        return [each.state for each in opened.signatures]


@pytest.fixture(params=["real", "memory"])
async def smime(request: pytest.FixtureRequest) -> AsyncIterator[SmimeHouse]:
    if request.param == "memory":
        yield SmimeHouse(MemorySealer(PUBLIC, own().certificate), real=False)
        return
    async with WorkerPool("sequoia", secrets(own()), workers=1) as pool:
        pool.set_trust(trust())
        yield SmimeHouse(pool, real=True)


def letter(certificate: bytes, *, protection: Protection = Protection.SMIME) -> Letter:
    return Letter(
        message_id="<a1@gemeente.example>",
        date=NOW,
        sender=GATEWAY,
        sender_name="Uitwisselpunt",
        recipient=CASPER,
        certificate=certificate,
        protection=protection,
        subject="Voortgang van een inburgeraar",
        outer_subject="Beveiligd bericht",
        text="Beste Casper,\n",
        html="<p>Beste Casper,</p>",
        attachments=(Attachment(name="a.json", media_type="application/json", content=b"{}"),),
    )


async def test_a_mail_is_opened_with_the_one_who_signed_it(smime: SmimeHouse) -> None:
    keyring = Keyring(revision=1, certificates=(), x509=(noor().certificate,))
    opened = await smime.sealer.open(smime.mail(noor()), keyring)
    assert opened.protection is Protection.SMIME
    [signature] = opened.signatures
    assert (signature.state, signature.fingerprint) == (SignatureState.VALID, fingerprint(noor()))
    assert signature.created is not None
    assert abs(signature.created - datetime.now(UTC)) < timedelta(minutes=5)
    assert [each.content for each in opened.attachments] == [DOCUMENT]
    assert opened.outer.from_ == (NOOR,)


async def test_who_is_not_registered_is_nobody(smime: SmimeHouse) -> None:
    assert await smime.states(smime.mail(noor()), holder(CASPER)) == [SignatureState.UNKNOWN_KEY]
    assert await smime.states(smime.mail(noor())) == [SignatureState.UNKNOWN_KEY]
    assert await smime.states(smime.mail(None), noor()) == []


async def test_a_certificate_for_one_protection_counts_for_that_alone(smime: SmimeHouse) -> None:
    keyring = Keyring(revision=7, certificates=(noor().certificate,))
    opened = await smime.sealer.open(smime.mail(noor()), keyring)
    assert [each.state for each in opened.signatures] == [SignatureState.UNKNOWN_KEY]


async def test_a_mail_for_somebody_else_is_not_for_us(smime: SmimeHouse) -> None:
    with pytest.raises(Reject) as refused:
        await smime.states(smime.mail(noor(), holder(CASPER)), noor())
    assert refused.value.reasons == (Reason.NOT_FOR_US,)


async def test_a_signers_certificate_that_is_over(smime: SmimeHouse) -> None:
    ended = ISSUING.issue(NOOR, key="p256", not_after=START.replace(year=2025))
    assert await smime.states(smime.mail(ended), ended) == [SignatureState.KEY_EXPIRED]
    coming = ISSUING.issue(NOOR, key="p256", not_before=START.replace(year=2040))
    assert await smime.states(smime.mail(coming), coming) == [SignatureState.NOT_YET_VALID]


async def test_what_is_sealed_is_read_by_the_recipient_and_nobody_else(smime: SmimeHouse) -> None:
    casper = holder(CASPER, "rsa3072")
    sealed = await smime.sealer.seal(letter(casper.certificate))
    assert b"application/pkcs7-mime" in sealed
    assert b"Voortgang van" not in sealed
    pool = WorkerPool("sequoia", secrets(casper), workers=1)
    theirs: WorkerPool | MemorySealer = (
        pool if smime.real else MemorySealer(PUBLIC, casper.certificate)
    )
    if smime.real:
        await pool.start()
        pool.set_trust(trust())
    keyring = Keyring(revision=1, certificates=(), x509=(own().certificate,))
    opened = await theirs.open(sealed, keyring)
    await theirs.close()
    [signature] = opened.signatures
    assert (signature.state, signature.fingerprint) == (SignatureState.VALID, fingerprint(own()))
    assert opened.protected is not None
    assert opened.protected.subject == "Voortgang van een inburgeraar"
    assert [each.content for each in opened.attachments] == [b"{}"]
    with pytest.raises(Reject) as refused:
        await smime.sealer.open(sealed, keyring)
    assert refused.value.reasons == (Reason.NOT_FOR_US,)


async def test_nothing_is_sealed_to_a_certificate_that_cannot_be_used(smime: SmimeHouse) -> None:
    casper = ISSUING.issue(CASPER, key="p256", not_after=START.replace(year=2025))
    signing = ISSUING.issue(CASPER, key="p256", usage=("digital_signature",))
    for certificate, reason in (
        (casper.certificate, Reason.RECIPIENT_KEY_EXPIRED),
        (signing.certificate, Reason.RECIPIENT_NO_KEY),
        (b"rubbish", Reason.RECIPIENT_NO_KEY),
    ):
        with pytest.raises(Hold) as held:
            await smime.sealer.seal(letter(certificate))
        assert held.value.reasons == (reason,)


async def test_both_protections_side_by_side(smime: SmimeHouse) -> None:
    """A letter is sealed as it says, also right after one in the other protection."""
    casper = holder(CASPER)
    for protection, certificate, shape in (
        (Protection.OPENPGP, PUBLIC, b"multipart/encrypted"),
        (Protection.SMIME, casper.certificate, b"application/pkcs7-mime"),
        (Protection.OPENPGP, PUBLIC, b"multipart/encrypted"),
    ):
        sealed = await smime.sealer.seal(letter(certificate, protection=protection))
        assert shape in sealed
    with pytest.raises(Hold) as held:
        await smime.sealer.seal(letter(casper.certificate, protection=Protection.OPENPGP))
    assert held.value.reasons == (Reason.RECIPIENT_NO_KEY,)


@pytest.mark.parametrize("real", [True, False])
async def test_without_a_key_of_ours_there_is_no_smime(*, real: bool) -> None:
    alone = GatewaySecrets(openpgp=(SECRET,))
    pool = WorkerPool("sequoia", alone, workers=1)
    sealer: WorkerPool | MemorySealer = await pool.start() if real else MemorySealer(PUBLIC)
    mail = SmimeHouse(sealer, real=real).mail(noor())
    keyring = Keyring(revision=1, certificates=(), x509=(noor().certificate,))
    found: list[Stop] = []
    for work in (sealer.open(mail, keyring), sealer.seal(letter(noor().certificate))):
        with pytest.raises(Stop) as stop:
            await work
        found.append(stop.value)
    await sealer.close()
    assert [type(each) for each in found] == [Reject, Hold]
    assert [each.reasons for each in found] == [
        (Reason.SMIME_NOT_CONFIGURED,),
        (Reason.RECIPIENT_NO_KEY,),
    ]


async def test_until_it_is_told_whom_to_trust_it_trusts_nobody() -> None:
    """And from then on, by what it was told last; revocation that nobody knows is for later."""
    async with WorkerPool("sequoia", secrets(own()), workers=1) as pool:
        house = SmimeHouse(pool, real=True)
        mail = house.mail(noor())
        assert await house.states(mail, noor()) == [SignatureState.UNTRUSTED]
        pool.set_trust(trust(lists=()))
        assert await house.states(mail, noor()) == [SignatureState.REVOCATION_UNKNOWN]
        with pytest.raises(Retry):
            await pool.seal(letter(holder(CASPER).certificate))
        pool.set_trust(trust())
        assert await house.states(mail, noor()) == [SignatureState.VALID]
        pool.set_trust(trust(revoked=[noor()]))
        assert await house.states(mail, noor()) == [SignatureState.KEY_REVOKED]


async def test_a_mail_that_takes_long_is_judged_by_what_is_known_of_certificates() -> None:
    """It begins anew in an opener that may never have heard of it."""
    limits = Limits(seconds=60.0, patience=2.0)
    async with WorkerPool("sequoia", secrets(own()), workers=2, limits=limits) as pool:
        pool.set_trust(trust())
        house = SmimeHouse(pool, real=True)
        first, second = pool.process_ids
        for process in (first, second):
            os.kill(process, signal.SIGSTOP)
        mail = house.mail(noor())
        slow = [asyncio.create_task(house.states(mail, noor())) for _ in range(2)]
        while set(pool.process_ids) >= {first, second}:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.05)
        [going_on] = {first, second} & set(pool.process_ids)
        os.kill(going_on, signal.SIGCONT)
        assert await asyncio.gather(*slow) == [[SignatureState.VALID]] * 2
