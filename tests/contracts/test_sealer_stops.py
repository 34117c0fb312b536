"""Mails that cannot be opened stop with their own reason, and harm no other mail."""

from __future__ import annotations

import os

import pytest

from gateway.adapters.memory_sealer import transparent_message
from gateway.adapters.workers import Limits, WorkerPool
from gateway.domain.mail import SignatureState
from gateway.domain.stops import Hold, Ignore, Reason, Reject, Stop
from tests import crafted
from tests.contracts.sealers import PUBLIC, SECRETS, House, keyring, noor
from tests.crafted import DOCUMENT, HEADERS, mail, report
from tests.people import (
    Style,
    encrypt_mail,
    pgp_mime,
)


async def test_not_encrypted_to_us(house: House) -> None:
    other = crafted.stranger().cert
    content = mail(house.message(report(), noor(), reader=other))
    assert await house.reasons(content, noor().cert) == (Reason.NOT_FOR_US,)


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("style", ["sequoia", "gnupg"])
async def test_one_changed_character_of_the_ciphertext(
    engine: House, style: Style, at: float
) -> None:
    """Anywhere: in the session key (not for us, or damaged) or in the content."""
    content = crafted.tampered(encrypt_mail(noor(), PUBLIC, DOCUMENT, style=style), at)
    [reason] = await engine.reasons(content, noor().cert)
    assert reason is Reason.DAMAGED or (at < 0.1 and reason is Reason.NOT_FOR_US)


async def test_a_ciphertext_cut_short(engine: House) -> None:
    content = encrypt_mail(noor(), PUBLIC, DOCUMENT * 100, style="gnupg-plain")
    lines = content.split(b"\r\n")
    middle = len(lines) // 2
    cut = b"\r\n".join(lines[:middle] + lines[middle + 4 :])
    assert await engine.reasons(cut, noor().cert) == (Reason.DAMAGED,)


async def test_something_after_the_ciphertext(engine: House) -> None:
    import pysequoia

    armored = engine.message(report(), noor())
    packets = pysequoia.packet.PacketPile.from_bytes(armored)
    binary = b"".join(bytes(each) for each in packets)
    extra = crafted.signed_packets(report(), noor())
    longer = pysequoia.armor(binary + extra, pysequoia.ArmorKind.Message).encode()
    assert await engine.reasons(mail(longer), noor().cert) == (Reason.DAMAGED,)


async def test_a_twin_envelope_is_damaged_for_a_real_engine_and_the_reverse(house: House) -> None:
    if house.name == "memory":
        content = encrypt_mail(noor(), PUBLIC, DOCUMENT)
    else:
        inner = report()
        content = mail(transparent_message(inner, reader=PUBLIC, signers=[noor().cert]))
    assert await house.reasons(content, noor().cert) == (Reason.DAMAGED,)


PLAIN = b"From: noor@taalschool.example\r\nSubject: x\r\n"
INLINE = b"-----BEGIN PGP MESSAGE-----\r\n\r\nabcd\r\n-----END PGP MESSAGE-----\r\n"
ENCRYPTED_PART = (
    b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="e"\r\n\r\n'
    b"--e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    b"--e\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--e--\r\n"
)
IN_MIXED = b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n'
STOPPED: dict[str, tuple[bytes, type[Stop], Reason]] = {
    "plain": (PLAIN + b"\r\nDag\r\n", Reject, Reason.NOT_ENCRYPTED),
    "encrypted below the root": (
        PLAIN + IN_MIXED + ENCRYPTED_PART + b"\r\n--m--\r\n",
        Reject,
        Reason.PARTLY_ENCRYPTED,
    ),
    "ciphertext as attachment": (
        PLAIN
        + IN_MIXED
        + b"Content-Type: application/octet-stream\r\n\r\n"
        + INLINE
        + b"\r\n--m--\r\n",
        Reject,
        Reason.PARTLY_ENCRYPTED,
    ),
    "inline armor": (PLAIN + b"\r\n" + INLINE, Reject, Reason.INLINE_PGP),
    "no bytes": (b"", Reject, Reason.EMPTY),
    "no body": (PLAIN + b"\r\n", Reject, Reason.EMPTY),
    "no boundary": (PLAIN + b"Content-Type: multipart/mixed\r\n\r\nx", Reject, Reason.MALFORMED),
    "not closed": (mail(INLINE)[:-8], Reject, Reason.MALFORMED),
    "three parts": (
        mail(INLINE).replace(b"--=-=outer=-=--", b"--=-=outer=-=\r\n\r\nx\r\n--=-=outer=-=--"),
        Reject,
        Reason.MALFORMED,
    ),
    "automatic": (PLAIN + b"Auto-Submitted: auto-replied\r\n\r\nx", Ignore, Reason.AUTOMATIC),
    "bounce": (PLAIN + b"Return-Path: <>\r\n\r\nx", Ignore, Reason.AUTOMATIC),
    "smime": (
        PLAIN + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx",
        Reject,
        Reason.SMIME_NOT_CONFIGURED,
    ),
}


@pytest.mark.parametrize("fault", STOPPED)
async def test_a_mail_that_is_no_sealed_mail_stops_with_its_reason(
    house: House, fault: str
) -> None:
    content, kind, reason = STOPPED[fault]
    with pytest.raises(Stop) as stop:
        await house.sealer.open(content, keyring(noor().cert))
    assert type(stop.value) is kind
    assert stop.value.reasons == (reason,)


async def test_an_automatic_mail_that_is_encrypted_is_opened_and_says_so(house: House) -> None:
    content = pgp_mime(
        HEADERS | {"Auto-Submitted": "auto-generated"}, house.message(report(), noor())
    )
    opened = await house.sealer.open(content, keyring(noor().cert))
    assert opened.outer.automatic


async def test_a_bomb_is_held_and_the_next_mail_is_fine(engine: House) -> None:
    content = crafted.bomb(PUBLIC, 200)
    assert len(content) < 2_000_000
    assert await engine.reasons(content, noor().cert) == (Reason.OPENER_LIMIT,)
    assert await engine.states(engine.mail(noor()), noor().cert) == [SignatureState.VALID]


async def test_a_mail_that_takes_too_much_memory_costs_one_opener() -> None:
    limits = Limits(memory_bytes=30 * 1024 * 1024)
    big = [("bijlage.pdf", "application/pdf", os.urandom(13_000_000))]
    content = encrypt_mail(noor(), PUBLIC, DOCUMENT, style="gnupg", extra_attachments=big)
    async with WorkerPool("sequoia", SECRETS, workers=1, limits=limits) as pool:
        with pytest.raises(Hold) as hold:
            await pool.open(content, keyring(noor().cert))
        assert hold.value.reasons == (Reason.OPENER_LIMIT,)
        opened = await pool.open(encrypt_mail(noor(), PUBLIC, DOCUMENT), keyring(noor().cert))
        assert opened.signatures[0].state is SignatureState.VALID
