"""What OpenSSL, GnuPG and others write is read: every way to encrypt and to sign that counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.adapters.mime_read import read_outer
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.smime import SmimeEngine
from gateway.domain.mail import SignatureState
from gateway.domain.stops import Reason, Reject
from tests import crafted_cms
from tests.crafted_cms import Signing
from tests.pki import Authority, Leaf
from tests.pki_parts import DER, PEM
from tests.smime_engines import INNER, engine, gateway, noor, now, states, trust
from tests.smime_people import (
    GATEWAY,
    ISSUING,
    NOOR,
    Desk,
    GpgsmHome,
    holder,
    opaque_entity,
    signed_entity,
    smime_mail,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pki import Kind

LINES = INNER.replace(b"\r\n", b"\n")


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Desk() as opened:
        yield opened


@pytest.mark.parametrize(
    ("ours", "theirs", "opaque", "cipher", "options"),
    [
        ("rsa3072", "rsa3072", False, "aes-128-cbc", []),
        ("rsa3072", "p256", True, "aes-192-cbc", ["-stream"]),
        ("rsa3072", "p384", False, "aes-256-cbc", ["-keyid"]),
        ("rsa3072", "rsa2048", True, "aes-256-gcm", ["-stream"]),
        ("rsa2048", "p521", False, "aes-128-gcm", ["-keyid"]),
        ("p256", "rsa3072", True, "aes-256-cbc", []),
        ("p256", "p256", False, "aes-256-gcm", ["-keyid"]),
        ("p384", "rsa3072", False, "aes-192-gcm", ["-stream"]),
        ("p384", "p256", True, "aes-128-cbc", ["-stream", "-keyid"]),
        ("p521", "p256", False, "aes-256-cbc", []),
    ],
)
def test_openssl_is_read(
    desk: Desk, *, ours: Kind, theirs: Kind, opaque: bool, cipher: str, options: list[str]
) -> None:
    own, sender = holder(GATEWAY, ours), holder(NOOR, theirs)
    entity = desk.sign(INNER, sender, opaque=opaque, options=options)
    message = desk.encrypt(entity, own, cipher=cipher, options=options)
    opened = engine(sender, own=[own]).decrypt(message, now())
    [signature] = opened.signatures
    assert signature.state is SignatureState.VALID
    assert signature.fingerprint == sender.fingerprint
    assert signature.created is not None
    assert abs(signature.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert opened.content.replace(b"\r\n", b"\n") == LINES


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("rsa3072", ["rsa_padding_mode:oaep"]),
        ("rsa3072", ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256"]),
        ("rsa3072", ["rsa_padding_mode:oaep", "rsa_oaep_md:sha512", "rsa_mgf1_md:sha256"]),
        ("p256", ["ecdh_kdf_md:sha256"]),
        ("p384", ["ecdh_kdf_md:sha384"]),
        ("p521", ["ecdh_kdf_md:sha512", "ecdh_cofactor_mode:1"]),
    ],
)
def test_each_way_to_bring_the_key(desk: Desk, kind: Kind, options: list[str]) -> None:
    own = holder(GATEWAY, kind)
    words = [word for each in options for word in ("-keyopt", each)]
    message = desk.encrypt(desk.sign(INNER, noor()), own, recipient_options=words)
    assert states(engine(own=[own]).decrypt(message, now())) == ["valid"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-md", "sha384"], "valid"),
        (["-md", "sha512"], "valid"),
        (["-keyopt", "rsa_padding_mode:pss"], "valid"),
        (["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:-1"], "valid"),
        (["-md", "sha1"], "weak"),
        (["-md", "md5"], "weak"),
        (["-md", "sha224"], "weak"),
        (["-md", "sha1", "-keyopt", "rsa_padding_mode:pss"], "weak"),
        (["-noattr"], "bad"),
    ],
)
def test_each_way_to_sign(desk: Desk, options: list[str], expected: str) -> None:
    sender = holder(NOOR, "rsa3072")
    message = desk.encrypt(desk.sign(INNER, sender, options=options), gateway())
    assert states(engine(sender).decrypt(message, now())) == [expected]


def test_without_its_authority_s_certificate_there_is_no_way_to_the_root(desk: Desk) -> None:
    """Unless the gateway has it itself, configured."""
    signature = crafted_cms.apart(INNER, Signing(by=noor()))
    message = desk.encrypt(signed_entity(INNER, signature), gateway())
    assert states(engine().decrypt(message, now())) == ["untrusted"]
    known = replace(trust(), intermediates=(ISSUING.certificate,))
    assert states(engine(material=known).decrypt(message, now())) == ["valid"]


def test_ed25519_signs(desk: Desk) -> None:
    """RFC 8419, with SHA-512 and no other; openssl 3.0 does not write it."""
    sender = ISSUING.issue(NOOR, key="ed25519")
    for digest, expected in [("sha512", "valid"), ("sha256", "bad")]:
        signature = crafted_cms.apart(
            INNER, Signing(by=sender, digest=digest), certificates=[ISSUING]
        )
        message = desk.encrypt(signed_entity(INNER, signature), gateway())
        assert states(engine(sender).decrypt(message, now())) == [expected]


@pytest.mark.parametrize("ukm", [None, b"user keying material"])
def test_x25519_opens(desk: Desk, ukm: bytes | None) -> None:
    """RFC 8418, as a second key beside one that signs."""
    key = x25519.X25519PrivateKey.generate()
    own = _x25519_leaf(key)
    message = crafted_cms.to_x25519(desk.sign(INNER, noor()), own, key.public_key(), ukm)
    assert states(engine(own=[gateway(), own]).decrypt(message, now())) == ["valid"]


def _x25519_leaf(key: x25519.X25519PrivateKey) -> Leaf:
    issuer = ISSUING.x509
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(ISSUING.private, ISSUING.x509.signature_hash_algorithm)  # type: ignore[arg-type] # no Ed25519
    )
    pkcs8 = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(PEM, pkcs8, serialization.NoEncryption())
    return Leaf(certificate=certificate.public_bytes(DER), key=secret)


def test_older_keys_still_open(desk: Desk) -> None:
    older = [holder(GATEWAY, "rsa3072"), holder(GATEWAY, "p256")]
    made = engine(own=[gateway(), *older])
    for own in older:
        message = desk.encrypt(desk.sign(INNER, noor()), own)
        assert states(made.decrypt(message, now())) == ["valid"]


def test_a_renewed_certificate_and_the_one_before_both_name_the_key(desk: Desk) -> None:
    before, after = holder(GATEWAY, "rsa3072"), ISSUING.issue(GATEWAY, key="rsa3072", serial=77)
    assert before.private is after.private
    made = engine(own=[after, before])
    for own in (before, after):
        assert states(made.decrypt(desk.encrypt(desk.sign(INNER, noor()), own), now())) == ["valid"]


def test_one_of_many_recipients(desk: Desk) -> None:
    others = [holder("bo@elders.example", "rsa2048"), holder("cas@elders.example", "p256")]
    entity = desk.sign(INNER, noor())
    assert states(engine().decrypt(desk.encrypt(entity, *others, gateway()), now())) == ["valid"]
    with pytest.raises(NotForUs):
        engine().decrypt(desk.encrypt(entity, *others), now())
    message = crafted_cms.enveloped(entity, gateway(), more_recipients=900)
    assert states(engine().decrypt(message, now())) == ["valid"]


@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize("kind", ["rsa3072"])
def test_gpgsm_is_read(kind: Kind, opaque: bool) -> None:
    """GnuPG 2.2 encrypts to RSA only: to elliptic curves libksba fails."""
    own, sender = holder(GATEWAY, kind), holder(NOOR, "rsa3072")
    with GpgsmHome(sender, own.certificate) as home:
        if opaque:
            entity = opaque_entity(home.run("--sign", given=INNER))
        else:
            entity = signed_entity(INNER, home.run("--detach-sign", given=INNER))
        message = home.run("--encrypt", "--recipient", GATEWAY, given=entity)
    assert states(engine(sender, own=[own]).decrypt(message, now())) == ["valid"]


@pytest.mark.parametrize("cipher", ["des3", "camellia-256-cbc"])
def test_another_cipher_than_aes_is_refused_by_name(desk: Desk, cipher: str) -> None:
    message = desk.encrypt(desk.sign(INNER, noor()), gateway(), cipher=cipher)
    with pytest.raises(Reject) as stop:
        engine().decrypt(message, now())
    assert stop.value.reasons == (Reason.WEAK_ENCRYPTION,)


# triple wrapping: signed, encrypted, signed once more (RFC 8551, section 3.7)


def triple(desk: Desk, outer: Leaf, *, opaque: bool) -> bytes:
    message = desk.encrypt(desk.sign(INNER, noor()), gateway())
    return desk.sign(opaque_entity(message, kind="enveloped-data"), outer, opaque=opaque)


def outer_of(entity: bytes) -> bytes:
    return read_outer(b"From: noor@taalschool.example\n" + entity).ciphertext


@pytest.mark.parametrize("opaque", [False, True])
def test_triple_wrapped_mail_is_one_signer_s(desk: Desk, opaque: bool) -> None:
    ciphertext = outer_of(triple(desk, noor(), opaque=opaque))
    assert states(engine().decrypt(ciphertext, now())) == ["valid"]


@pytest.mark.parametrize("opaque", [False, True])
def test_the_outer_signer_has_to_be_the_inner_one(desk: Desk, opaque: bool) -> None:
    other = holder("bo@taalschool.example")
    ciphertext = outer_of(triple(desk, other, opaque=opaque))
    assert states(engine(noor(), other).decrypt(ciphertext, now())) == ["valid", "valid"]
    assert states(engine().decrypt(ciphertext, now())) == ["unknown-key", "valid"]


def test_an_outer_signature_has_to_fit(desk: Desk) -> None:
    entity = triple(desk, noor(), opaque=False)
    changed = entity.replace(b'name="smime.p7m"', b'name="other.p7m"', 1)
    assert changed != entity
    assert states(engine().decrypt(outer_of(changed), now())) == ["bad", "valid"]


@pytest.mark.parametrize("opaque", [False, True])
def test_a_signature_around_plain_text_is_no_encryption(desk: Desk, opaque: bool) -> None:
    entity = desk.sign(INNER, noor(), opaque=opaque)
    with pytest.raises(Reject) as stop:
        engine().decrypt(outer_of(entity), now())
    assert Reason.NOT_ENCRYPTED in stop.value.reasons


def test_a_mail_whose_type_got_lost_is_known_by_its_name(desk: Desk) -> None:
    """RFC 8551, section 3.9: application/octet-stream and smime.p7m."""
    message = desk.encrypt(desk.sign(INNER, noor()), gateway())
    mail = smime_mail(message).replace(b"application/pkcs7-mime", b"application/octet-stream")
    assert read_outer(mail).ciphertext == message


# trust


@pytest.mark.parametrize(
    ("expected", "leaf"),
    [
        ("key-expired", {"not_after": datetime(2026, 1, 1, tzinfo=UTC)}),
        ("not-yet-valid", {"not_before": datetime(2040, 1, 1, tzinfo=UTC)}),
        ("wrong-use", {"usage": ("key_encipherment",)}),
        ("wrong-use", {"eku": (ExtendedKeyUsageOID.SERVER_AUTH,)}),
    ],
)
def test_a_certificate_that_does_not_count(
    desk: Desk, expected: str, leaf: dict[str, object]
) -> None:
    sender = ISSUING.issue(NOOR, key="rsa2048", **leaf)  # type: ignore[arg-type] # as issue says
    signature = crafted_cms.apart(INNER, Signing(by=sender), certificates=[ISSUING])
    message = desk.encrypt(signed_entity(INNER, signature), gateway())
    assert states(engine(sender).decrypt(message, now())) == [expected]


def test_a_certificate_of_an_authority_that_nobody_configured(desk: Desk) -> None:
    """Pinned, and under a root of the same name with another key."""
    false_root = Authority.make("Voorbeeld Root", holder="somebody else")
    false = false_root.intermediate("Voorbeeld Issuing", holder="somebody else")
    sender = false.issue(NOOR, key="p256")
    signature = crafted_cms.apart(INNER, Signing(by=sender), certificates=[false, false_root])
    message = desk.encrypt(signed_entity(INNER, signature), gateway())
    assert states(engine(sender).decrypt(message, now())) == ["untrusted"]


def test_revoked_and_not_known_to_be_unrevoked(desk: Desk) -> None:
    message = desk.encrypt(desk.sign(INNER, noor()), gateway())
    for material, expected in [
        (trust(revoked=[noor()]), "key-revoked"),
        (trust(lists=()), "revocation-unknown"),
    ]:
        assert states(engine(material=material).decrypt(message, now())) == [expected]


def test_nobody_is_trusted_before_trust_is_set(desk: Desk) -> None:
    made = SmimeEngine([gateway().key + gateway().pem], gateway().pem)
    made.set_keyring([noor().certificate])
    message = desk.encrypt(desk.sign(INNER, noor()), gateway())
    assert states(made.decrypt(message, now())) == ["untrusted"]


def test_a_signature_from_outside_the_certificate_s_term(desk: Desk) -> None:
    """At arrival the certificate counts; when it signed, by its own word, it did not."""
    sender = ISSUING.issue(NOOR, key="p256", not_before=now() - timedelta(days=2))
    for at, expected in [
        (now() - timedelta(days=3), "not-yet-valid"),
        (now() + timedelta(days=7000), "key-expired"),
        (now(), "valid"),
    ]:
        signing = Signing(by=sender, at=at)
        signature = crafted_cms.apart(INNER, signing, certificates=[ISSUING])
        message = desk.encrypt(signed_entity(INNER, signature), gateway())
        assert states(engine(sender).decrypt(message, now())) == [expected]
