"""Certificates that prove nothing: listed, ended, misused, or only like the sender's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.domain.stops import Reason
from tests import crafted_cms
from tests.crafted_cms import Signing
from tests.mails.scene import NAMES, Who
from tests.mails.smime import DAY, ELSEWHERE, ISSUING, by, from_, leaf, smime
from tests.pki import Authority
from tests.smime_people import signed_entity

if TYPE_CHECKING:
    from tests.mails.smime import Smime

PINNED = "opening: the signature fits the pinned certificate"
TRUST = "opening: the certificate's path, use and standing"


@smime(
    "cms-digest-sha1",
    "a signature with SHA-1",
    Reason.WEAK_SIGNATURE,
    stopped="opening: SHA-256 and more",
)
def digest_sha1(scene: Smime) -> bytes:
    weak = Signing(by=leaf(Who.RSA), digest="sha1")
    sender = from_(Who.RSA)
    return scene.crafted(scene.signed_by(scene.inner(), weak), from_=sender)


def by_contact(name: str, what: str, who: Who, *reasons: Reason, stopped: str = TRUST) -> None:
    @smime(name, what, *reasons, stopped=stopped)
    def made(scene: Smime) -> bytes:
        shown = from_(who)
        return scene.mail(scene.sealed(scene.inner(), who), scene.fields(from_=shown))


by_contact(
    "certificate-listed", "a certificate on the revocation list", Who.LISTED, Reason.KEY_REVOKED
)
by_contact(
    "certificate-not-for-signing",
    "a certificate whose key may not sign",
    Who.ODD,
    Reason.WRONG_USE,
)


@smime(
    "certificate-expired",
    "a certificate that ran out between signing and arrival",
    Reason.KEY_EXPIRED,
    stopped=TRUST,
    arrives=6 * DAY,
)
def certificate_expired(scene: Smime) -> bytes:
    shown = from_(Who.ENDING)
    return scene.mail(scene.sealed(scene.inner(), Who.ENDING), scene.fields(from_=shown))


def by_other_certificate(name: str, what: str, reason: Reason, **how: object) -> None:
    """Somebody else's certificate that looks like the sender's."""

    @smime(name, what, reason, stopped=PINNED)
    def made(scene: Smime) -> bytes:
        given = dict(how)
        issuer = given.pop("issuer", ISSUING)
        assert isinstance(issuer, Authority)
        address = str(given.pop("address", NAMES[Who.SENDER][1]))
        if given.pop("same_serial", False):
            given["serial"] = leaf(Who.SENDER).serial
        given.setdefault("key", "p256")
        false = issuer.issue(address, holder="an attacker", **given)  # type: ignore[arg-type] # as issue
        inner = scene.inner()
        signature = crafted_cms.apart(
            inner, Signing(by=false), certificates=[false, leaf(Who.SENDER), issuer]
        )
        return scene.crafted(signed_entity(inner, signature))


by_other_certificate(
    "certificate-same-address",
    "another certificate for the sender's address, by the same authority",
    Reason.UNKNOWN_SIGNER,
)
by_other_certificate(
    "certificate-same-name-and-serial",
    "issuer and serial number of the sender's certificate over another key",
    Reason.BAD_SIGNATURE,
    issuer=ELSEWHERE,
    same_serial=True,
)
by_other_certificate(
    "certificate-of-false-authority",
    "a certificate for the sender's address by an authority that only has the name of ours",
    Reason.UNKNOWN_SIGNER,
    issuer=ELSEWHERE,
)
by_other_certificate(
    "certificate-not-yet-valid",
    "the sender's next certificate, which begins in five days and cannot be registered before",
    Reason.UNKNOWN_SIGNER,
    not_before=datetime.now(UTC).replace(microsecond=0) + 5 * DAY,
)
by_other_certificate(
    "certificate-rsa-1024",
    "a certificate of RSA-1024 for the sender's address, which cannot be registered",
    Reason.UNKNOWN_SIGNER,
    key="rsa1024",
)
by_other_certificate(
    "certificate-address-in-subject",
    "the sender's address in the subject, another as alternative name",
    Reason.UNKNOWN_SIGNER,
    address="aanvaller@elders.example",
    subject_email=NAMES[Who.SENDER][1],
)


@smime(
    "cms-extra-certificates",
    "the sender's certificate sent along, another's signature",
    Reason.FROM_MISMATCH,
    stopped="opening: the one From is the signer's address",
)
def extra_certificates(scene: Smime) -> bytes:
    inner = scene.inner()
    along = [leaf(Who.SENDER), leaf(Who.COLLEAGUE), ISSUING]
    signature = crafted_cms.apart(inner, by(Who.COLLEAGUE), certificates=along)
    return scene.crafted(signed_entity(inner, signature))


@smime(
    "cms-flood-of-certificates",
    "more certificates than any path has",
    Reason.BAD_SIGNATURE,
    stopped="reading: twenty certificates",
)
def flood_of_certificates(scene: Smime) -> bytes:
    inner = scene.inner()
    signature = crafted_cms.apart(inner, by(), certificates=[ISSUING] * 30)
    return scene.crafted(signed_entity(inner, signature))


@smime(
    "cms-claims-another-signer",
    "a colleague's signature that names the sender's certificate",
    Reason.BAD_SIGNATURE,
    stopped=PINNED,
)
def claims_another_signer(scene: Smime) -> bytes:
    false = Signing(by=leaf(Who.COLLEAGUE), named=leaf(Who.SENDER))
    return scene.crafted(scene.signed_by(scene.inner(), false))
