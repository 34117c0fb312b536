"""What is sealed can be read by the recipient and by nobody else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from email import message_from_bytes
from typing import TYPE_CHECKING, Any, Literal

import pytest

from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.adapters.memory_sealer import MemorySealer, read_transparent
from gateway.adapters.workers import WorkerPool
from gateway.domain.mail import Attachment, Letter, SignatureState
from gateway.domain.stops import Hold, Reason
from tests import crafted
from tests.crafted import DOCUMENT
from tests.people import (
    Person,
    expiring,
    person,
    read_with_gpg,
    revoked,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports import Sealer

from tests.contracts.sealers import NOW, PUBLIC, House, just_now, keyring


def casemanager() -> Person:
    return person("Cas Manager", "cas@gemeente.example", made_by="gnupg")


def letter(certificate: bytes, recipient: str = "cas@gemeente.example") -> Letter:
    return Letter(
        message_id="<trace.1@poort.gemeente.example>",
        date=NOW,
        sender="poort@gemeente.example",
        sender_name="Taalpoort",
        recipient=recipient,
        certificate=certificate,
        subject="Voortgang van één inburgeraar",
        outer_subject="Nieuw bericht",
        text="Beste collega,\n\nEr is een bericht.\n.\nFrom hier\n",
        html="<p>Er is een bericht.</p>",
        attachments=(
            Attachment(name="bijsluiter.json", media_type="application/json", content=DOCUMENT),
        ),
        in_reply_to="<1@taalschool.example>",
    )


def reopened(house: House, reader: Person, sealed: bytes) -> bytes:
    """The inner entity as the recipient reads it, with the gateway's signature proven."""
    if house.name == "memory":
        return read_transparent(sealed)
    read = read_with_gpg(reader, sealed, PUBLIC)
    assert read.signers == (Person("", "", b"", PUBLIC).fingerprint,)
    return read.content


async def test_what_is_sealed_shows_nothing_outside_and_everything_inside(house: House) -> None:
    sealed = await house.sealer.seal(letter(casemanager().cert))
    head = sealed.partition(b"\r\n\r\n")[0]
    assert b"Subject: Nieuw bericht\r\n" in head
    assert b"Message-ID: <trace.1@poort.gemeente.example>\r\n" in head
    assert b"In-Reply-To: <1@taalschool.example>\r\n" in head
    assert b"To: cas@gemeente.example\r\n" in head
    assert b"Auto-Submitted: auto-generated\r\n" in head
    assert b"inburgeraar" not in sealed
    assert sealed.isascii()
    assert sealed.count(b"\n") == sealed.count(b"\r\n")
    assert max(map(len, sealed.split(b"\r\n"))) <= 100
    inner = reopened(house, casemanager(), sealed)
    assert b"HP-Outer: Subject: Nieuw bericht\r\n" in inner
    assert b'hp="cipher"' in inner
    assert b"Er is een bericht." in inner


async def test_a_sealed_mail_opens_at_another_gateway(house: House) -> None:
    """What we write, our own reader understands: protected subject, attachment, signature."""
    if house.name == "memory":
        other: Sealer = MemorySealer(casemanager().cert)
    else:
        other = await WorkerPool(
            "sequoia", GatewaySecrets(openpgp=(casemanager().tsk,)), workers=1
        ).start()
    sealed = await house.sealer.seal(letter(casemanager().cert))
    opened = await other.open(sealed, keyring(PUBLIC))
    await other.close()
    assert [each.state for each in opened.signatures] == [SignatureState.VALID]
    assert opened.protected is not None
    assert opened.protected.subject == "Voortgang van één inburgeraar"
    assert opened.protected.date == NOW
    assert [each.content for each in opened.attachments] == [DOCUMENT]
    assert opened.outer.automatic


