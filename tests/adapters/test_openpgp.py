"""The container that we open ourselves, and the certificates, against GnuPG and Sequoia."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

import pysequoia
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysequoia import ArmorKind, CipherSuite, Profile, Tsk

from gateway.adapters.openpgp import SequoiaEngine
from gateway.adapters.pgp_container import NotForUs, UnsupportedKeyError
from gateway.adapters.pgp_packets import (
    COMPRESSED,
    LITERAL,
    PLAINTEXT_LIMIT,
    SIGNATURE,
    SIGNATURES_JUDGED,
    Damaged,
    Oversize,
    dearmored,
    framed,
    inflated,
    packets,
    recipient,
    sealed,
    signed,
)
from gateway.domain.mail import SignatureState
from tests import crafted
from tests.mails import packets as crafted_packets
from tests.people import (
    GpgHome,
    Person,
    by_sequoia,
    gnupg_message,
    person,
    sequoia_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime.now(UTC)
CONTENT = b"Content-Type: text/plain\r\n\r\n" + b"woorden\r\n" * 500
OPENING = (Damaged, NotForUs, Oversize)
Algorithm = Literal["cv25519", "rsa3072", "p256"]


@cache
def engine(gateway: Person) -> SequoiaEngine:
    made = SequoiaEngine([gateway.tsk])
    made.set_keyring([sender().cert])
    return made


def sender() -> Person:
    return person(made_by="gnupg")


def opened(gateway: Person, message: bytes) -> bytes:
    found = engine(gateway).decrypt(message, datetime.now(UTC))
    assert [each.state for each in found.signatures] == [SignatureState.VALID]
    return found.content


@pytest.mark.parametrize("algorithm", ["cv25519", "rsa3072", "p256"])
@pytest.mark.parametrize("made_by", ["gnupg", "sequoia"])
def test_every_kind_of_gateway_key_opens_what_both_programs_write(
    made_by: Literal["gnupg", "sequoia"], algorithm: Algorithm
) -> None:
    """Sequoia writes container version 2 to its own keys, GnuPG version 1 to all."""
    gateway = person("Poort", f"{made_by}@x.example", made_by=made_by, algorithm=algorithm)
    by_them = sequoia_message(sender(), gateway.cert, CONTENT)
    assert sealed(dearmored(by_them)).container[0] == (2 if made_by == "sequoia" else 1)
    assert opened(gateway, by_them) == CONTENT
    assert opened(gateway, gnupg_message(sender(), gateway.cert, CONTENT, "--sign")) == CONTENT


@pytest.mark.parametrize("suite", [CipherSuite.P384, CipherSuite.P521])
def test_other_suites_open(suite: CipherSuite) -> None:
    tsk = Tsk.generate("P <p@x.example>", cipher_suite=suite)
    gateway = Person("P", "p@x.example", bytes(tsk), bytes(tsk.extract_certificate()))
    assert opened(gateway, sequoia_message(sender(), gateway.cert, CONTENT)) == CONTENT
    assert opened(gateway, gnupg_message(sender(), gateway.cert, CONTENT, "--sign")) == CONTENT


def test_a_version_6_key_opens() -> None:
    gateway = by_sequoia("P", "p@x.example", "cv25519", Profile.RFC9580)
    assert opened(gateway, sequoia_message(sender(), gateway.cert, CONTENT)) == CONTENT


@pytest.mark.parametrize("cipher", ["AES", "AES192", "AES256"])
@pytest.mark.parametrize("compression", ["zip", "zlib", "bzip2", "none"])
def test_ciphers_and_compressions_of_gnupg(cipher: str, compression: str) -> None:
    options = ["--cipher-algo", cipher, "--compress-algo", compression, "--sign"]
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    assert opened(gateway, gnupg_message(sender(), gateway.cert, CONTENT, *options)) == CONTENT


def test_a_large_literal_in_partial_lengths_opens() -> None:
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    large = CONTENT * 300
    assert opened(gateway, gnupg_message(sender(), gateway.cert, large, "--sign")) == large
    assert opened(gateway, sequoia_message(sender(), gateway.cert, large)) == large


def test_hidden_recipients_open_for_us_and_for_nobody_else() -> None:
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    message = gnupg_message(sender(), gateway.cert, CONTENT, "--sign", "--throw-keyids")
    assert recipient(sealed(dearmored(message)).session_keys[0]) == b""
    assert opened(gateway, message) == CONTENT
    with pytest.raises(NotForUs):
        engine(person("Ander", "ander@x.example", made_by="gnupg")).decrypt(message, NOW)


def test_one_of_several_recipients() -> None:
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    certs = [pysequoia.Cert.from_bytes(each.cert) for each in (crafted.stranger(), gateway)]
    signer = Tsk.from_bytes(sender().tsk).signer()
    message = pysequoia.encrypt(CONTENT, recipients=certs, signer=signer)
    assert opened(gateway, message) == CONTENT


def test_the_old_container_without_integrity_is_damaged() -> None:
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    options = ["--sign", "--disable-mdc", "--cipher-algo", "AES", "--rfc2440"]
    message = gnupg_message(sender(), gateway.cert, CONTENT, *options)
    tags = [each.tag for each in packets(dearmored(message))]
    if 9 not in tags:  # this GnuPG no longer writes it
        binary = dearmored(message)
        found = list(packets(binary))
        changed = b"".join(framed(9 if each.tag == 18 else each.tag, each.body) for each in found)
        message = pysequoia.armor(changed, pysequoia.ArmorKind.Message).encode()
    with pytest.raises(Damaged):
        engine(gateway).decrypt(message, NOW)


# keys that a gateway cannot have


def test_a_key_with_a_passphrase_is_refused() -> None:
    with GpgHome() as home:
        protect = ["--passphrase", "geheim"]
        home.run(*protect, "--quick-generate-key", "P <p@x.example>", "future-default")
        secret = home.run(*protect, "--export-secret-keys").stdout
    with pytest.raises(UnsupportedKeyError, match="passphrase"):
        SequoiaEngine([secret])


def test_a_key_on_another_curve_is_refused() -> None:
    tsk = Tsk.generate("P <p@x.example>", cipher_suite=CipherSuite.Cv448)
    with pytest.raises(UnsupportedKeyError):
        SequoiaEngine([bytes(tsk)])


def test_a_key_that_cannot_decrypt_is_refused() -> None:
    with GpgHome() as home:
        home.run("--quick-generate-key", "P <p@x.example>", "ed25519", "sign,cert")
        secret = home.run("--export-secret-keys").stdout
    with pytest.raises(UnsupportedKeyError, match="no decryption key"):
        SequoiaEngine([secret])


# any other bytes


@cache
def binary_message(version: int) -> tuple[Person, bytes]:
    made_by: Literal["gnupg", "sequoia"] = "gnupg" if version == 1 else "sequoia"
    gateway = person("Poort", f"v{version}@x.example", made_by=made_by)
    return gateway, dearmored(sequoia_message(sender(), gateway.cert, CONTENT))


def decrypted(gateway: Person, binary: bytes) -> bytes:
    message = pysequoia.armor(binary, pysequoia.ArmorKind.Message).encode()
    return engine(gateway).decrypt(message, NOW).content


@pytest.mark.parametrize("version", [1, 2])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_changed_byte_ever_opens_to_other_content(version: int, data: st.DataObject) -> None:
    gateway, binary = binary_message(version)
    at = data.draw(st.integers(0, len(binary) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = binary[:at] + bytes((binary[at] ^ flip,)) + binary[at + 1 :]
    with suppress(*OPENING):
        assert decrypted(gateway, changed) == CONTENT


@pytest.mark.parametrize("version", [1, 2])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_cut_or_inserted_bytes_ever_open(version: int, data: st.DataObject) -> None:
    gateway, binary = binary_message(version)
    start = data.draw(st.integers(0, len(binary)))
    end = data.draw(st.integers(start, len(binary)))
    changed = binary[:start] + data.draw(st.binary(max_size=50)) + binary[end:]
    with suppress(*OPENING):
        assert decrypted(gateway, changed) == CONTENT


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_packets_or_damaged(data: bytes) -> None:
    for reader in (signed, sealed, inflated, dearmored, lambda each: list(packets(each))):
        with suppress(Damaged):
            reader(data)


# packet grammar


def literal(content: bytes) -> bytes:
    return framed(LITERAL, b"b\0\0\0\0\0" + content)


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        literal(b"a") + literal(b"b"),
        framed(SIGNATURE, b"x"),
        literal(b"a") + framed(SIGNATURE, b"x"),
        framed(4, b"x") + literal(b"a"),
        framed(SIGNATURE, b"x") + literal(b"a") + framed(SIGNATURE, b"x"),
        framed(COMPRESSED, b"\0" + framed(COMPRESSED, b"\0" + literal(b"a"))),
        framed(COMPRESSED, b"\0" + literal(b"a")) + literal(b"b"),
        literal(b"a") + b"\x00",
        framed(LITERAL, b"b\xff"),
        framed(13, b"user id"),
        b"".join(framed(10, b"PGP") for _ in range(2000)) + literal(b"a"),
    ],
)
def test_plaintext_that_is_not_exactly_one_signed_message(plaintext: bytes) -> None:
    with pytest.raises(Damaged):
        signed(plaintext)


def test_markers_and_padding_are_passed_over() -> None:
    assert signed(framed(10, b"PGP") + literal(b"a") + framed(21, b"random")).content == b"a"


def test_five_hundred_signatures_cost_no_more_than_a_few() -> None:
    """All by a known contact's key id, over a content that compresses to nothing."""
    one = list(packets(crafted.signed_packets(b"x", sender())))
    first, last = (framed(each.tag, each.body) for each in (one[0], one[-1]))
    literal = framed(LITERAL, b"b\0\0\0\0\0" + bytes(20_000_000))
    found = signed(first * 400 + literal + last * 400)
    assert len(found.signatures) == SIGNATURES_JUDGED > 1
    with GpgHome() as home:
        home.add(sender().tsk)
        detached = home.run("--armor", "--detach-sign", given=b"x").stdout
    many = pysequoia.armor(dearmored(detached) * 400, pysequoia.ArmorKind.Signature)
    verdicts = engine(person("Poort", "poort@gemeente.example")).verify(
        bytes(20_000_000), many.encode(), NOW
    )
    assert [each.state for each in verdicts] == [SignatureState.BAD] * SIGNATURES_JUDGED


