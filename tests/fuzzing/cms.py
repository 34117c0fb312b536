"""What reads CMS: containers, signatures, and the shapes that a mail has around them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from gateway.adapters.cms_envelope import content_info
from gateway.adapters.cms_names import loaded
from gateway.adapters.cms_signed import signed_data
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.pgp_packets import Damaged, Oversize
from gateway.adapters.smime import SmimeEngine
from gateway.domain.mail import Signature, SignatureState
from gateway.domain.stops import Reject
from tests import crafted_cms
from tests.fuzzing.registry import target
from tests.mails import smime
from tests.mails.scene import Who

CONTENT = b"Content-Type: text/plain\r\n\r\nWat Saar schreef.\r\n"


@cache
def engine() -> SmimeEngine:
    """The gateway's, with two contacts that it knows."""
    secrets = smime.secrets()
    made = SmimeEngine(secrets.secrets, secrets.certificate)
    made.set_trust(smime.trust())
    made.set_keyring([smime.leaf(who).certificate for who in (Who.SENDER, Who.COLLEAGUE)])
    return made


@cache
def signed_messages() -> list[bytes]:
    """Signatures apart and around, by one, by two and by a stranger."""
    one, two, other = (smime.by(who) for who in (Who.SENDER, Who.COLLEAGUE, Who.STRANGER))
    made = [crafted_cms.apart(CONTENT, each) for each in (one, other)]
    made += [crafted_cms.opaque(CONTENT, each, certificates=[each.by]) for each in (one, other)]
    return [*made, crafted_cms.apart(CONTENT, one, two), crafted_cms.certificates_only(one.by)]


@cache
def sealed_messages() -> list[bytes]:
    """For the gateway: signed inside, not signed, compressed."""
    scene, to = smime.Smime(), smime.leaf(Who.GATEWAY)
    inside = [scene.signed_part(CONTENT), CONTENT, crafted_cms.opaque(CONTENT, smime.by())]
    made = [crafted_cms.enveloped(each, to) for each in inside]
    return [*made, crafted_cms.compressed(CONTENT)]


def never_a_strangers(found: tuple[Signature, ...]) -> bool:
    """Whether each that is valid is by somebody who signed something; and whether any is."""
    valid = [each for each in found if each.state is SignatureState.VALID]
    assert {each.fingerprint for each in valid} <= {
        smime.leaf(who).fingerprint for who in (Who.SENDER, Who.COLLEAGUE)
    }
    return bool(valid)


@target("cms-signature", signed_messages)
def cms_signature(data: bytes) -> None:
    """A signature apart: valid over what was signed, bad over anything else."""
    now = datetime.now(UTC)
    never_a_strangers(engine().verify(CONTENT, data, now))
    assert not never_a_strangers(engine().verify(CONTENT + b" ", data, now))
    try:
        signed_data(content_info(data))
    except Damaged:
        return


@target("cms", sealed_messages)
def cms_message(data: bytes) -> None:
    """Opened, and never with a valid signature over anything but what was signed."""
    try:
        opened = engine().decrypt(data, datetime.now(UTC))
    except (Damaged, NotForUs, Oversize, Reject):
        return
    if never_a_strangers(opened.signatures):
        assert opened.content == CONTENT


@target(
    "cms-inside",
    lambda: [*sealed_messages(), *signed_messages(), smime.Smime().signed_part(CONTENT)],
)
def cms_inside(data: bytes) -> None:
    """What lay under an encryption that was taken off: whoever has our certificate writes it."""
    message = crafted_cms.enveloped(data, smime.leaf(Who.GATEWAY))
    cms_message(message)


@target("x509", lambda: [smime.leaf(who).certificate for who in (Who.SENDER, Who.GATEWAY)])
def x509_certificate(data: bytes) -> None:
    """Read, or a ValueError."""
    try:
        loaded(data)
    except ValueError:
        return