@pytest.mark.parametrize(
    ("made_by", "algorithm"),
    [("gnupg", "rsa3072"), ("gnupg", "p256"), ("sequoia", "cv25519"), ("sequoia", "p256")],
)
async def test_gnupg_2_2_reads_what_is_sealed_to_any_key(
    engine: House,
    made_by: Literal["gnupg", "sequoia"],
    algorithm: Literal["cv25519", "rsa3072", "p256"],
) -> None:
    """Also to a key made by Sequoia, which asks for a container that GnuPG 2.2 cannot read."""
    reader = person("Cas", f"{made_by}-{algorithm}@x.example", made_by=made_by, algorithm=algorithm)
    for _ in range(2):  # the second time it is known what the certificate asks for
        sealed = await engine.sealer.seal(letter(reader.cert, reader.address))
        assert crafted.session_key_count(sealed) == 1
        assert DOCUMENT in b"".join(_attachment_bodies(reopened(engine, reader, sealed)))


def _attachment_bodies(inner: bytes) -> Sequence[bytes]:
    parts = message_from_bytes(inner).walk()
    bodies = [part.get_payload(decode=True) for part in parts if part.get_filename()]
    return [body for body in bodies if isinstance(body, bytes)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("expired", Reason.RECIPIENT_KEY_EXPIRED),
        ("revoked", Reason.RECIPIENT_KEY_REVOKED),
        ("only signing", Reason.RECIPIENT_NO_KEY),
        ("garbage", Reason.RECIPIENT_NO_KEY),
    ],
)
async def test_an_unusable_recipient_certificate(house: House, fault: str, reason: Reason) -> None:
    certificates = {
        "expired": expiring(person("Cas", "c@x.example"), just_now()),
        "revoked": revoked(casemanager()),
        "only signing": crafted.only_signing(casemanager()),
        "garbage": b"no certificate",
    }
    with pytest.raises(Hold) as hold:
        await house.sealer.seal(letter(certificates[fault]))
    assert hold.value.reasons == (reason,)


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": "a\r\nBcc: x@y.example"},
        {"outer_subject": "a\nb"},
        {"recipient": "cas@gemeente.example, bo@elders.example"},
        {"recipient": "cas@gemeente.example>\r\nBcc: <x@y.example"},
        {"sender_name": "Poort\r\nX: y"},
        {"message_id": "no id"},
        {"in_reply_to": "<a@b>\r\nX: y"},
    ],
)
async def test_nothing_smuggles_a_header_into_a_sealed_mail(
    house: House, bad: dict[str, Any]
) -> None:
    with pytest.raises(Hold) as hold:
        await house.sealer.seal(replace(letter(casemanager().cert), **bad))
    assert hold.value.reasons == (Reason.SEALING_FAILED,)


async def test_only_usable_subkeys_are_encrypted_to(house: House) -> None:
    """An expired or revoked subkey beside a good one: the good one reads, alone."""
    readers = [
        crafted.with_encryption_subkeys("seconds=1", "0"),
        crafted.with_encryption_subkeys("0", "0", revoke_first=True),
    ]
    await asyncio.sleep(1.1)
    for reader in readers:
        sealed = await house.sealer.seal(letter(reader.cert, reader.address))
        assert b"Er is een bericht." in reopened(house, reader, sealed)
        if house.name != "memory":
            assert crafted.session_key_count(sealed) == 1


async def test_a_certificate_whose_subkeys_are_all_unusable(house: House) -> None:
    expired = crafted.with_encryption_subkeys("seconds=1")
    withdrawn = crafted.with_encryption_subkeys("0", revoke_first=True)
    await asyncio.sleep(1.1)
    for reader, reason in [
        (expired, Reason.RECIPIENT_KEY_EXPIRED),
        (withdrawn, Reason.RECIPIENT_KEY_REVOKED),
    ]:
        with pytest.raises(Hold) as hold:
            await house.sealer.seal(letter(reader.cert, reader.address))
        assert hold.value.reasons == (reason,)
