"""CMS that is not encrypted as it should be, or was changed on the way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.domain.stops import Reason
from tests import crafted_cms
from tests.mails.scene import Who
from tests.mails.smime import both, by, leaf, smime
from tests.mails.structure import TEXT, message, multipart
from tests.smime_people import opaque_entity

if TYPE_CHECKING:
    from tests.mails.smime import Smime

WHOLE = "opening: one signature over all that was encrypted"
CIPHER = "opening: AES only"
CBC = "opening: nothing without a signature leaves AES-CBC"


def sealed(scene: Smime, message_bytes: bytes) -> bytes:
    return scene.mail(opaque_entity(message_bytes, kind="enveloped-data"))


def enveloped(scene: Smime, **how: object) -> bytes:
    part = scene.signed_part(scene.inner())
    return crafted_cms.enveloped(part, leaf(Who.GATEWAY), **how)  # type: ignore[arg-type] # as it says


@smime("cms-3des", "encrypted with 3DES", Reason.WEAK_ENCRYPTION, stopped=CIPHER)
def triple_des(scene: Smime) -> bytes:
    whole = cms.ContentInfo.load(enveloped(scene))
    info = whole["content"]["encrypted_content_info"]
    info["content_encryption_algorithm"] = {"algorithm": "tripledes_3key", "parameters": bytes(8)}
    return sealed(scene, whole.dump(force=True))


@smime("cms-rc2", "encrypted with RC2", Reason.WEAK_ENCRYPTION, stopped=CIPHER)
def rc2(scene: Smime) -> bytes:
    whole = cms.ContentInfo.load(enveloped(scene))
    info = whole["content"]["encrypted_content_info"]
    parameters = {"rc2_parameter_version": 58, "iv": bytes(8)}
    info["content_encryption_algorithm"] = {"algorithm": "rc2", "parameters": parameters}
    return sealed(scene, whole.dump(force=True))


@smime(
    "cms-gadget",
    "blocks changed so that the mail begins otherwise (EFAIL)",
    Reason.NOT_SIGNED,
    stopped=CBC,
)
def gadget(scene: Smime) -> bytes:
    part = scene.signed_part(scene.inner())
    whole = crafted_cms.enveloped(part, leaf(Who.GATEWAY))
    info = cms.ContentInfo.load(whole)["content"]["encrypted_content_info"]
    iv = info["content_encryption_algorithm"]["parameters"].native
    wanted = zip(iv, part[:16], b"Content-type: te", strict=True)
    return sealed(scene, whole.replace(iv, bytes(a ^ b ^ c for a, b, c in wanted)))


@smime(
    "cms-changed-block",
    "one bit of the ciphertext changed within the signed part",
    Reason.BAD_SIGNATURE,
    stopped=CBC,
)
def changed_block(scene: Smime) -> bytes:
    """Behind a blank line, so that only what is signed is garbled."""
    padded = scene.inner().replace(b"Zie bijlage.", b"Zie bijlage. " + b"x" * 64)
    part = scene.signed_part(padded)
    whole = crafted_cms.enveloped(part, leaf(Who.GATEWAY))
    info = cms.ContentInfo.load(whole)["content"]["encrypted_content_info"]
    ciphertext = info["encrypted_content"].native
    at = (part.index(b"x" * 64) // 16 + 1) * 16
    changed = ciphertext[:at] + bytes((ciphertext[at] ^ 1,)) + ciphertext[at + 1 :]
    return sealed(scene, whole.replace(ciphertext, changed))


@smime("cms-wrong-padding", "the last octet changed", Reason.NOT_SIGNED, stopped=CBC)
def wrong_padding(scene: Smime) -> bytes:
    whole = enveloped(scene)
    return sealed(scene, whole[:-1] + bytes((whole[-1] ^ 0x80,)))


@smime("cms-wrong-key", "a content key that decrypts nothing", Reason.NOT_SIGNED, stopped=CBC)
def wrong_key(scene: Smime) -> bytes:
    public = leaf(Who.GATEWAY).x509.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    return sealed(scene, enveloped(scene, encrypted_key=os.urandom(public.key_size // 8)))


@smime("cms-signature-stripped", "the signature taken off", Reason.NOT_SIGNED, stopped=CBC)
def signature_stripped(scene: Smime) -> bytes:
    return scene.crafted(scene.inner())


@smime(
    "cms-encrypted-twice", "an encrypted message inside another", Reason.NOT_SIGNED, stopped=WHOLE
)
def encrypted_twice(scene: Smime) -> bytes:
    return scene.crafted(scene.encrypted(scene.signed_part(scene.inner())))


@smime(
    "cms-something-behind",
    "octets behind the message",
    Reason.DAMAGED,
    stopped="reading: exactly one ContentInfo",
)
def something_behind(scene: Smime) -> bytes:
    return sealed(scene, enveloped(scene) + b"\x05\x00")


@smime(
    "cms-cut-short",
    "half of the message",
    Reason.DAMAGED,
    stopped="reading: exactly one ContentInfo",
)
def cut_short(scene: Smime) -> bytes:
    whole = enveloped(scene)
    return sealed(scene, whole[: len(whole) // 2])


@smime(
    "cms-deep",
    "a thousand levels within each other",
    Reason.DAMAGED,
    stopped="reading: depth, elements and sizes are bounded",
)
def deep(scene: Smime) -> bytes:
    return sealed(scene, b"\x30\x80" * 1000 + b"\x00\x00" * 1000)


@smime(
    "cms-many-recipients",
    "more recipients than we look through",
    Reason.DAMAGED,
    stopped="reading: a thousand recipients",
)
def many_recipients(scene: Smime) -> bytes:
    return sealed(scene, enveloped(scene, more_recipients=1001))


@smime(
    "cms-signed-only",
    "signed and not encrypted",
    Reason.NOT_ENCRYPTED,
    stopped="opening: encryption at the root",
)
def signed_only(scene: Smime) -> bytes:
    return scene.mail(scene.signed_part(scene.inner()))


@smime(
    "cms-signed-only-opaque",
    "signed in one piece, which looks encrypted and is not",
    Reason.NOT_ENCRYPTED,
    stopped="opening: encryption at the root",
)
def signed_only_opaque(scene: Smime) -> bytes:
    return scene.mail(opaque_entity(both(scene.inner(), by()).der()))


@smime(
    "cms-encrypted-forwarded",
    "an encrypted mail as message/rfc822",
    Reason.NOT_ENCRYPTED,
    stopped="opening: encryption at the root",
)
def encrypted_forwarded(scene: Smime) -> bytes:
    part = message(scene.sealed(scene.inner(), Who.SENDER))
    return scene.mail(multipart("mixed", TEXT, part))


@smime(
    "openpgp-as-smime",
    "something else than CMS under its media type",
    Reason.DAMAGED,
    stopped="reading: exactly one ContentInfo",
)
def openpgp_as_smime(scene: Smime) -> bytes:
    return sealed(scene, b"-----BEGIN PGP MESSAGE-----\n")
