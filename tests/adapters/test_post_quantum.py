"""ML-KEM-768 with X25519 (RFC 9980): read, written, and passed over by who does not know it.

The certificate and message of `tests/vectors` are those of the RFC's appendix A.1.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pysequoia
import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from hypothesis import given, settings
from hypothesis import strategies as st
from pysequoia import Cert, Sig, Tsk

from gateway.adapters import pgp_post_quantum
from gateway.adapters.certificates import components, describe_certificate, generate_gateway_key
from gateway.adapters.openpgp import SequoiaEngine
from gateway.adapters.pgp_container import (
    NotForUs,
    SecretSubkey,
    UnsupportedKeyError,
    opened,
    secret_subkey,
)
from gateway.adapters.pgp_packets import (
    PKESK,
    Damaged,
    Sealed,
    algorithm,
    dearmored,
    framed,
    packets,
    recipient,
    sealed,
    signed,
)
from gateway.adapters.pgp_post_quantum import PostQuantumKey
from gateway.adapters.pgp_subkeys import bound_again, split_post_quantum, with_post_quantum
from gateway.adapters.recipients import Recipients
from gateway.domain.mail import Letter, SignatureState
from tests.people import GpgHome, gnupg_message, person, read_with_gpg, sequoia_message
from tests.people import Person as Somebody

VECTORS = Path(__file__).parents[1] / "vectors"
CERTIFICATE = (VECTORS / "rfc9980-v6-certificate.asc").read_bytes()
MESSAGE = (VECTORS / "rfc9980-v6-message.asc").read_bytes()
SUBKEY = bytes.fromhex("dafe0eebb2675ecfcdc20a23fe89ca5d12e83f527dfa354b6dcf662131a48b9d")
# Of the RFC's sample key, which protects nothing of anybody: the scalar, and the seed.
SCALAR = "c04dbeb8360fc5ba3ce71959dbfc869de7225d2f0cbdfa81cfc64e23fcb40b7c"
SEED = (
    "51b27ed9159da710068ff5151ba1049291cfe07ab8b17b8ec70bb5fe30fea1ed"
    "4032e3dfa776f44ee801f1db36733e20e56743605f7a7a01e9b8e738df313efe"
)
NOW = datetime.now(UTC).replace(microsecond=0)
_SOMEBODYS = PostQuantumKey.made()
ADDRESS = "poort@gemeente.example"
ECDH = 18


@cache
def sample_key() -> SecretSubkey:
    """The RFC's secret subkey, from its numbers."""
    key = PostQuantumKey.read(bytes.fromhex(SCALAR + SEED))
    head = bytes((6,)) + bytes(4) + bytes((pgp_post_quantum.ALGORITHM,))
    public = key.public()
    body = head + len(public).to_bytes(4, "big") + public + b"\0" + key.material()
    return secret_subkey(body, SUBKEY)


@cache
def hybrid(name: str = "Taalpoort", address: str = ADDRESS) -> Somebody:
    """A key by GnuPG with a post-quantum subkey of ours beside its own."""
    secret, _ = generate_gateway_key(f"{name} <{address}>")
    tsk = with_post_quantum(secret, datetime.now(UTC), NOW + timedelta(days=1000))
    return Somebody(name, address, tsk, bytes(Tsk.from_bytes(tsk).extract_certificate()))


def letter(certificate: bytes) -> Letter:
    return Letter(
        message_id="<1@gemeente.example>",
        date=NOW,
        sender=ADDRESS,
        sender_name="Taalpoort",
        recipient="casemanager@gemeente.example",
        certificate=certificate,
        subject="Voortgang",
        outer_subject="Bericht",
        text="Zie bijlage.\n",
        html="",
    )


def written_to(certificate: bytes) -> Sealed:
    """The message in a letter that the gateway sealed to this certificate."""
    mail = SequoiaEngine([hybrid().tsk]).seal(letter(certificate))
    return sealed(dearmored(message_in(mail)))


def message_in(mail: bytes) -> bytes:
    """Its armored message."""
    last = b"-----END PGP MESSAGE-----"
    return mail[mail.index(b"-----BEGIN PGP") : mail.index(last) + len(last)]


