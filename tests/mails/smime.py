"""The scene under S/MIME: certificates of an authority of its own, made once in a process."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from gateway.adapters.gateway_secrets import SmimeSecrets
from gateway.adapters.trust_material import TrustMaterial
from gateway.domain.mail import Protection
from tests import crafted_cms
from tests.crafted_cms import SignedMessage, Signing
from tests.mails.faults import fault
from tests.mails.scene import NAMES, Scene, Who
from tests.pki import Authority
from tests.smime_people import opaque_entity, signed_entity

if TYPE_CHECKING:
    from tests.pki import Kind, Leaf

ROOT = Authority.make("Voorbeeld Root")
ISSUING = ROOT.intermediate("Voorbeeld Issuing")
# Somebody else's, of the same names: nobody configured it.
ELSEWHERE = Authority.make("Voorbeeld Root", holder="elsewhere").intermediate(
    "Voorbeeld Issuing", holder="elsewhere"
)
DAY = timedelta(days=1)
smime = partial(fault, only=Protection.SMIME)
KINDS: dict[Who, Kind] = {Who.GATEWAY: "rsa2048", Who.CASEMANAGER: "rsa2048", Who.RSA: "rsa2048"}


class Smime(Scene):
    """S/MIME (RFC 8551): signed apart, then enveloped with AES-256-CBC."""

    protection = Protection.SMIME

    def sealed(self, inner: bytes, *by: Who, to: Who = Who.GATEWAY) -> bytes:
        signed = self.signed_by(inner, *(Signing(by=leaf(each)) for each in by)) if by else inner
        return self.encrypted(signed, to=to)

    def signed_part(self, inner: bytes, by: Who = Who.SENDER) -> bytes:
        return self.signed_by(inner, Signing(by=leaf(by)))

    def signed_by(self, inner: bytes, *signings: Signing) -> bytes:
        """A multipart/signed, in whatever way each of these signs: over CRLF line ends."""
        covered = re.sub(rb"(?<!\r)\n", b"\r\n", inner)
        signature = crafted_cms.apart(covered, *signings, certificates=chain(*signings))
        return signed_entity(inner, signature)

    def encrypted(self, signed: bytes, *, to: Who = Who.GATEWAY) -> bytes:
        """An application/pkcs7-mime around an EnvelopedData with this in it, whatever it is."""
        return opaque_entity(crafted_cms.enveloped(signed, leaf(to)), kind="enveloped-data")

    def crafted(self, signed: bytes, **fields: str) -> bytes:
        """A whole mail around this, encrypted to the gateway."""
        return self.mail(self.encrypted(signed), self.fields(**fields))


def by(who: Who = Who.SENDER) -> Signing:
    """An honest signature."""
    return Signing(by=leaf(who))


def both(inner: bytes, *signings: Signing) -> SignedMessage:
    """Content and signature in one."""
    return SignedMessage(content=inner, carries=inner, signings=signings, certificates=[ISSUING])


def from_(who: Who) -> str:
    """Name and address as they stand in a From."""
    name, address = NAMES[who]
    return f"{name} <{address}>"


def chain(*signings: Signing) -> list[Leaf]:
    """What honest programs send along: the signer's certificate and its authority's."""
    by = {each.by.certificate: each.by for each in signings}
    return [*by.values(), ISSUING]


@cache
def leaf(who: Who) -> Leaf:
    """Key and certificate, the same ones in the whole process."""
    _, address = NAMES[who]
    kind = KINDS.get(who, "p256")
    now = datetime.now(UTC).replace(microsecond=0)
    match who:
        case Who.ENDING:
            return ISSUING.issue(address, key=kind, not_after=now + 5 * DAY)
        case Who.ODD:
            return ISSUING.issue(address, key=kind, usage=("key_agreement",))
        case _:
            return ISSUING.issue(address, key=kind)


def secrets() -> SmimeSecrets:
    """The gateway's own."""
    own = leaf(Who.GATEWAY)
    return SmimeSecrets(secrets=(own.key + own.pem,), certificate=own.pem + ISSUING.pem)


def trust() -> TrustMaterial:
    """What it judges by; one contact's certificate is on the list."""
    intermediates = (ISSUING.certificate,)
    return TrustMaterial(roots=(ROOT.certificate,), intermediates=intermediates, crls=lists())


def lists() -> tuple[bytes, ...]:
    """The revocation lists of both authorities."""
    return ROOT.crl(), ISSUING.crl(revoked=[leaf(Who.LISTED)])