@pytest.mark.parametrize("make", ["zip", "bzip2"])
def test_a_bomb_stops_at_the_limit(make: str) -> None:
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    zeros = bytes(PLAINTEXT_LIMIT + 1000)
    message = gnupg_message(None, gateway.cert, zeros, "--compress-algo", make)
    with pytest.raises(Oversize):
        engine(gateway).decrypt(message, NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda armor: armor.replace(b"MESSAGE", b"SIGNATURE", 1),
        lambda armor: b"x\n" + armor,
        lambda armor: armor + b"x\n",
        lambda armor: armor + armor,
        lambda armor: armor.replace(b"-----END", b"---END"),
        lambda armor: armor[: len(armor) // 2],
        lambda armor: b"",
    ],
)
def test_an_armor_that_is_not_exactly_one(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Damaged):
        dearmored(change(sequoia_message(None, sender().cert, b"x")))


# signing subkeys


def test_a_signing_subkey_counts_for_its_primary_key_until_it_runs_out() -> None:
    """Sequoia's keys sign with a subkey; GnuPG's may, and it may expire before the primary."""
    with GpgHome() as home:
        home.run("--quick-generate-key", "Sam <sam@x.example>", "ed25519", "cert")
        fields = home.run("--with-colons", "--list-keys").stdout.decode().split(":")
        fingerprint = next(each for each in fields if len(each) == 40)
        home.run("--quick-add-key", fingerprint, "ed25519", "sign", "2d")
        secret, cert = home.run("--export-secret-keys").stdout, home.run("--export").stdout
    somebody = Person("Sam", "sam@x.example", secret, cert)
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    made = SequoiaEngine([gateway.tsk])
    made.set_keyring([somebody.cert])
    message = sequoia_message(somebody, gateway.cert, CONTENT)
    for at, state in [
        (datetime.now(UTC), SignatureState.VALID),
        (datetime.now(UTC) + timedelta(days=3), SignatureState.KEY_EXPIRED),
    ]:
        [found] = made.decrypt(message, at).signatures
        assert found.fingerprint == fingerprint
        assert found.state is state


