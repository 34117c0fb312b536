"""OpenPGP signatures that prove nothing, over a mail that is otherwise in order."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from gateway.adapters.pgp_packets import framed
from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests import crafted, people
from tests.mails import packets
from tests.mails.faults import fault
from tests.mails.openpgp import ENCRYPTING, UNBOUND, OpenPGP, person
from tests.mails.packets import keys_of, signature
from tests.mails.scene import Who, address

if TYPE_CHECKING:
    from tests.mails.packets import SigningKey, Subpacket

pgp = partial(fault, only=Protection.OPENPGP)
KIND = "opening: a signature over a document, of a kind that is understood"
FITS = "opening: the signature fits"
ONE = "opening: exactly one signature, and it is good"
STRONG = "opening: version, digest and key are strong enough"
USE = "opening: the key is one that signs"
FROM = "opening: the one From is the signer's address"
SHAPE = "opening: one signed message and nothing else inside the encryption"


def key(who: Who = Who.SENDER) -> SigningKey:
    """The one that signs; Saar's program has a subkey for it, as Sequoia makes it."""
    found = keys_of(person(who))
    return found[1] if who is Who.SENDER else found[0]


def with_subpacket(scene: OpenPGP, *more: Subpacket, made: datetime | None = None) -> bytes:
    """A valid signature that says this as well."""
    inner = scene.inner()
    return scene.crafted(packets.signed(inner, signature(key(), inner, *more, made=made)))