def test_the_certificate_of_the_rfc_is_read() -> None:
    facts = describe_certificate(CERTIFICATE)
    assert facts.fingerprint.lower() == (
        "c789e17d9dbdca7b3c833a3c063feb0353f80ad911fe27868fb0645df803e947"
    )
    assert (facts.post_quantum, facts.can_encrypt, facts.can_sign) == (True, True, True)


def test_the_message_of_the_rfc_opens_and_its_signature_fits() -> None:
    message = signed(opened(sealed(dearmored(MESSAGE)), [sample_key()]))
    assert message.content == b"Testing\n"
    [packet] = message.signatures
    result = pysequoia.verify(
        bytes=message.content,
        store=lambda _: [Cert.from_bytes(CERTIFICATE)],
        signature=Sig.from_bytes(packet),
    )
    assert [each.certificate for each in result.valid_sigs] == [
        describe_certificate(CERTIFICATE).fingerprint.lower()
    ]


def test_another_key_does_not_open_it() -> None:
    other = PostQuantumKey.made()
    message = sealed(dearmored(MESSAGE))
    with pytest.raises(InvalidUnwrap):
        other.unwrapped(message.session_keys[0][2 + 33 + 1 :], version=6)
    with pytest.raises(NotForUs):
        opened(message, [])


