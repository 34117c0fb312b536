"""Whether a certificate can be trusted: every fault by itself, with all else in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.adapters.trust import Purpose, TrustMaterial, TrustState, TrustStore
from tests.pki import EMAIL, Authority
from tests.trusting import (
    AT,
    ENCRYPT,
    EXPIRED,
    GOOD,
    ISSUING,
    LEAF,
    LIST,
    NOOR,
    NOT_YET_VALID,
    PAST,
    ROOT,
    ROOT_LIST,
    RSA_ISSUING,
    SIGN,
    SOON,
    UNHEARD_OF,
    UNKNOWN,
    UNTRUSTED,
    WEAK,
    WRONG_USE,
    judged,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_good_in_every_respect() -> None:
    assert judged(LEAF) is GOOD
    assert judged(LEAF, purpose=ENCRYPT) is GOOD


def test_material_in_pem_and_several_certificates_in_one_file() -> None:
    material = TrustMaterial(
        roots=(ROOT.pem + ISSUING.pem,),
        crls=(x509.load_der_x509_crl(LIST).public_bytes(Encoding.PEM),),
    )
    assert TrustStore(material).judge(LEAF.x509, [], AT, SIGN) is GOOD


def test_what_cannot_be_read_vouches_for_nothing_and_hides_nothing() -> None:
    junk = b"\x30\x03junk"
    assert judged(LEAF, crls=(junk, ROOT_LIST, b"", LIST), ocsp=(junk,)) is GOOD
    assert judged(LEAF, crls=(junk,), ocsp=(junk,)) is UNKNOWN
    assert repr(TrustMaterial(roots=(b"secret",))) == "<TrustMaterial>"


# --- the certificate itself ---------------------------------------------------

BY_ITSELF: list[tuple[str, dict[str, Any], Purpose, TrustState]] = [
    ("RSA 1024", {"key": "rsa1024"}, SIGN, WEAK),
    ("RSA 2048", {"key": "rsa2048"}, SIGN, GOOD),
    ("a curve of another use", {"key": "k256"}, SIGN, WEAK),
    ("P-384", {"key": "p384"}, ENCRYPT, GOOD),
    ("Ed25519", {"key": "ed25519"}, SIGN, GOOD),
    ("Ed25519 cannot encrypt", {"key": "ed25519"}, ENCRYPT, WRONG_USE),
    ("signed over SHA-1", {"digest": "sha1"}, SIGN, WEAK),
    ("expired", {"not_after": PAST}, SIGN, EXPIRED),
    ("its last second", {"not_after": AT}, SIGN, GOOD),
    ("not yet valid", {"not_before": SOON}, SIGN, NOT_YET_VALID),
    ("its first second", {"not_before": AT}, SIGN, GOOD),
    ("no extended usage", {"eku": None}, SIGN, WRONG_USE),
    (
        "any purpose",
        {"eku": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]},
        SIGN,
        WRONG_USE,
    ),
    ("for servers", {"eku": [ExtendedKeyUsageOID.SERVER_AUTH]}, SIGN, WRONG_USE),
    ("for mail too", {"eku": [ExtendedKeyUsageOID.CLIENT_AUTH, EMAIL]}, SIGN, GOOD),
    ("no usage", {"usage": ()}, SIGN, WRONG_USE),
    ("only opens", {"usage": ("key_agreement",)}, SIGN, WRONG_USE),
    ("only signs", {"usage": ("digital_signature",)}, ENCRYPT, WRONG_USE),
    ("commits", {"usage": ("content_commitment",)}, SIGN, GOOD),
    ("enciphers only", {"usage": ("key_agreement", "encipher_only")}, ENCRYPT, WRONG_USE),
    ("RSA that agrees", {"key": "rsa2048", "usage": ("key_agreement",)}, ENCRYPT, WRONG_USE),
    ("RSA that opens", {"key": "rsa2048", "usage": ("key_encipherment",)}, ENCRYPT, GOOD),
    ("an authority", {"ca": True}, SIGN, WRONG_USE),
    ("issues", {"usage": ("digital_signature", "key_cert_sign")}, SIGN, WRONG_USE),
    ("critical and unheard of", {"extra": [unknown(True)]}, SIGN, UNTRUSTED),
    ("unheard of", {"extra": [unknown(False)]}, SIGN, GOOD),
]


@pytest.mark.parametrize(
    ("wrong", "purpose", "state"),
    [each[1:] for each in BY_ITSELF],
    ids=[each[0] for each in BY_ITSELF],
)
def test_the_certificate_itself(wrong: dict[str, Any], purpose: Purpose, state: TrustState) -> None:
    authority = RSA_ISSUING if wrong.get("digest") else ISSUING
    leaf = authority.issue(NOOR, **{"key": "p256", **wrong})
    intermediates = (ISSUING, RSA_ISSUING)
    crls = (ROOT_LIST, LIST, RSA_ISSUING.crl())
    found = judged(leaf, purpose=purpose, intermediates=intermediates, crls=crls)
    assert found is state


def test_the_plainest_reason_comes_first() -> None:
    both = ISSUING.issue(NOOR, key="rsa1024", not_after=PAST, eku=None)
    assert judged(both, roots=()) is WEAK
    expired = ISSUING.issue(NOOR, key="p256", not_after=PAST, eku=None)
    assert judged(expired, crls=(ROOT_LIST, ISSUING.crl([expired]))) is EXPIRED
    stranger = Authority.make("Stranger").issue(NOOR, key="p256", eku=None)
    assert judged(stranger) is WRONG_USE
    assert judged(LEAF, roots=(), crls=(ISSUING.crl([LEAF]),)) is UNTRUSTED


# --- the path -----------------------------------------------------------------


def test_no_root_and_another_root() -> None:
    assert judged(LEAF, roots=()) is UNTRUSTED
    assert judged(LEAF, roots=(Authority.make("Other"),)) is UNTRUSTED


def test_a_missing_step_may_come_along_with_the_signature() -> None:
    assert judged(LEAF, intermediates=()) is UNTRUSTED
    assert judged(LEAF, intermediates=(), extra=(ISSUING,)) is GOOD


def test_a_root_that_comes_along_is_believed_in_nothing() -> None:
    own = Authority.make("Own")
    leaf = own.issue(NOOR, key="p256")
    assert judged(leaf, crls=(own.crl(),), extra=(own,)) is UNTRUSTED


def test_two_roots_with_one_name() -> None:
    namesake = Authority.make("Root", holder="namesake")
    assert judged(LEAF, roots=(namesake,)) is UNTRUSTED
    assert judged(LEAF, roots=(namesake, ROOT)) is GOOD


def test_two_authorities_with_one_name_and_the_list_of_the_wrong_one() -> None:
    namesake = ROOT.intermediate("Issuing", holder="namesake")
    both = (namesake, ISSUING)
    assert judged(LEAF, intermediates=both) is GOOD
    wrong = judged(LEAF, intermediates=both, crls=(ROOT_LIST, namesake.crl()))
    assert wrong is UNKNOWN
    accused = judged(LEAF, intermediates=both, crls=(ROOT_LIST, LIST, namesake.crl([LEAF])))
    assert accused is GOOD


def test_a_certificate_signed_by_itself_is_no_path() -> None:
    alone = Authority.make(NOOR, ca=False, usage=("digital_signature",), eku=(EMAIL,))
    crls = (alone.crl(),)
    assert judged(alone, crls=crls) is UNTRUSTED
    assert judged(alone, roots=(ROOT, alone), crls=crls) is UNTRUSTED
    assert judged(LEAF, roots=(LEAF,)) is UNTRUSTED


def name_constraints(
    permitted: Sequence[x509.GeneralName] = (), excluded: Sequence[x509.GeneralName] = ()
) -> x509.NameConstraints:
    return x509.NameConstraints(list(permitted) or None, list(excluded) or None)


MAIL = x509.RFC822Name
DUTCH = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "NL")]))
SERVERS = [ExtendedKeyUsageOID.SERVER_AUTH]
AUTHORITIES: list[tuple[str, dict[str, Any], TrustState]] = [
    ("expired", {"not_after": PAST}, UNTRUSTED),
    ("not yet valid", {"not_before": SOON}, UNTRUSTED),
    ("no authority", {"ca": False}, UNTRUSTED),
    ("may not issue", {"usage": ("crl_sign",)}, UNTRUSTED),
    ("does not say what for", {"usage": ()}, GOOD),
    ("may not make lists", {"usage": ("key_cert_sign",)}, UNKNOWN),
    ("for servers", {"eku": SERVERS}, UNTRUSTED),
    ("for mail", {"eku": [EMAIL]}, GOOD),
    ("for any", {"eku": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, UNTRUSTED),
    ("RSA 1024", {"key": "rsa1024"}, UNTRUSTED),
    ("critical and unheard of", {"extra": [unknown(True)]}, UNTRUSTED),
    ("permitted", {"extra": [(name_constraints([MAIL("taalschool.example")]), True)]}, GOOD),
    ("permitted exactly", {"extra": [(name_constraints([MAIL(NOOR)]), True)]}, GOOD),
    (
        "another permitted",
        {"extra": [(name_constraints([MAIL("gemeente.example")]), True)]},
        UNTRUSTED,
    ),
    (
        "another permitted, not critical",
        {"extra": [(name_constraints([MAIL("gemeente.example")]), False)]},
        UNTRUSTED,
    ),
    (
        "excluded",
        {"extra": [(name_constraints((), [MAIL("taalschool.example")]), True)]},
        UNTRUSTED,
    ),
    (
        "another excluded",
        {"extra": [(name_constraints((), [MAIL("gemeente.example")]), True)]},
        GOOD,
    ),
    (
        "subdomains permitted",
        {"extra": [(name_constraints([MAIL(".taalschool.example")]), True)]},
        UNTRUSTED,
    ),
    ("constraint nobody compares", {"extra": [(name_constraints([DUTCH]), True)]}, UNTRUSTED),
    ("the same, not critical", {"extra": [(name_constraints([DUTCH]), False)]}, UNTRUSTED),
    ("policies asked for", {"extra": [(x509.PolicyConstraints(0, None), False)]}, UNTRUSTED),
    (
        "policies named",
        {"extra": [(x509.CertificatePolicies([x509.PolicyInformation(UNHEARD_OF, None)]), True)]},
        GOOD,
    ),
]


@pytest.mark.parametrize(
    ("wrong", "state"), [each[1:] for each in AUTHORITIES], ids=[each[0] for each in AUTHORITIES]
)
def test_an_authority_of_the_path(wrong: dict[str, Any], state: TrustState) -> None:
    authority = ROOT.intermediate("Bent", **wrong)
    leaf = authority.issue(NOOR, key="p256")
    crls = (ROOT_LIST, authority.crl())
    assert judged(leaf, intermediates=(authority,), crls=crls) is state


def test_a_constraint_binds_the_address_in_the_subject() -> None:
    bound = ROOT.intermediate(
        "Bound", extra=[(name_constraints((), [MAIL("taalschool.example")]), True)]
    )
    crls = (ROOT_LIST, bound.crl())
    leaf = bound.issue(None, name="Noor", subject_email=NOOR, key="p256")
    assert judged(leaf, intermediates=(bound,), crls=crls) is UNTRUSTED
    free = ISSUING.issue(None, name="Noor", subject_email=NOOR, key="p256")
    assert judged(free) is GOOD


def test_path_length() -> None:
    below = ISSUING.intermediate("Below")
    leaf = below.issue(NOOR, key="p256")
    crls = (ROOT_LIST, LIST, below.crl())
    assert judged(leaf, intermediates=(ISSUING, below), crls=crls) is UNTRUSTED
    free = ROOT.intermediate("Issuing", path_length=None)
    assert judged(leaf, intermediates=(free, below), crls=crls) is GOOD


def test_an_expired_root() -> None:
    old = Authority.make("Old", not_after=PAST)
    leaf = old.issue(NOOR, key="p256")
    assert judged(leaf, roots=(old,), crls=(old.crl(),)) is UNTRUSTED


def test_more_certificates_than_are_looked_at() -> None:
    others = [ROOT.intermediate(f"Other {number}") for number in range(16)]
    found = judged(LEAF, intermediates=(), extra=[*others, ISSUING])
    assert found is UNTRUSTED