@pgp("changed-content", "one word changed after signing", Reason.BAD_SIGNATURE, stopped=FITS)
def changed_content(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    signed = packets.signed(inner, signature(key(), inner))
    return scene.crafted(crafted.with_other_content(signed, b"Zie bijlage.", b"Zie bijlagf."))


@pgp(
    "signature-of-another-mail",
    "the signature of another mail of the sender's",
    Reason.BAD_SIGNATURE,
    stopped=FITS,
)
def signature_of_another_mail(scene: OpenPGP) -> bytes:
    made = signature(key(), scene.inner())
    return scene.crafted(packets.signed(scene.inner(), made))


@pgp(
    "detached-changed", "a detached signature over other words", Reason.BAD_SIGNATURE, stopped=FITS
)
def detached_changed(scene: OpenPGP) -> bytes:
    part = scene.signed_part(scene.inner()).replace(b"Zie bijlage.", b"Zie bijlagf.")
    return scene.mail(scene.sealed(part))


@pgp(
    "claims-another-key",
    "made by a stranger's key and says it is the sender's",
    Reason.BAD_SIGNATURE,
    stopped=FITS,
)
def claims_another_key(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    made = signature(key(Who.COLLEAGUE), inner, named=key())
    return scene.crafted(packets.signed(inner, made))


@pgp("signature-cut-short", "half a signature packet", Reason.BAD_SIGNATURE, stopped=FITS)
def signature_cut_short(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    whole = signature(key(), inner)
    half = framed(packets.SIGNATURE, whole[6:40])
    return scene.crafted(packets.one_pass(whole) + packets.literal(inner) + half)


@pgp(
    "two-signatures",
    "two good signatures by two registered people",
    Reason.SEVERAL_SIGNATURES,
    stopped=ONE,
)
def two_signatures(scene: OpenPGP) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.SENDER, Who.COLLEAGUE))


@pgp(
    "signed-twice-by-one",
    "two good signatures by the sender",
    Reason.SEVERAL_SIGNATURES,
    stopped=ONE,
)
def signed_twice_by_one(scene: OpenPGP) -> bytes:
    return scene.mail(scene.sealed(scene.signed_part(scene.inner()), Who.SENDER))


@pgp(
    "good-beside-bad",
    "a good signature beside one that does not fit",
    Reason.SEVERAL_SIGNATURES,
    Reason.BAD_SIGNATURE,
    stopped=ONE,
)
def good_beside_bad(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    good, bad = signature(key(), inner), signature(key(Who.COLLEAGUE), b"other")
    return scene.crafted(bad + good + packets.literal(inner))


@pgp(
    "good-beside-unknown",
    "a good signature beside a stranger's",
    Reason.SEVERAL_SIGNATURES,
    Reason.UNKNOWN_SIGNER,
    stopped=ONE,
)
def good_beside_unknown(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    good, other = signature(key(), inner), signature(key(), inner, named=ENCRYPTING)
    stranger = signature(packets.new_key(datetime.now(UTC)), inner)
    assert other != good
    return scene.crafted(stranger + good + packets.literal(inner))


# --- of what kind ------------------------------------------------------------------------

KINDS = {
    "standalone": (0x02, "a signature over nothing but itself"),
    "generic-certification": (0x10, "a signature over somebody's user id"),
    "positive-certification": (0x13, "the same, of the strongest kind"),
    "subkey-binding": (0x18, "a signature that binds a subkey"),
    "direct-key": (0x1F, "a signature over a key"),
    "key-revocation": (0x20, "a revocation"),
    "timestamp": (0x40, "a timestamp"),
    "confirmation": (0x50, "a confirmation by a third party"),
}


def of_kind(name: str, kind: int, what: str) -> None:
    """A signature of this type with the mail's own digest."""

    @pgp(f"kind-{name}", f"{what}, over the mail", Reason.BAD_SIGNATURE, stopped=KIND)
    def made(scene: OpenPGP) -> bytes:
        inner = scene.inner()
        return scene.crafted(packets.signed(inner, signature(key(), inner, kind=kind)))


for name, (kind, what) in KINDS.items():
    of_kind(name, kind, what)


@pgp(
    "certification-as-mail",
    "what was signed to certify a user id, presented as a mail",
    Reason.MALFORMED,
    stopped="reading: what is signed is no mail",
)
def certification_as_mail(scene: OpenPGP) -> bytes:
    user_id = b"Content-Type: application/json\r\n\r\n{}"
    hashed = key(Who.COLLEAGUE).prefix + b"\xb4" + packets.four(len(user_id)) + user_id
    made = signature(key(Who.COLLEAGUE), hashed, kind=packets.POSITIVE)
    fields = {"from_": address(Who.COLLEAGUE)}
    return scene.crafted(packets.signed(hashed, made), **fields)


@pgp("version-3", "a signature of version 3", Reason.WEAK_SIGNATURE, stopped=STRONG)
def version_3(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    return scene.crafted(packets.version_3(key(), inner) + packets.literal(inner))


@pgp(
    "critical-unknown", "a critical subpacket that nobody knows", Reason.BAD_SIGNATURE, stopped=KIND
)
def critical_unknown(scene: OpenPGP) -> bytes:
    return with_subpacket(scene, (99, b"x", True))


@pgp("critical-notation", "a critical notation", Reason.BAD_SIGNATURE, stopped=KIND)
def critical_notation(scene: OpenPGP) -> bytes:
    notation = b"\x80\0\0\0" + b"\0\x0d\0\x01" + b"x@demo.example"[:13] + b"1"
    return with_subpacket(scene, (packets.NOTATION, notation, True))


@pgp(
    "two-creation-times", "two creation times in one signature", Reason.BAD_SIGNATURE, stopped=KIND
)
def two_creation_times(scene: OpenPGP) -> bytes:
    return with_subpacket(scene, (packets.CREATED, packets.four(time.time() - 5), False))


@pgp(
    "signature-has-ended",
    "it says that it counts for a second",
    Reason.SIGNATURE_DATE,
    stopped="opening: the signature's own end",
    arrives=timedelta(minutes=1),
)
def signature_has_ended(scene: OpenPGP) -> bytes:
    return with_subpacket(scene, (packets.EXPIRES, packets.four(1), False))


NEAR = "opening: the signature's time is near"


@pgp("signed-long-ago", "made eight days ago", Reason.SIGNATURE_DATE, stopped=NEAR)
def signed_long_ago(scene: OpenPGP) -> bytes:
    moment = datetime.now(UTC) - timedelta(days=8)
    options = ["--faked-system-time", f"{moment:%Y%m%dT%H%M%S}"]
    signed = scene.signed(scene.inner(), Who.RSA, options=options)
    return scene.crafted(signed, from_=address(Who.RSA))


@pgp("signed-before-its-key", "made before its key existed", Reason.BAD_SIGNATURE, stopped=FITS)
def signed_before_its_key(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    made = signature(key(), inner, made=datetime.now(UTC) - timedelta(days=1))
    return scene.crafted(packets.signed(inner, made))


@pgp("signed-to-come", "made half an hour from now", Reason.SIGNATURE_DATE, stopped=NEAR)
def signed_to_come(scene: OpenPGP) -> bytes:
    moment = datetime.now(UTC) + timedelta(minutes=30)
    inner = scene.inner()
    return scene.crafted(packets.signed(inner, signature(key(), inner, made=moment)))


# --- by which key --------------------------------------------------------------------------


@pgp(
    "signed-by-certifying-key",
    "the sender's primary key, which certifies and does not sign",
    Reason.NOT_A_SIGNING_KEY,
    stopped=USE,
)
def signed_by_certifying_key(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    return scene.crafted(packets.signed(inner, signature(keys_of(person(Who.SENDER))[0], inner)))


@pgp(
    "signed-by-encryption-subkey",
    "a subkey for encryption only",
    Reason.NOT_A_SIGNING_KEY,
    stopped=USE,
)
def signed_by_encryption_subkey(scene: OpenPGP) -> bytes:
    return by_subkey(scene, ENCRYPTING)


@pgp(
    "signed-by-unbound-subkey",
    "a signing subkey that never agreed to belong to its primary key",
    Reason.NOT_A_SIGNING_KEY,
    stopped=USE,
)
def signed_by_unbound_subkey(scene: OpenPGP) -> bytes:
    return by_subkey(scene, UNBOUND)


def by_subkey(scene: OpenPGP, subkey: SigningKey) -> bytes:
    inner = scene.inner()
    made = packets.signed(inner, signature(subkey, inner))
    return scene.crafted(made, from_=address(Who.ODD))


@pgp("digest-sha1", "a digest of SHA-1", Reason.WEAK_SIGNATURE, stopped=STRONG)
def digest_sha1(scene: OpenPGP) -> bytes:
    return weakly(scene, "SHA1")


@pgp("digest-ripemd160", "a digest of RIPEMD-160", Reason.WEAK_SIGNATURE, stopped=STRONG)
def digest_ripemd160(scene: OpenPGP) -> bytes:
    return weakly(scene, "RIPEMD160")


def weakly(scene: OpenPGP, digest: str) -> bytes:
    """By GnuPG, which still does it for RSA."""
    options = ["--digest-algo", digest, "--allow-weak-digest-algos"]
    signed = scene.signed(scene.inner(), Who.RSA, options=options)
    return scene.crafted(signed, from_=address(Who.RSA))


@pgp(
    "rsa-1024",
    "a key of RSA-1024, which cannot be registered",
    Reason.UNKNOWN_SIGNER,
    stopped="registration refuses it; opening: only pinned certificates count",
)
def rsa_1024(scene: OpenPGP) -> bytes:
    _, signed = crafted.by_a_short_key()
    return scene.crafted(signed)


@pgp(
    "dirty-user-ids",
    "user ids with control characters, line ends and GnuPG's status lines, in"
    " the name of the sender",
    Reason.FROM_MISMATCH,
    stopped=FROM,
)
def dirty_user_ids(scene: OpenPGP) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.DIRTY))


@pgp(
    "dirty-user-ids-changed",
    "the same, over a content that was changed",
    Reason.BAD_SIGNATURE,
    stopped=FITS,
)
def dirty_user_ids_changed(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    signed = packets.signed(inner, signature(key(Who.DIRTY), inner))
    return scene.crafted(crafted.with_other_content(signed, b"Zie bijlage.", b"Zie bijlagf."))


@pgp(
    "unknown-dirty-user-ids",
    "the same by somebody who is not registered",
    Reason.UNKNOWN_SIGNER,
    stopped="opening: only pinned certificates count",
)
def unknown_dirty_user_ids(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    made = signature(packets.new_key(datetime.now(UTC)), inner)
    return scene.crafted(packets.signed(inner, made))


# --- over what -----------------------------------------------------------------------------


@pgp(
    "signature-without-content",
    "a signature and nothing that it is over",
    Reason.DAMAGED,
    stopped=SHAPE,
)
def signature_without_content(scene: OpenPGP) -> bytes:
    return scene.crafted(signature(key(), b""))


@pgp(
    "signed-nothing",
    "a valid signature over an empty content",
    Reason.NO_DOCUMENT,
    stopped="checking: the bijsluiter",
)
def signed_nothing(scene: OpenPGP) -> bytes:
    return scene.crafted(packets.signed(b"", signature(key(), b"")))


@pgp("content-twice", "one signature, and the content twice", Reason.DAMAGED, stopped=SHAPE)
def content_twice(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    made, content = signature(key(), inner), packets.literal(inner)
    return scene.crafted(packets.one_pass(made) + content + content + made)


@pgp(
    "unsigned-before-signed",
    "an unsigned content before the signed message",
    Reason.DAMAGED,
    stopped=SHAPE,
)
def unsigned_before_signed(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    signed = packets.signed(inner, signature(key(), inner))
    return scene.crafted(packets.literal(scene.inner()) + signed)


@pgp(
    "signed-message-within",
    "a signed message as the content of an unsigned one",
    Reason.MALFORMED,
    stopped="reading: what is inside is no mail",
)
def signed_message_within(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    signed = packets.signed(inner, signature(key(), inner))
    return scene.crafted(packets.literal(signed))


@pgp("compressed-twice", "compression within compression", Reason.DAMAGED, stopped=SHAPE)
def compressed_twice(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    signed = packets.signed(inner, signature(key(), inner))
    return scene.crafted(packets.compressed(packets.compressed(signed)))


@pgp("announced-only", "announced as signed, without a signature", Reason.DAMAGED, stopped=SHAPE)
def announced_only(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    announced = packets.one_pass(signature(key(), inner))
    return scene.crafted(announced + packets.literal(inner))


@pgp(
    "literal-of-unknown-form",
    "a content of a form that nobody knows",
    Reason.DAMAGED,
    stopped=SHAPE,
)
def literal_of_unknown_form(scene: OpenPGP) -> bytes:
    inner = scene.inner()
    made = signature(key(), inner)
    content = packets.literal(inner, form=b"x")
    return scene.crafted(packets.one_pass(made) + content + made)


@pgp(
    "cleartext-signature-inside",
    "a cleartext signature as the encrypted content",
    Reason.NOT_SIGNED,
    stopped="opening: a signature over the whole",
)
def cleartext_signature_inside(scene: OpenPGP) -> bytes:
    text = clearsigned()
    return scene.mail(scene.sealed(b"Content-Type: text/plain\r\n\r\n" + text))


@pgp(
    "cleartext-signature",
    "a cleartext signature, not encrypted",
    Reason.INLINE_PGP,
    stopped="reading: PGP/MIME only",
)
def cleartext_signature(scene: OpenPGP) -> bytes:
    return scene.mail(b"Content-Type: text/plain\r\n\r\n" + clearsigned())


@pgp(
    "inline-pgp",
    "the encryption inside the text",
    Reason.INLINE_PGP,
    stopped="reading: PGP/MIME only",
)
def inline_pgp(scene: OpenPGP) -> bytes:
    message = scene.message(scene.inner(), Who.SENDER).replace(b"\n", b"\r\n")
    return scene.mail(b"Content-Type: text/plain\r\n\r\n" + message)


@pgp("inline-pgp-in-html", "the same as HTML", Reason.INLINE_PGP, stopped="reading: PGP/MIME only")
def inline_pgp_in_html(scene: OpenPGP) -> bytes:
    message = scene.message(scene.inner(), Who.SENDER).replace(b"\n", b"\r\n")
    return scene.mail(b"Content-Type: text/html\r\n\r\n<pre>" + message + b"</pre>")


@pgp(
    "signed-not-encrypted",
    "signed as it should be, and not encrypted",
    Reason.NOT_ENCRYPTED,
    stopped="reading: encryption at the root",
)
def signed_not_encrypted(scene: OpenPGP) -> bytes:
    return scene.mail(scene.signed_part(scene.inner()))


def clearsigned() -> bytes:
    """As ``gpg --clearsign`` makes it, CRLF."""
    with people.GpgHome() as home:
        home.add(person(Who.SENDER).tsk)
        signed = home.run("--clearsign", given=b"Zie bijlage.\n").stdout
    return signed.replace(b"\n", b"\r\n")