def test_other_line_ends_make_no_other_signature_over_text() -> None:
    """They fit as well: what was signed once would be a new mail each time."""
    owner = person("Oud", "oud@x.example", made_by="gnupg", made="20250101T000000")
    [key] = crafted_packets.keys_of(owner)
    judging = SequoiaEngine([person("Poort", "poort@x.example", made_by="gnupg").tsk])
    judging.set_keyring([owner.cert])
    packet = crafted_packets.signature(key, CONTENT, kind=crafted_packets.TEXT)
    armor = pysequoia.armor(packet, ArmorKind.Signature).encode()
    found = set()
    for end in (b"\r\n", b"\n", b"\r"):
        [judged] = judging.verify(CONTENT.replace(b"\r\n", end), armor, datetime.now(UTC))
        assert judged.state is SignatureState.VALID
        found.add(judged.digest)
    assert len(found) == 1


def test_a_signature_counts_as_of_the_key_that_it_fits_whatever_else_it_names() -> None:
    """A stolen subkey that ran out an hour ago, in a signature that names a good one first."""
    owner = person("Oud", "oud@x.example", made_by="gnupg", made="20250101T000000")
    stolen = crafted_packets.new_key(NOW - timedelta(days=3))
    expired = crafted_packets.with_signing_subkey(owner, stolen, timedelta(days=3, hours=-1))
    [good] = crafted_packets.keys_of(owner)
    also = (crafted_packets.ISSUER_FINGERPRINT, b"\x04" + stolen.fingerprint, False)
    made = NOW - timedelta(hours=2)
    gateway = person("Poort", "poort@x.example", made_by="gnupg")
    judging = SequoiaEngine([gateway.tsk])
    judging.set_keyring([expired.cert])
    states = []
    for packet in (
        crafted_packets.signature(stolen, CONTENT, made=made),
        crafted_packets.signature(stolen, CONTENT, also, made=made, named=good),
    ):
        armor = pysequoia.armor(packet, ArmorKind.Signature).encode()
        states += [each.state for each in judging.verify(CONTENT, armor, NOW)]
    assert states == [SignatureState.KEY_EXPIRED] * 2
