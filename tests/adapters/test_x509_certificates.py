"""What an S/MIME certificate says of its holder, and which files are refused, each by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.adapters import correspondents
from gateway.adapters.certificates import CertificateRefusedError
from gateway.domain.mail import Protection
from tests.people import person
from tests.pki import Authority, Kind, Leaf

NOW = datetime.now(UTC)
NOOR = "noor@taalschool.example"
ROOT = Authority.make("Root")


def pem(leaf: Leaf) -> bytes:
    return leaf.x509.public_bytes(Encoding.PEM)


def refusal(data: bytes) -> str:
    with pytest.raises(CertificateRefusedError) as refused:
        correspondents.describe(data)
    return refused.value.kind


@pytest.mark.parametrize(
    ("key", "algorithm", "bits"), [("rsa3072", "RSA", 3072), ("p256", "EC", 256)]
)
def test_facts(key: Kind, algorithm: str, bits: int) -> None:
    noor = ROOT.issue(NOOR, key=key)
    for data in (noor.certificate, pem(noor), b"Bag Attributes\n" + pem(noor)):
        facts = correspondents.describe(data)
        assert facts.protection is Protection.SMIME
        assert facts.kept == noor.certificate
        assert facts.fingerprint == noor.x509.fingerprint(hashes.SHA256()).hex().upper()
        assert facts.emails == (NOOR,)
        assert (facts.can_encrypt, facts.can_sign, facts.revoked) == (True, True, False)
        assert (facts.algorithm, facts.bits) == (algorithm, bits)
        assert facts.created == noor.x509.not_valid_before_utc
        assert facts.expires == noor.x509.not_valid_after_utc
        assert repr(facts) == "<X509Facts>"


def test_an_openpgp_certificate_is_told_apart_in_armor_and_binary() -> None:
    somebody = person("Noor Voorbeeld", NOOR)
    for data in (somebody.cert, b"-----BEGIN PGP PUBLIC KEY BLOCK-----"):
        assert correspondents.protection_of(data) is Protection.OPENPGP
    facts = correspondents.describe(somebody.cert)
    assert (facts.protection, facts.fingerprint) == (Protection.OPENPGP, somebody.fingerprint)
    assert facts.kept == somebody.cert


def test_its_one_address_stands_in_the_alternative_names() -> None:
    """The subject counts only where there are none (RFC 8550, section 3)."""
    other = "else@taalschool.example"
    assert correspondents.describe(pem(ROOT.issue(NOOR, subject_email=other))).emails == (NOOR,)
    old = ROOT.issue(None, san=(), subject_email=NOOR)
    assert correspondents.describe(pem(old)).emails == (NOOR,)
    dns = ROOT.issue(None, san=(x509.DNSName("taalschool.example"),), subject_email=NOOR)
    assert refusal(pem(dns)) == "no-address"
    both = ROOT.issue(NOOR, san=(x509.RFC822Name(NOOR), x509.RFC822Name(other)))
    assert refusal(pem(both)) == "several-addresses"
    same = ROOT.issue(NOOR, san=(x509.RFC822Name(NOOR), x509.RFC822Name(NOOR.upper())))
    assert correspondents.describe(pem(same)).emails == (NOOR,)
    assert refusal(pem(ROOT.issue(None))) == "no-address"
    assert refusal(pem(ROOT.issue(None, san=(x509.RFC822Name("noor"),)))) == "no-address"


def test_what_is_not_one_strong_certificate_is_refused_by_name() -> None:
    noor = ROOT.issue(NOOR)
    assert refusal(pem(noor) + noor.key) == "secret-key"
    assert refusal(noor.key) == "secret-key"
    assert refusal(pem(noor) + pem(ROOT)) == "several-certificates"
    assert refusal(pem(ROOT.issue(NOOR, key="rsa1024"))) == "weak-key"
    assert refusal(pem(ROOT.issue(NOOR, digest="sha1"))) == "weak-key"
    assert refusal(b"\x30\x82\x01\x00rubbish") == "unreadable"
    assert refusal(pem(noor).replace(b"M", b"N")) == "unreadable"
    assert refusal(noor.certificate + bytes(70_000)) == "unreadable"
    assert refusal(noor.certificate[:-1]) == "unreadable"
    assert refusal(b"-----BEGIN PKCS7-----\nMA==\n-----END PKCS7-----\n") == "unreadable"


@pytest.mark.parametrize(
    ("how", "encrypts", "signs"),
    [
        ({"usage": ("digital_signature",)}, False, True),
        ({"usage": ("key_encipherment",)}, True, False),
        ({"eku": (ExtendedKeyUsageOID.SERVER_AUTH,)}, False, False),
        ({"eku": None}, False, False),
        ({"ca": True}, False, False),
        ({"not_after": NOW - timedelta(days=1)}, False, False),
        ({"not_before": NOW + timedelta(days=1)}, False, False),
    ],
)
def test_what_it_is_meant_for_now(how: dict[str, object], *, encrypts: bool, signs: bool) -> None:
    facts = correspondents.describe(pem(ROOT.issue(NOOR, **how)))  # type: ignore[arg-type]  # each as `issue` has it
    assert (facts.can_encrypt, facts.can_sign) == (encrypts, signs)
