"""Whether a certificate was revoked: lists and answers, every fault by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from gateway.adapters.trust import ocsp_answer
from tests.pki import EMAIL, Authority, Revoked
from tests.trusting import (
    AT,
    GOOD,
    ISSUING,
    LEAF,
    LIST,
    NO_REV_AVAIL,
    NOOR,
    PAST,
    REVOKED,
    ROOT,
    ROOT_LIST,
    RSA_ISSUING,
    SOON,
    UNKNOWN,
    judged,
    unknown,
)

if TYPE_CHECKING:
    from gateway.adapters.trust import TrustState

DUTCH = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "NL")]))


# --- revocation lists ---------------------------------------------------------


def test_every_step_has_to_be_vouched_for() -> None:
    assert judged(LEAF, crls=()) is UNKNOWN
    assert judged(LEAF, crls=(LIST,)) is UNKNOWN
    assert judged(LEAF, crls=(ROOT_LIST,)) is UNKNOWN


def test_a_revoked_step_revokes_what_is_below() -> None:
    assert judged(LEAF, crls=(ROOT.crl([ISSUING]), LIST)) is REVOKED
    assert judged(LEAF, crls=(ROOT.crl([ISSUING]),)) is REVOKED


@pytest.mark.parametrize(
    "line",
    [
        Revoked(serial=LEAF.serial),
        Revoked(serial=LEAF.serial, at=SOON),
        Revoked(serial=LEAF.serial, reason=x509.ReasonFlags.certificate_hold),
        Revoked(serial=LEAF.serial, reason=x509.ReasonFlags.remove_from_crl),
        Revoked(serial=LEAF.serial, reason=x509.ReasonFlags.superseded),
    ],
    ids=["plain", "from tomorrow", "on hold", "removed in a complete list", "superseded"],
)
def test_whoever_is_listed_is_revoked(line: Revoked) -> None:
    assert judged(LEAF, crls=(ROOT_LIST, ISSUING.crl([line]))) is REVOKED
    assert judged(LEAF, crls=(ROOT_LIST, LIST, ISSUING.crl([line]))) is REVOKED
    assert judged(LEAF, crls=(ROOT_LIST, ISSUING.crl([line]), LIST)) is REVOKED


def point(url: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url)]


def scope(critical: bool = True, **says: Any) -> tuple[x509.ExtensionType, bool]:
    silent: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return (x509.IssuingDistributionPoint(**(silent | says)), critical)


HERE = "http://crl.issuing.example/1.crl"
RELATIVE = x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "1")])
SOME = frozenset({x509.ReasonFlags.key_compromise})
OTHERS_LINE = Revoked(serial=7, extra=[(x509.CertificateIssuer([DUTCH]), True)])
LISTS: list[tuple[str, dict[str, Any], TrustState]] = [
    ("its last moment", {"next_update": AT + timedelta(seconds=1)}, GOOD),
    ("too late", {"next_update": AT}, UNKNOWN),
    ("too early", {"this_update": SOON}, UNKNOWN),
    ("over SHA-1", {"digest": "sha1"}, UNKNOWN),
    ("signed by another", {"signer": Authority.make("Signer")}, UNKNOWN),
    ("of another", {"issuer_name": ROOT.x509.subject}, UNKNOWN),
    ("critical and unheard of", {"extra": [unknown(True)]}, UNKNOWN),
    ("unheard of", {"extra": [unknown(False)]}, GOOD),
    ("only changes", {"extra": [(x509.DeltaCRLIndicator(1), True)]}, UNKNOWN),
    ("only changes, not critical", {"extra": [(x509.DeltaCRLIndicator(1), False)]}, UNKNOWN),
    ("of people", {"extra": [scope(only_contains_user_certs=True)]}, GOOD),
    ("of authorities", {"extra": [scope(only_contains_ca_certs=True)]}, UNKNOWN),
    ("of attributes", {"extra": [scope(only_contains_attribute_certs=True)]}, UNKNOWN),
    ("of several issuers", {"extra": [scope(indirect_crl=True)]}, UNKNOWN),
    ("of some reasons", {"extra": [scope(only_some_reasons=SOME)]}, UNKNOWN),
    ("found here", {"extra": [scope(full_name=point(HERE))]}, GOOD),
    ("found elsewhere", {"extra": [scope(full_name=point(HERE + "2"))]}, UNKNOWN),
    (
        "elsewhere, not critical",
        {"extra": [scope(critical=False, full_name=point(HERE + "2"))]},
        UNKNOWN,
    ),
    ("found relatively", {"extra": [scope(relative_name=RELATIVE)]}, UNKNOWN),
    ("a line of another issuer", {"revoked": [OTHERS_LINE]}, UNKNOWN),
    ("a line nobody understands", {"revoked": [Revoked(serial=7, extra=[unknown(True)])]}, UNKNOWN),
    ("somebody else", {"revoked": [7, 8]}, GOOD),
]


@pytest.mark.parametrize(
    ("wrong", "state"), [each[1:] for each in LISTS], ids=[each[0] for each in LISTS]
)
def test_a_list(wrong: dict[str, Any], state: TrustState) -> None:
    leaf = RSA_ISSUING.issue(NOOR, key="p256", crl_urls=[HERE])
    crls = (ROOT_LIST, RSA_ISSUING.crl(**wrong))
    assert judged(leaf, intermediates=(RSA_ISSUING,), crls=crls) is state


def test_a_list_found_somewhere_says_nothing_of_who_points_nowhere() -> None:
    crls = (ROOT_LIST, ISSUING.crl(extra=[scope(full_name=point(HERE))]))
    assert judged(LEAF, crls=crls) is UNKNOWN


@pytest.mark.parametrize("bent", [{"reasons": SOME}, {"crl_issuer": [DUTCH]}], ids=str)
def test_a_certificate_that_points_there_for_something_else(bent: dict[str, Any]) -> None:
    silent: dict[str, Any] = {"relative_name": None, "reasons": None, "crl_issuer": None}
    pointing = x509.DistributionPoint(full_name=point(HERE), **(silent | bent))
    leaf = ISSUING.issue(NOOR, key="p256", extra=[(x509.CRLDistributionPoints([pointing]), False)])
    crls = (ROOT_LIST, ISSUING.crl(extra=[scope(full_name=point(HERE))]))
    assert judged(leaf, crls=crls) is UNKNOWN


def test_lists_of_people_and_of_authorities_side_by_side() -> None:
    people = ROOT.crl(extra=[scope(only_contains_user_certs=True)])
    authorities = ROOT.crl(extra=[scope(only_contains_ca_certs=True)])
    assert judged(LEAF, crls=(people, LIST)) is UNKNOWN
    assert judged(LEAF, crls=(people, authorities, LIST)) is GOOD


def test_a_certificate_that_says_that_nobody_can_say() -> None:
    """RFC 9608: no reason to ask less."""
    silent = (x509.UnrecognizedExtension(NO_REV_AVAIL, b"\x05\x00"), False)
    leaf = ISSUING.issue(NOOR, key="p256", not_after=SOON, extra=[silent])
    assert judged(leaf, crls=(ROOT_LIST,)) is UNKNOWN


# --- answers of responders ----------------------------------------------------

DELEGATE = ISSUING.delegate()
ELSEWHERE = ROOT.intermediate("Elsewhere")
SHA1, SHA384 = hashes.SHA1(), hashes.SHA384()
ANSWERS: list[tuple[str, dict[str, Any], TrustState]] = [
    ("by the issuer", {}, GOOD),
    ("by the issuer, by name", {"named_by": "name"}, GOOD),
    ("by a delegate", {"responder": DELEGATE}, GOOD),
    ("by a delegate, by name", {"responder": DELEGATE, "named_by": "name"}, GOOD),
    ("identified over SHA-1", {"certid": SHA1}, GOOD),
    ("identified over SHA-384", {"certid": SHA384}, GOOD),
    ("revoked", {"status": "revoked"}, REVOKED),
    ("on hold", {"status": "revoked", "reason": x509.ReasonFlags.certificate_hold}, REVOKED),
    ("not known", {"status": "unknown"}, UNKNOWN),
    ("too late", {"next_update": AT}, UNKNOWN),
    ("too early", {"this_update": SOON}, UNKNOWN),
    ("for ever", {"next_update": None}, UNKNOWN),
    ("says so in another encoding", {"named": ISSUING}, GOOD),
    ("says another made it", {"named": DELEGATE}, UNKNOWN),
    ("says the issuer made it", {"responder": DELEGATE, "named": ISSUING}, UNKNOWN),
    ("without its certificate", {"responder": DELEGATE, "certificates": ()}, UNKNOWN),
    ("of another issuer", {"issuer": ELSEWHERE}, UNKNOWN),
    ("over SHA-1", {"digest": "sha1"}, UNKNOWN),
    ("critical and unheard of", {"extra": [unknown(True)]}, UNKNOWN),
    ("unheard of", {"extra": [unknown(False)]}, GOOD),
    ("a delegate for mail", {"responder": ISSUING.delegate(eku=(EMAIL,))}, UNKNOWN),
    ("a delegate for nothing", {"responder": ISSUING.delegate(eku=None)}, UNKNOWN),
    (
        "a delegate that may not sign",
        {"responder": ISSUING.delegate(usage=("key_agreement",))},
        UNKNOWN,
    ),
    ("a delegate to be asked about", {"responder": ISSUING.delegate(extra=())}, UNKNOWN),
    ("an expired delegate", {"responder": ISSUING.delegate(not_after=PAST)}, UNKNOWN),
    ("a delegate of tomorrow", {"responder": ISSUING.delegate(not_before=SOON)}, UNKNOWN),
    ("a weak delegate", {"responder": ISSUING.delegate(key="rsa1024")}, UNKNOWN),
    (
        "a delegate with more",
        {"responder": ISSUING.delegate(extra=[(x509.OCSPNoCheck(), False), unknown(True)])},
        UNKNOWN,
    ),
    ("another's delegate", {"responder": ELSEWHERE.delegate()}, UNKNOWN),
    ("the root", {"responder": ROOT}, UNKNOWN),
    ("the holder", {"responder": LEAF}, UNKNOWN),
]


@pytest.mark.parametrize(
    ("wrong", "state"), [each[1:] for each in ANSWERS], ids=[each[0] for each in ANSWERS]
)
def test_an_answer(wrong: dict[str, Any], state: TrustState) -> None:
    assert judged(LEAF, crls=(ROOT_LIST,), ocsp=(ISSUING.ocsp(LEAF, **wrong),)) is state


def test_an_answer_about_another_certificate() -> None:
    other = ISSUING.issue("piet@taalschool.example", key="p256")
    answers = (ISSUING.ocsp(other), ISSUING.ocsp(other, "revoked"))
    assert judged(LEAF, crls=(ROOT_LIST,), ocsp=answers) is UNKNOWN
    assert judged(LEAF, ocsp=answers) is GOOD


def test_an_answer_about_the_same_number_of_the_same_key_by_another_name() -> None:
    renamed = ROOT.intermediate("Renamed", holder="Issuing")
    twin = renamed.issue(NOOR, key="p256", serial=LEAF.serial)
    assert judged(LEAF, crls=(ROOT_LIST,), ocsp=(renamed.ocsp(twin),)) is UNKNOWN


def test_an_answer_with_one_bit_changed() -> None:
    answer = bytearray(ISSUING.ocsp(LEAF))
    answer[-1] ^= 1
    assert judged(LEAF, crls=(ROOT_LIST,), ocsp=(bytes(answer),)) is UNKNOWN


def test_sources_that_contradict_each_other() -> None:
    """Revoked by either is revoked; not known to the responder is not known."""
    assert judged(LEAF, ocsp=(ISSUING.ocsp(LEAF, "revoked"),)) is REVOKED
    crls = (ROOT_LIST, ISSUING.crl([LEAF]))
    assert judged(LEAF, crls=crls, ocsp=(ISSUING.ocsp(LEAF),)) is REVOKED
    unsure = (ISSUING.ocsp(LEAF, "unknown"), ISSUING.ocsp(LEAF))
    assert judged(LEAF, ocsp=unsure) is UNKNOWN
    assert judged(LEAF, crls=crls, ocsp=unsure) is REVOKED


def test_an_answer_that_is_none_or_about_several() -> None:
    later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    several = asn1_ocsp.OCSPResponse.load(ISSUING.ocsp(LEAF))
    basic = several["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["responses"].append(basic["tbs_response_data"]["responses"][0])
    for answer in (later.public_bytes(Encoding.DER), several.dump(force=True)):
        with pytest.raises(ValueError, match=r".+"):
            ocsp_answer(answer)
        assert judged(LEAF, crls=(ROOT_LIST,), ocsp=(answer,)) is UNKNOWN


def test_answers_alone_are_enough() -> None:
    answers = (ROOT.ocsp(ISSUING), ISSUING.ocsp(LEAF, responder=DELEGATE))
    assert judged(LEAF, crls=(), ocsp=answers) is GOOD