@pytest.mark.parametrize("version", [3, 6])
@given(fields=st.binary(max_size=1300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_no_session_key(version: int, fields: bytes) -> None:
    with pytest.raises((ValueError, InvalidUnwrap)):
        _SOMEBODYS.unwrapped(fields, version=version)


@pytest.mark.parametrize("version", [3, 6])
@pytest.mark.parametrize("tail", [b"", b"\0", b"\1\7", b"\x2a" + bytes(42)])
def test_whatever_follows_the_two_ciphertexts(version: int, tail: bytes) -> None:
    head = bytes.fromhex(SCALAR) + bytes(1088)
    with pytest.raises((ValueError, InvalidUnwrap)):
        _SOMEBODYS.unwrapped(head + tail, version=version)


@given(st.integers(0, 1160), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_of_what_wraps_the_session_key_opens(place: int, change: int) -> None:
    message = sealed(dearmored(MESSAGE))
    packet = bytearray(message.session_keys[0])
    packet[2 + 33 + 1 + place] ^= change
    with pytest.raises(Damaged):
        opened(Sealed((bytes(packet),), message.container), [sample_key()])


def test_what_is_sealed_to_the_rfcs_certificate_only_its_key_opens() -> None:
    message = written_to(CERTIFICATE)
    assert [(recipient(each), algorithm(each)) for each in message.session_keys] == [(SUBKEY, 35)]
    assert message.container[0] == 2
    assert b"Zie bijlage." in signed(opened(message, [sample_key()])).content


def test_a_contact_with_both_kinds_is_written_to_by_the_post_quantum_one_alone() -> None:
    """One session key in two envelopes is as open as the weaker of them."""
    contact = hybrid("Mila Voorbeeld", "mila@gemeente.example")
    message = written_to(contact.cert)
    assert [algorithm(each) for each in message.session_keys] == [35]
    armored = pysequoia.armor(
        framed(PKESK, message.session_keys[0]) + framed(18, message.container),
        pysequoia.ArmorKind.Message,
    )
    theirs = SequoiaEngine([contact.tsk])
    theirs.set_keyring([hybrid().cert])
    read = theirs.decrypt(armored.encode(), datetime.now(UTC))
    assert [each.state for each in read.signatures] == [SignatureState.VALID]
    assert b"Zie bijlage." in read.content


def test_what_sequoia_itself_reads_of_it() -> None:
    """Another program's reading of our subkey and message; its decryptor asks one subkey only."""
    secret, _ = generate_gateway_key("Mila <mila@gemeente.example>")
    alone = b"".join(framed(each.tag, each.body) for each in list(packets(secret))[:3])
    tsk = Tsk.from_bytes(with_post_quantum(alone, datetime.now(UTC), None))
    mail = SequoiaEngine([hybrid().tsk]).seal(letter(bytes(tsk.extract_certificate())))
    read = pysequoia.decrypt(
        message_in(mail),
        decryptor=tsk.decryptor(),
        store=lambda _: [Cert.from_bytes(hybrid().cert)],
    )
    assert b"Zie bijlage." in bytes(read.bytes or b"")
    assert [each.certificate.upper() for each in read.valid_sigs] == [hybrid().fingerprint]


def test_an_expired_post_quantum_subkey_leaves_the_other() -> None:
    secret, _ = generate_gateway_key(f"Mila <{ADDRESS}>")
    tsk = with_post_quantum(secret, NOW - timedelta(hours=1), NOW - timedelta(minutes=1))
    certificate = bytes(Tsk.from_bytes(tsk).extract_certificate())
    assert not describe_certificate(certificate).post_quantum
    left = Recipients(post_quantum=True).certificate(certificate)
    kinds = [each.algorithm for each in components(bytes(left)) if each.encrypts]
    assert kinds == ["ECDH"]


def test_an_engine_that_cannot_write_it_keeps_the_other() -> None:
    kept = Recipients().certificate(hybrid().cert)
    kinds = {each.algorithm for each in components(bytes(kept)) if each.encrypts}
    assert kinds == {"ECDH", "MLKEM768_X25519"}


@pytest.mark.parametrize("kept", [ECDH, pgp_post_quantum.ALGORITHM])
def test_the_gateway_opens_by_either_of_its_subkeys(kept: int) -> None:
    message = dearmored(sequoia_message(person(made_by="gnupg"), hybrid().cert, b"woorden"))
    left = [
        each
        for each in packets(message)
        if each.tag != PKESK or algorithm(bytes(each.body)) == kept
    ]
    assert len(left) == 2
    binary = b"".join(framed(each.tag, each.body) for each in left)
    armored = pysequoia.armor(binary, pysequoia.ArmorKind.Message).encode()
    engine = SequoiaEngine([hybrid().tsk])
    engine.set_keyring([person(made_by="gnupg").cert])
    read = engine.decrypt(armored, NOW + timedelta(minutes=1))
    assert (read.content, read.signatures[0].state) == (b"woorden", SignatureState.VALID)


def test_gnupg_passes_the_subkey_over_and_reads_and_writes_by_its_own() -> None:
    """GnuPG 2.2 takes such a certificate, and mail goes in both directions as before."""
    noor = person(made_by="gnupg")
    with GpgHome() as home:
        home.add(hybrid().cert)
        listing = home.run("--with-colons", "--list-keys").stdout.decode().splitlines()
    subkeys = {line.split(":")[3] for line in listing if line.startswith("sub:")}
    assert subkeys >= {"18"}
    engine = SequoiaEngine([hybrid().tsk])
    engine.set_keyring([noor.cert])
    read = engine.decrypt(gnupg_message(noor, hybrid().cert, b"woorden", "--sign"), NOW)
    assert (read.content, read.signatures[0].state) == (b"woorden", SignatureState.VALID)
    back = read_with_gpg(noor, engine.seal(letter(noor.cert)), hybrid().cert)
    assert (b"Zie bijlage." in back.content, back.signers) == (True, (hybrid().fingerprint,))


def test_the_subkey_can_be_taken_off_and_bound_again_until_later() -> None:
    before = hybrid()
    plain, subkeys = split_post_quantum(before.tsk)
    assert len(subkeys) == 2
    assert (
        b"MLKEM"
        not in "".join(
            each.algorithm
            for each in components(bytes(Tsk.from_bytes(plain).extract_certificate()))
        ).encode()
    )
    later = NOW + timedelta(days=2000)
    again = bound_again(plain, subkeys, NOW + timedelta(seconds=1), later)
    [old] = [each for each in components(before.cert) if each.post_quantum]
    certificate = bytes(Tsk.from_bytes(again).extract_certificate())
    [new] = [each for each in components(certificate) if each.post_quantum]
    assert (new.fingerprint, new.expires) == (old.fingerprint, later)


def test_halves_that_do_not_belong_together_are_refused() -> None:
    key, other = PostQuantumKey.made(), PostQuantumKey.made()
    body = bytes((4,)) + bytes(4) + bytes((35,)) + other.public() + b"\0" + key.material()
    with pytest.raises(UnsupportedKeyError, match="belong together"):
        secret_subkey(body + bytes(2), bytes(20))


def test_only_a_key_that_gnupg_makes_gets_such_a_subkey() -> None:
    with pytest.raises(UnsupportedKeyError, match="Ed25519"):
        with_post_quantum(person(made_by="gnupg", algorithm="p256").tsk, NOW, None)
    with pytest.raises(UnsupportedKeyError, match="not a secret key"):
        with_post_quantum(hybrid().cert, NOW, None)
