"""The sealer's contract: both engines in their workers, and the in-memory twin.

What a real program writes opens, with the right signer; everything else stops
with its own reason; what is sealed can be read by the recipient and by nobody else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import TYPE_CHECKING, Any, Literal

import pytest

from gateway.adapters.certificates import generate_gateway_key
from gateway.adapters.memory_sealer import MemorySealer, read_transparent, transparent_message
from gateway.adapters.workers import Limits, WorkerPool
from gateway.domain.mail import Attachment, Letter, Protection, SignatureState
from gateway.domain.stops import Hold, Ignore, Reason, Reject, Stop
from gateway.ports import Keyring
from tests import crafted
from tests.crafted import DOCUMENT, HEADERS, mail, report
from tests.people import (
    Person,
    Style,
    encrypt_mail,
    expiring,
    nested,
    person,
    pgp_mime,
    read_with_gpg,
    revoked,
    sequoia_message,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gateway.ports import Sealer

EngineName = Literal["sequoia", "gnupg", "memory"]
SECRET, PUBLIC = generate_gateway_key("Taalpoort <poort@gemeente.example>")
NOW = datetime.now(UTC).replace(microsecond=0)
STYLES: tuple[Style, ...] = ("sequoia", "gnupg", "gnupg-plain", "gnupg-nested", "thunderbird")


def noor() -> Person:
    return person(made_by="gnupg")


def keyring(*certificates: bytes, revision: int = 1) -> Keyring:
    return Keyring(revision=revision, certificates=certificates)


def just_now() -> datetime:
    """After a key by Sequoia was made: it dates them a minute back."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)


@dataclass(frozen=True)
class House:
    """A sealer under test, and how somebody writes to it."""

    name: EngineName
    sealer: WorkerPool | MemorySealer

    def message(self, inner: bytes, *signers: Person, reader: bytes = PUBLIC) -> bytes:
        if self.name == "memory":
            certs = [each.cert for each in signers]
            return transparent_message(inner, reader=reader, signers=certs)
        if len(signers) < 2:
            return sequoia_message(signers[0] if signers else None, reader, inner)
        packets = crafted.signed_packets(inner, *signers)
        return crafted.encrypted_packets(reader, packets)

    def mail(self, *signers: Person, inner: bytes | None = None, **headers: str) -> bytes:
        return mail(self.message(inner or report(), *signers), **headers)

    async def reasons(self, content: bytes, *certificates: bytes) -> tuple[Reason, ...]:
        with pytest.raises(Stop) as stop:
            await self.sealer.open(content, keyring(*certificates))
        return stop.value.reasons

    async def states(self, content: bytes, *certificates: bytes) -> list[SignatureState]:
        opened = await self.sealer.open(content, keyring(*certificates))
        if SignatureState.VALID not in [each.state for each in opened.signatures]:
            assert opened.attachments == ()
            assert opened.protected is None
        return [each.state for each in opened.signatures]


