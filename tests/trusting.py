"""Certificates with everything in order, to be bent by one line, and the judge that sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from gateway.adapters.trust import Purpose, TrustMaterial, TrustState, TrustStore
from tests.pki import Authority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.pki import Leaf

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PAST, SOON = AT - DAY, AT + DAY
SIGN, ENCRYPT = Purpose.SIGN, Purpose.ENCRYPT
GOOD, WEAK, WRONG_USE = TrustState.GOOD, TrustState.WEAK, TrustState.WRONG_USE
EXPIRED, NOT_YET_VALID = TrustState.EXPIRED, TrustState.NOT_YET_VALID
UNTRUSTED, REVOKED = TrustState.UNTRUSTED, TrustState.REVOKED
UNKNOWN = TrustState.REVOCATION_UNKNOWN
NOOR = "noor@taalschool.example"
NO_REV_AVAIL = x509.ObjectIdentifier("2.5.29.56")
UNHEARD_OF = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")

ROOT = Authority.make("Root")
ISSUING = ROOT.intermediate("Issuing", path_length=0)
LEAF = ISSUING.issue(NOOR, key="p256")
RSA_ISSUING = ROOT.intermediate("RSA issuing", key="rsa2048")
ROOT_LIST, LIST = ROOT.crl(), ISSUING.crl()


def unknown(critical: bool) -> tuple[x509.ExtensionType, bool]:
    return (x509.UnrecognizedExtension(UNHEARD_OF, b"\x05\x00"), critical)


def judged(
    leaf: Leaf,
    *,
    roots: Sequence[Leaf] = (ROOT,),
    intermediates: Sequence[Leaf] = (ISSUING,),
    crls: Sequence[bytes] = (ROOT_LIST, LIST),
    ocsp: Sequence[bytes] = (),
    extra: Sequence[Leaf] = (),
    at: datetime = AT,
    purpose: Purpose = SIGN,
) -> TrustState:
    material = TrustMaterial(
        roots=tuple(each.certificate for each in roots),
        intermediates=tuple(each.certificate for each in intermediates),
        crls=tuple(crls),
        ocsp=tuple(ocsp),
    )
    return TrustStore(material).judge(leaf.x509, [each.x509 for each in extra], at, purpose)
