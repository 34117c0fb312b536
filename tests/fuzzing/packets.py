"""What reads OpenPGP: armor, packets, the container, signatures, certificates, gpg's answers."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pysequoia

from gateway.adapters.certificates import (
    CertificateRefusedError,
    describe_certificate,
    sanitised_certificate,
)
from gateway.adapters.gnupg_status import Report
from gateway.adapters.openpgp import SequoiaEngine
from gateway.adapters.pgp_container import NotForUs, UnsupportedKeyError, secret_subkey
from gateway.adapters.pgp_packets import (
    PLAINTEXT_LIMIT,
    Damaged,
    Oversize,
    dearmored,
    framed,
    packets,
    sealed,
    signature_packets,
    signed,
)
from gateway.domain.mail import SignatureState
from tests.fuzzing.registry import faulty_mails, good_mails, target
from tests.mails.openpgp import OpenPGP, person
from tests.mails.scene import Who

NOT_MORE = (Damaged, Oversize)
CONTENT = b"Content-Type: text/plain\r\n\r\nWat Saar schreef.\r\n"


@cache
def engine() -> SequoiaEngine:
    """The gateway's, with two contacts that it knows."""
    made = SequoiaEngine([person(Who.GATEWAY).tsk])
    made.set_keyring([person(Who.SENDER).cert, person(Who.COLLEAGUE).cert])
    return made


@cache
def signed_message() -> bytes:
    """Packets of a message that the sender signed, not encrypted."""
    return OpenPGP().signed(CONTENT, Who.SENDER)


def messages() -> list[bytes]:
    """Signed ones, by one and by two, compressed and not."""
    from tests.mails.broken_packets import compressed

    message = signed_message()
    return [
        message,
        compressed(message),
        compressed(message, 2),
        compressed(message, 3),
        OpenPGP().signed(CONTENT, Who.SENDER, Who.COLLEAGUE),
        OpenPGP().signed(CONTENT, Who.STRANGER),
        OpenPGP().signed(CONTENT, Who.SENDER, options=["--textmode"]),
        framed(11, b"b\0\0\0\0\0" + CONTENT),
    ]


@target("signed", messages)
def signed_packets(data: bytes) -> None:
    """Never a valid signature over anything but what its owner signed."""
    try:
        message = signed(data)
    except NOT_MORE:
        return
    assert len(message.content) <= PLAINTEXT_LIMIT
    for each in message.signatures:
        verdict = engine()._judged(message.content, each, datetime.now(UTC))
        if verdict.state is SignatureState.VALID:
            assert message.content in {CONTENT, CONTENT.replace(b"\r\n", b"\n")}
            assert verdict.fingerprint != person(Who.STRANGER).fingerprint


def armored_in(mails: list[bytes]) -> list[bytes]:
    """What begins with an armor's first line in each of these."""
    return [mail[mail.find(b"-----BEGIN") :] for mail in mails if b"-----BEGIN" in mail]


@target("armor", lambda: armored_in(good_mails()), lambda: armored_in(faulty_mails()))
def armor(data: bytes) -> None:
    """Armor, then packets, then one container or none."""
    for read in (lambda: sealed(dearmored(data)), lambda: signature_packets(data)):
        try:
            read()
        except NOT_MORE:
            continue


def sealed_messages() -> list[bytes]:
    """Containers for the gateway, by Sequoia and by GnuPG."""
    scene = OpenPGP()
    armored = [scene.message(CONTENT, Who.SENDER), scene.encrypted(signed_message())]
    return [dearmored(each) for each in armored]


@target("container", sealed_messages)
def container(data: bytes) -> None:
    """Opened and verified, or one of the few ways in which it cannot be."""
    armored = pysequoia.armor(data, pysequoia.ArmorKind.Message)
    try:
        opened = engine().decrypt(armored.encode(), datetime.now(UTC))
    except (NotForUs, *NOT_MORE):
        return
    if any(each.state is SignatureState.VALID for each in opened.signatures):
        assert opened.content == CONTENT


@target("packets", messages)
def plain_packets(data: bytes) -> None:
    """Packets follow each other without a gap or an overlap."""
    try:
        found = list(packets(data))
    except Damaged:
        return
    assert sum(len(each.body) for each in found) <= len(data)
    assert [each.tag for each in packets(b"".join(framed(p.tag, p.body) for p in found))] == [
        each.tag for each in found
    ]


@target("certificate", lambda: [person(who).cert for who in Who])
def certificate(data: bytes) -> None:
    """Described and cleaned, or refused; a secret key is never taken for one."""
    try:
        facts = describe_certificate(data)
        clean = sanitised_certificate(data)
    except CertificateRefusedError:
        return
    assert len(facts.fingerprint) in {40, 64}
    assert all(text.isprintable() for text in facts.user_ids)
    assert describe_certificate(clean).fingerprint == facts.fingerprint


def secret_bodies() -> list[bytes]:
    """Secret key packets' bodies."""
    return [bytes(each.body) for each in packets(person(Who.GATEWAY).tsk) if each.tag in {5, 7}]


@target("secret-key", secret_bodies)
def secret_key(data: bytes) -> None:
    """A key that opens, or a reason why not."""
    try:
        secret_subkey(data, bytes(20))
    except UnsupportedKeyError:
        return


STATUS = (
    b"[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123456789ABCDEF Naam <a@x.example>\n"
    b"[GNUPG:] VALIDSIG %s 2026-11-23 1795440000 0 4 0 22 10 00 %s\n"
    b"[GNUPG:] DECRYPTION_OKAY\n[GNUPG:] GOODMDC\n"
) % (b"A" * 40, b"B" * 40)


@target("gnupg-status", lambda: [STATUS, STATUS.replace(b"GOODSIG", b"ERRSIG")])
def gnupg_status(data: bytes) -> None:
    """A signature fits only by a line VALIDSIG of its own, which no user id can write."""
    report = Report(0, b"", data)
    lines = data.split(b"\n")
    valid = sum(line.startswith(b"[GNUPG:] VALIDSIG ") for line in lines)
    assert sum(each.fits for each in report.verdicts) <= valid
    assert len(report.verdicts) <= len(lines)