@pytest.fixture(params=["sequoia", "gnupg", "memory"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    name: EngineName = request.param
    if name == "memory":
        yield House(name, MemorySealer(PUBLIC))
        return
    async with WorkerPool(name, SECRET, workers=1) as pool:
        yield House(name, pool)


@pytest.fixture(params=["sequoia", "gnupg"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """The real ones only: for what the twin's envelope cannot express."""
    async with WorkerPool(request.param, SECRET, workers=1) as pool:
        yield House(request.param, pool)


# opening what real programs write


async def test_a_known_signer_is_named_with_content_headers_and_date(house: House) -> None:
    opened = await house.sealer.open(house.mail(noor()), keyring(noor().cert))
    [signature] = opened.signatures
    assert signature.state is SignatureState.VALID
    assert signature.fingerprint == noor().fingerprint
    assert signature.created is not None
    assert abs(signature.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert opened.protection is Protection.OPENPGP
    assert opened.outer.from_ == ("noor@taalschool.example",)
    assert opened.outer.subject == "Voortgang"
    assert opened.outer.message_id == "<1@taalschool.example>"
    assert opened.outer.date == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert not opened.outer.automatic
    assert opened.protected is None
    [attachment] = opened.attachments
    assert attachment.name == "bijsluiter.json"
    assert attachment.media_type == "application/json"
    assert attachment.content == DOCUMENT


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("made_by", "algorithm"),
    [("gnupg", "cv25519"), ("gnupg", "rsa3072"), ("gnupg", "p256"), ("sequoia", "cv25519")],
)
async def test_mail_as_real_programs_write_it(
    engine: House,
    style: Style,
    made_by: Literal["gnupg", "sequoia"],
    algorithm: Literal["cv25519", "rsa3072", "p256"],
) -> None:
    """Compressed or not, combined or nested, signed by the primary key or by a subkey."""
    address = f"{made_by}-{algorithm}@taalschool.example"
    sender = person("Noor Voorbeeld", address, made_by=made_by, algorithm=algorithm)
    content = encrypt_mail(sender, PUBLIC, DOCUMENT, style=style)
    opened = await engine.sealer.open(content, keyring(noor().cert, sender.cert))
    assert [each.state for each in opened.signatures] == [SignatureState.VALID]
    assert opened.signatures[0].fingerprint == sender.fingerprint
    assert [each.content for each in opened.attachments] == [DOCUMENT]
    if style == "thunderbird":
        assert opened.outer.subject == "..."
        assert opened.protected is not None
        assert opened.protected.subject == "Voortgang"
        assert opened.protected.from_ == (address,)


async def test_combined_and_nested_at_once_counts_both_signatures(engine: House) -> None:
    other = person("Bo Voorbeeld", "bo@taalschool.example")
    content = engine.mail(other, inner=nested(noor(), report()))
    opened = await engine.sealer.open(content, keyring(noor().cert, other.cert))
    assert [each.fingerprint for each in opened.signatures] == [
        other.fingerprint,
        noor().fingerprint,
    ]


async def test_an_armor_without_checksum_opens(engine: House) -> None:
    content = crafted.without_checksum(encrypt_mail(noor(), PUBLIC, DOCUMENT, style="gnupg"))
    assert await engine.states(content, noor().cert) == [SignatureState.VALID]


async def test_25_megabytes_pass(house: House) -> None:
    big = os.urandom(13_000_000)
    inner = report([("bijlage.pdf", "application/pdf", big)])
    content = house.mail(noor(), inner=inner)
    assert len(content) > 23_000_000
    opened = await house.sealer.open(content, keyring(noor().cert))
    assert [len(each.content) for each in opened.attachments] == [len(DOCUMENT), len(big)]


async def test_a_later_keyring_counts(house: House) -> None:
    """A contact whose certificate is withdrawn is unknown from the next mail on."""
    content = house.mail(noor())
    for revision, certificates, state in [
        (1, (), SignatureState.UNKNOWN_KEY),
        (2, (noor().cert,), SignatureState.VALID),
        (3, (), SignatureState.UNKNOWN_KEY),
    ]:
        opened = await house.sealer.open(content, keyring(*certificates, revision=revision))
        assert [each.state for each in opened.signatures] == [state]


async def test_a_certificate_that_cannot_be_read_harms_no_other(house: House) -> None:
    content = house.mail(noor())
    assert await house.states(content, b"no certificate", noor().cert) == [SignatureState.VALID]


# signatures that prove nothing


async def test_without_a_signature_nothing_is_handed_out(house: House) -> None:
    assert await house.states(house.mail(), noor().cert) == []


async def test_a_signer_nobody_knows(house: House) -> None:
    assert await house.states(house.mail(noor())) == [SignatureState.UNKNOWN_KEY]


async def test_the_gateway_itself_is_no_contact(engine: House) -> None:
    """A mail signed by our own key, as one of ours sent back, has no known signer."""
    own = Person("Taalpoort", "poort@gemeente.example", SECRET, PUBLIC)
    states = await engine.states(engine.mail(own), noor().cert)
    assert states == [SignatureState.UNKNOWN_KEY]


async def test_two_signatures_are_two(house: House) -> None:
    other = person("Bo Voorbeeld", "bo@taalschool.example", made_by="gnupg")
    content = house.mail(noor(), other)
    assert len(await house.states(content, noor().cert, other.cert)) == 2
    assert len(await house.states(content, noor().cert)) == 2


async def test_a_detached_signature_over_other_words(engine: House) -> None:
    signed = nested(noor(), report())
    changed = signed.replace(b"Zie bijlage.", b"Zie bijlagf.")
    assert changed != signed
    states = await engine.states(engine.mail(inner=changed), noor().cert)
    assert states == [SignatureState.BAD]


async def test_a_signature_around_other_words(engine: House) -> None:
    packets = crafted.signed_packets(report(), noor())
    changed = crafted.with_other_content(packets, b"Zie bijlage.", b"Zie bijlagf.")
    content = mail(crafted.encrypted_packets(PUBLIC, changed))
    assert await engine.states(content, noor().cert) == [SignatureState.BAD]


async def test_a_good_and_a_bad_signature_are_two(engine: House) -> None:
    """One good signature must not hide a bad one beside it."""
    other = person("Bo Voorbeeld", "bo@taalschool.example", made_by="gnupg")
    inner = nested(noor(), report()).replace(b"Zie bijlage.", b"Zie bijlagf.")
    states = await engine.states(engine.mail(other, inner=inner), noor().cert, other.cert)
    assert states[1] is SignatureState.BAD
    assert len(states) == 2


async def test_a_signed_part_that_is_not_the_whole_does_not_count(engine: House) -> None:
    """A multipart/signed under another root covers a part only."""
    inner = (
        b'Content-Type: multipart/mixed; boundary="around"\r\n\r\n'
        b"--around\r\n"
        + nested(noor(), report())
        + b"\r\n--around\r\nContent-Type: application/json\r\n\r\n{}\r\n--around--\r\n"
    )
    assert await engine.states(engine.mail(inner=inner), noor().cert) == []


@pytest.mark.parametrize("digest", ["SHA1", "RIPEMD160"])
async def test_a_weak_digest(engine: House, digest: str) -> None:
    sender = person("Rob Oud", "rob@taalschool.example", made_by="gnupg", algorithm="rsa3072")
    options = ["--digest-algo", digest, "--allow-weak-digest-algos"]
    packets = crafted.signed_packets(report(), sender, options=options)
    content = mail(crafted.encrypted_packets(PUBLIC, packets))
    assert await engine.states(content, sender.cert) == [SignatureState.WEAK]


async def test_a_revoked_key(house: House) -> None:
    states = await house.states(house.mail(noor()), revoked(noor()))
    assert states == [SignatureState.KEY_REVOKED]


async def test_a_key_that_has_run_out_counts_as_of_the_moment_asked_for(house: House) -> None:
    """The signature is from before the expiry: it was good then, and is not now."""
    sender = person("Eva Eind", "eva@taalschool.example")
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    ring = keyring(expiring(sender, end))
    content = house.mail(sender)
    for at, state in [
        (end - timedelta(seconds=1), SignatureState.VALID),
        (end, SignatureState.KEY_EXPIRED),
        (None, SignatureState.VALID),
    ]:
        opened = await house.sealer.open(content, ring, at=at)
        assert [each.state for each in opened.signatures] == [state]


async def test_a_key_that_ran_out_before_it_signed(engine: House) -> None:
    sender = person("Eva Eind", "eva@taalschool.example")
    ended = expiring(sender, just_now())
    states = await engine.states(engine.mail(sender), ended)
    assert states == [SignatureState.KEY_EXPIRED]


# mails that cannot be opened


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
        Reason.SMIME_NOT_YET,
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
    async with WorkerPool("sequoia", SECRET, workers=1, limits=limits) as pool:
        with pytest.raises(Hold) as hold:
            await pool.open(content, keyring(noor().cert))
        assert hold.value.reasons == (Reason.OPENER_LIMIT,)
        opened = await pool.open(encrypt_mail(noor(), PUBLIC, DOCUMENT), keyring(noor().cert))
        assert opened.signatures[0].state is SignatureState.VALID


# sealing


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
        other = await WorkerPool("sequoia", casemanager().tsk, workers=1).start()
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
    [("gnupg", "rsa3072"), ("gnupg", "p256"), ("sequoia", "cv25519"), ("sequoia", "rsa3072")],
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
