"""CMS signatures that prove nothing: how many, over what, with which attributes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from asn1crypto import cms, core

from gateway.domain.stops import Reason
from tests import crafted_cms
from tests.crafted_cms import SignedMessage, Signing, attribute, usual
from tests.mails.scene import Who
from tests.mails.smime import DAY, ISSUING, both, by, leaf, smime
from tests.mails.structure import document
from tests.smime_people import opaque_entity, signed_entity

if TYPE_CHECKING:
    from tests.mails.smime import Smime

WHOLE = "opening: one signature over all that was encrypted"
ONE = "opening: one SignerInfo"
PLACE = "reading: content in one place"
ATTRIBUTES = "opening: type and digest are signed, once each, in DER"
PINNED = "opening: the signature fits the pinned certificate"
CBC = "opening: nothing without a signature leaves AES-CBC"


def opaque(scene: Smime, made: SignedMessage) -> bytes:
    return scene.crafted(opaque_entity(made.der()))


# who signed, and how often


@smime(
    "cms-two-signers",
    "two signatures, both by registered contacts",
    Reason.SEVERAL_SIGNATURES,
    stopped=ONE,
)
def two_signers(scene: Smime) -> bytes:
    return scene.crafted(scene.signed_by(scene.inner(), by(), by(Who.COLLEAGUE)))


@smime(
    "cms-good-beside-unknown",
    "a good signature beside one by a stranger",
    Reason.SEVERAL_SIGNATURES,
    Reason.UNKNOWN_SIGNER,
    stopped=ONE,
)
def good_beside_unknown(scene: Smime) -> bytes:
    return scene.crafted(scene.signed_by(scene.inner(), by(), by(Who.STRANGER)))


@smime(
    "cms-good-beside-bad",
    "a good signature beside one over another content",
    Reason.SEVERAL_SIGNATURES,
    Reason.BAD_SIGNATURE,
    stopped=ONE,
)
def good_beside_bad(scene: Smime) -> bytes:
    wrong = Signing(by=leaf(Who.SENDER), over=b"iets anders", digest="sha512")
    return scene.crafted(scene.signed_by(scene.inner(), by(), wrong))


@smime("cms-no-signer", "a SignedData without a signature", Reason.NOT_SIGNED, stopped=ONE)
def no_signer(scene: Smime) -> bytes:
    return scene.crafted(scene.signed_by(scene.inner()))


@smime("cms-certificates-only", "certificates only", Reason.NOT_SIGNED, stopped=ONE)
def certificates_only(scene: Smime) -> bytes:
    only = crafted_cms.certificates_only(leaf(Who.SENDER), ISSUING)
    return scene.crafted(opaque_entity(only, kind="certs-only"))


@smime(
    "cms-signed-twice",
    "a signed part, signed once more",
    Reason.SEVERAL_SIGNATURES,
    stopped=ONE,
)
def signed_twice(scene: Smime) -> bytes:
    return scene.crafted(scene.signed_by(scene.signed_part(scene.inner()), by()))


@smime(
    "triple-wrapped-by-another",
    "signed and encrypted by the sender, signed outside by a colleague",
    Reason.SEVERAL_SIGNATURES,
    stopped="opening: the signer outside is the one inside",
)
def triple_wrapped(scene: Smime) -> bytes:
    sealed = scene.sealed(scene.inner(), Who.SENDER)
    return scene.mail(scene.signed_by(sealed, by(Who.COLLEAGUE)))


@smime(
    "triple-wrapped-unsigned-inside",
    "a signature around the encryption alone",
    Reason.NOT_SIGNED,
    stopped=WHOLE,
)
def triple_wrapped_unsigned(scene: Smime) -> bytes:
    return scene.mail(scene.signed_by(scene.encrypted(scene.inner()), by()))


# where the content is


@smime(
    "cms-content-in-both-places",
    "a detached signature that carries another content",
    Reason.BAD_SIGNATURE,
    stopped=PLACE,
)
def content_in_both_places(scene: Smime) -> bytes:
    made = both(scene.inner(), by()).der()
    return scene.crafted(signed_entity(scene.inner(), made))


@smime(
    "cms-same-content-in-both-places",
    "a detached signature that carries the content too",
    Reason.BAD_SIGNATURE,
    stopped=PLACE,
)
def same_content_in_both_places(scene: Smime) -> bytes:
    inner = scene.inner()
    return scene.crafted(signed_entity(inner, both(inner, by()).der()))


@smime(
    "cms-content-nowhere",
    "a signature without the content that it is over",
    Reason.BAD_SIGNATURE,
    stopped=PLACE,
)
def content_nowhere(scene: Smime) -> bytes:
    return scene.crafted(opaque_entity(crafted_cms.apart(scene.inner(), by())))


@smime(
    "cms-empty-content",
    "a valid signature over nothing",
    Reason.NO_DOCUMENT,
    stopped="checking: one document",
)
def empty_content(scene: Smime) -> bytes:
    return opaque(scene, both(b"", by()))


@smime(
    "cms-other-content-type",
    "a signature over a time stamp's content, passed off as a mail's",
    Reason.NOT_SIGNED,
    stopped="reading: plain data",
)
def other_content_type(scene: Smime) -> bytes:
    made = SignedMessage(
        content=scene.inner(),
        carries=scene.inner(),
        signings=[by()],
        content_type="1.2.840.113549.1.9.16.1.4",
    )
    return opaque(scene, made)


@smime(
    "cms-compressed",
    "a compressed message inside the encryption",
    Reason.NOT_SIGNED,
    stopped="reading: no compression, so no bomb",
)
def compressed(scene: Smime) -> bytes:
    return scene.crafted(opaque_entity(crafted_cms.compressed(scene.signed_part(scene.inner()))))


@smime(
    "cms-text-after-the-end",
    "text behind the signed part's end",
    Reason.NOT_SIGNED,
    stopped=WHOLE,
)
def text_after_the_end(scene: Smime) -> bytes:
    return scene.crafted(scene.signed_part(scene.inner()) + b"En dit nog.\r\n")


@smime(
    "cms-changed-content",
    "a word changed under the signature",
    Reason.BAD_SIGNATURE,
    stopped=PINNED,
)
def changed_content(scene: Smime) -> bytes:
    part = scene.signed_part(scene.inner())
    changed = part.replace(b"Zie bijlage", b"Zie Bijlage")
    assert changed != part
    return scene.crafted(changed)


@smime(
    "cms-signature-of-another-mail",
    "the signature of another mail of the sender's",
    Reason.BAD_SIGNATURE,
    stopped=PINNED,
)
def signature_of_another_mail(scene: Smime) -> bytes:
    signature = crafted_cms.apart(scene.inner(), by(), certificates=[ISSUING])
    return scene.crafted(signed_entity(scene.inner(), signature))


@smime(
    "cms-three-parts",
    "a third part within the multipart/signed",
    Reason.NOT_SIGNED,
    stopped="reading: a multipart/signed has two parts",
)
def three_parts(scene: Smime) -> bytes:
    part = scene.signed_part(scene.inner())
    line = part.rstrip().rpartition(b"\r\n")[2].removesuffix(b"--")
    more = line + b"\r\n" + document(scene) + b"\r\n" + line + b"--\r\n"
    return scene.crafted(part.removesuffix(line + b"--\r\n") + more)


# signed attributes


def attributes(scene: Smime, *changed: cms.CMSAttribute | str) -> bytes:
    """A mail whose signature has these attributes; words name the usual ones."""
    inner = scene.inner()
    kind, time, digest = usual(inner, "sha256", datetime.now(UTC).replace(microsecond=0))
    named = {"type": kind, "time": time, "digest": digest}
    found = [named[each] if isinstance(each, str) else each for each in changed]
    return scene.crafted(scene.signed_by(inner, Signing(by=leaf(Who.SENDER), attributes=found)))


def with_attributes(name: str, what: str, *changed: cms.CMSAttribute | str) -> None:
    @smime(f"cms-{name}", what, Reason.BAD_SIGNATURE, stopped=ATTRIBUTES)
    def made(scene: Smime) -> bytes:
        return attributes(scene, *changed)


with_attributes("no-attributes", "a signature without signed attributes")
with_attributes("no-content-type", "signed attributes without a content type", "time", "digest")
with_attributes("no-digest", "signed attributes without a digest", "type", "time")
with_attributes("two-digests", "a digest twice", "type", "time", "digest", "digest")
with_attributes(
    "other-digest-first",
    "two digests, of which one is right",
    "type",
    "time",
    attribute("message_digest", bytes(32)),
    "digest",
)
with_attributes("two-times", "two signing times", "type", "time", "time", "digest")
with_attributes(
    "two-values",
    "a content type of two values",
    attribute("content_type", "data", "signed_data"),
    "time",
    "digest",
)


@smime(
    "cms-attributes-as-content",
    "the signed attributes of another mail, passed off as a mail",
    Reason.BAD_SIGNATURE,
    stopped=ATTRIBUTES,
)
def attributes_as_content(scene: Smime) -> bytes:
    info = crafted_cms.signer_info(scene.inner(), by())
    signed = b"\x31" + info["signed_attrs"].dump()[1:]
    stripped = cms.SignerInfo({name: info[name] for name in info.native if "attrs" not in name})
    data = cms.ContentInfo.load(both(scene.inner(), by()).der())
    data["content"]["encap_content_info"]["content"] = core.ParsableOctetString(signed)
    data["content"]["signer_infos"] = [stripped]
    return scene.crafted(opaque_entity(data.dump(force=True)))


@smime(
    "cms-no-signing-time",
    "a signature that does not say when",
    Reason.SIGNATURE_DATE,
    stopped="opening: the signature's date is near",
)
def no_signing_time(scene: Smime) -> bytes:
    return attributes(scene, "type", "digest")


def signed_at(name: str, what: str, off: timedelta) -> None:
    @smime(name, what, Reason.SIGNATURE_DATE, stopped="opening: the signature's date is near")
    def made(scene: Smime) -> bytes:
        at = datetime.now(UTC).replace(microsecond=0) + off
        return scene.crafted(scene.signed_by(scene.inner(), Signing(by=leaf(Who.SENDER), at=at)))


signed_at("cms-signed-long-ago", "signed a month ago", -30 * DAY)
signed_at("cms-signed-to-come", "signed the day after tomorrow", 2 * DAY)
