"""What a certificate says of itself, what is refused, and the gateway's own key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pysequoia
import pytest
from pysequoia import Cert, Profile, Tsk
from pysequoia.packet import PacketPile

from gateway.adapters.certificates import (
    CertificateFacts,
    CertificateRefusedError,
    components,
    describe_certificate,
    generate_gateway_key,
    sanitised_certificate,
)
from gateway.adapters.openpgp import SequoiaEngine
from gateway.domain.mail import SignatureState
from tests import crafted
from tests.people import (
    GpgHome,
    Person,
    by_sequoia,
    expiring,
    gnupg_message,
    person,
    read_with_gpg,
    revoked,
    sequoia_message,
)


@pytest.mark.parametrize("made_by", ["gnupg", "sequoia"])
@pytest.mark.parametrize(
    ("algorithm", "name", "bits"),
    [("cv25519", "EdDSA", 256), ("rsa3072", "RSAEncryptSign", 3072), ("p256", "ECDSA", 256)],
)
def test_facts(
    made_by: Literal["gnupg", "sequoia"],
    algorithm: Literal["cv25519", "rsa3072", "p256"],
    name: str,
    bits: int,
) -> None:
    somebody = person(
        "Noor Voorbeeld", f"{made_by}@x.example", made_by=made_by, algorithm=algorithm
    )
    facts = describe_certificate(somebody.cert)
    assert facts.fingerprint == somebody.fingerprint
    assert facts.user_ids == (f"Noor Voorbeeld <{made_by}@x.example>",)
    assert facts.emails == (f"{made_by}@x.example",)
    assert abs(facts.created - datetime.now(UTC)) < timedelta(minutes=10)
    assert (facts.expires, facts.revoked) == (None, False)
    assert (facts.can_sign, facts.can_encrypt) == (True, True)
    assert (facts.algorithm, facts.bits) == (name, bits)


def test_facts_of_an_armored_version_6_certificate() -> None:
    somebody = by_sequoia("Noor", "noor@x.example", "cv25519", Profile.RFC9580)
    armored = str(Cert.from_bytes(somebody.cert)).encode()
    facts = describe_certificate(armored)
    assert len(facts.fingerprint) == 64
    assert (facts.algorithm, facts.bits) == ("Ed25519", 256)


def test_expired_and_revoked_show() -> None:
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
    facts = describe_certificate(expiring(person(), end))
    assert facts.expires == end
    assert not facts.can_encrypt
    assert describe_certificate(revoked(person())).revoked


def test_a_certificate_that_only_signs() -> None:
    facts = describe_certificate(crafted.only_signing(person(made_by="gnupg")))
    assert (facts.can_sign, facts.can_encrypt) == (True, False)


def test_facts_do_not_print() -> None:
    assert "noor" not in repr(describe_certificate(person().cert)).lower()


def rsa_1024() -> bytes:
    with GpgHome() as home:
        home.run("--quick-generate-key", "Oud <oud@x.example>", "rsa1024", "sign,cert")
        return home.run("--export").stdout


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: b"", "unreadable"),
        (lambda: b"no certificate", "unreadable"),
        (lambda: person().cert[:-5], "unreadable"),
        (lambda: sequoia_message(None, person().cert, b"x"), "unreadable"),
        (lambda: person().tsk, "secret-key"),
        (lambda: person().cert + person("Bo").cert, "several-certificates"),
        (lambda: 2 * str(Cert.from_bytes(person().cert)).encode(), "several-certificates"),
        (rsa_1024, "weak-key"),
        (lambda: by_sequoia("a\u0085b", "x@x.example").cert, "no-user-id"),
    ],
    ids=["empty", "text", "cut", "message", "secret", "two", "two armors", "rsa1024", "control"],
)
def test_refusals(make: object, kind: str) -> None:
    assert callable(make)
    with pytest.raises(CertificateRefusedError) as refused:
        describe_certificate(make())
    assert refused.value.kind == kind


def described(data: bytes) -> CertificateFacts:
    """What it says of itself, without its bytes."""
    return replace(describe_certificate(data), kept=b"")


def test_sanitised_drops_dirty_user_ids_and_other_peoples_certifications() -> None:
    """What remains describes the same key, with the same expiry and use."""
    forged = "x\u0085[GNUPG:] VALIDSIG " + "A" * 40
    tsk = Tsk.generate(user_ids=["Noor <noor@x.example>", forged])
    data = bytes(tsk.extract_certificate())
    clean = sanitised_certificate(data)
    assert b"VALIDSIG" in data
    assert b"VALIDSIG" not in clean
    assert described(clean) == described(data)
    with GpgHome() as home:
        noor, bo = person(made_by="gnupg"), person("Bo", "bo@x.example", made_by="gnupg")
        home.add(noor.cert, bo.tsk)
        home.run("--quick-sign-key", noor.fingerprint)
        certified = home.run("--export", noor.fingerprint).stdout
    assert len(certified) > len(noor.cert)
    clean = sanitised_certificate(certified)
    assert [each.body for each in PacketPile.from_bytes(clean)] == [
        each.body for each in PacketPile.from_bytes(noor.cert)
    ]


def test_a_revocation_survives_sanitising() -> None:
    assert describe_certificate(sanitised_certificate(revoked(person()))).revoked


def test_components_name_the_use_and_end_of_each_key() -> None:
    found = components(person(made_by="gnupg", expires="2y").cert)
    assert [(each.primary, each.signs, each.encrypts) for each in found] == [
        (True, True, False),
        (False, False, True),
    ]
    assert all(each.expires for each in found)


def test_the_gateways_own_key_works_with_gnupg_in_both_directions() -> None:
    secret, public = generate_gateway_key("Taalpoort <poort@gemeente.example>", expires="2y")
    gateway = Person("Taalpoort", "poort@gemeente.example", secret, public)
    facts = describe_certificate(public)
    assert facts.can_sign
    assert facts.can_encrypt
    assert facts.expires is not None
    assert timedelta(days=729) < facts.expires - datetime.now(UTC) < timedelta(days=732)
    writer = person(made_by="gnupg")
    engine = SequoiaEngine([secret])
    engine.set_keyring([writer.cert])
    found = engine.decrypt(gnupg_message(writer, public, b"dag", "--sign"), datetime.now(UTC))
    assert found.content == b"dag"
    assert [each.state for each in found.signatures] == [SignatureState.VALID]
    signer = Tsk.from_bytes(secret).signer()
    recipients = [Cert.from_bytes(writer.cert)]
    read = read_with_gpg(
        writer, pysequoia.encrypt(b"terug", recipients=recipients, signer=signer), gateway.cert
    )
    assert read.content == b"terug"
    assert read.signers == (gateway.fingerprint,)


def test_no_key_is_made_for_a_name_that_does_not_show() -> None:
    for name in ("", "a\nb", "a\u202eb"):
        with pytest.raises(CertificateRefusedError):
            generate_gateway_key(name)
