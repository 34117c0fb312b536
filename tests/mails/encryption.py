"""OpenPGP encryption that somebody has meddled with, or that was never whole."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.adapters.pgp_packets import SEIPD, framed
from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests import crafted, people
from tests.mails import packets
from tests.mails.faults import fault
from tests.mails.openpgp import OpenPGP, person, pgp_mime
from tests.mails.packets import keys_of, signature
from tests.mails.scene import Who

if TYPE_CHECKING:
    from tests.mails.packets import Envelope

pgp = partial(fault, only=Protection.OPENPGP)
INTEGRITY = "opening: the whole of the encryption is authentic, or nothing"
ONE = "opening: one container under its session keys, and nothing else"
PARTS = "reading: two parts, as RFC 3156 has them"


def envelope() -> Envelope:
    return packets.envelope(person(Who.GATEWAY))


def signed(scene: OpenPGP) -> bytes:
    """The packets of a good message."""
    inner = scene.inner()
    return packets.signed(inner, signature(keys_of(person(Who.SENDER))[1], inner))


def put(scene: OpenPGP, binary: bytes) -> bytes:
    """A mail around these packets, as they are."""
    return scene.mail(pgp_mime(packets.armored(binary)))


def sealed(container: bytes) -> bytes:
    """Session key and container."""
    return envelope().session_key + framed(SEIPD, container)


@pgp(
    "no-integrity", "the old container without integrity (tag 9)", Reason.DAMAGED, stopped=INTEGRITY
)
def no_integrity(scene: OpenPGP) -> bytes:
    old = framed(packets.TAG_9, envelope().without_integrity(signed(scene)))
    return put(scene, envelope().session_key + old)


@pgp(
    "integrity-stripped",
    "an integrity-protected container renamed to one without (EFAIL)",
    Reason.DAMAGED,
    stopped=INTEGRITY,
)
def integrity_stripped(scene: OpenPGP) -> bytes:
    body = envelope().container(signed(scene))[1:-22]
    return put(scene, envelope().session_key + framed(packets.TAG_9, body))


@pgp("integrity-cut-off", "the digest at the end left out", Reason.DAMAGED, stopped=INTEGRITY)
def integrity_cut_off(scene: OpenPGP) -> bytes:
    return put(scene, sealed(envelope().container(signed(scene))[:-22]))


@pgp("integrity-wrong", "another digest at the end", Reason.DAMAGED, stopped=INTEGRITY)
def integrity_wrong(scene: OpenPGP) -> bytes:
    container = envelope().container(signed(scene))
    return put(scene, sealed(container[:-1] + bytes((container[-1] ^ 1,))))


@pgp(
    "gadget",
    "known plaintext turned into other plaintext by flipping bits (CFB gadget)",
    Reason.DAMAGED,
    stopped=INTEGRITY,
)
def gadget(scene: OpenPGP) -> bytes:
    container = bytearray(envelope().container(signed(scene)))
    for at in range(40, 56):
        container[at] ^= 0x20
    return put(scene, sealed(bytes(container)))


@pgp(
    "gadget-in-session-key",
    "a bit of the encrypted session key flipped",
    Reason.DAMAGED,
    stopped=INTEGRITY,
)
def gadget_in_session_key(scene: OpenPGP) -> bytes:
    key = bytearray(envelope().session_key)
    key[-3] ^= 1
    return put(scene, bytes(key) + framed(SEIPD, envelope().container(signed(scene))))


@pgp("cut-short", "the container cut off in the middle", Reason.DAMAGED, stopped=INTEGRITY)
def cut_short(scene: OpenPGP) -> bytes:
    container = envelope().container(signed(scene))
    return put(scene, sealed(container[: len(container) // 2]))


@pgp("longer-than-it-is", "a container that says it is longer", Reason.DAMAGED, stopped=ONE)
def longer_than_it_is(scene: OpenPGP) -> bytes:
    whole = bytearray(sealed(envelope().container(signed(scene))))
    at = len(envelope().session_key) + 2
    whole[at : at + 4] = b"\x00\x10\x00\x00"
    return put(scene, bytes(whole))


@pgp(
    "container-version-0",
    "a container of a version that does not exist",
    Reason.DAMAGED,
    stopped=INTEGRITY,
)
def container_version_0(scene: OpenPGP) -> bytes:
    return put(scene, sealed(b"\0" + envelope().container(signed(scene))[1:]))


@pgp(
    "downgraded", "a container of version 2 renamed to version 1", Reason.DAMAGED, stopped=INTEGRITY
)
def downgraded(scene: OpenPGP) -> bytes:
    """As much of one as an attacker has: its bytes, and a session key packet of version 3."""
    second = bytes((1, 9, 2, 6)) + bytes(range(32)) + envelope().container(signed(scene))[1:]
    return put(scene, sealed(second))


@pgp("upgraded", "a container of version 1 renamed to version 2", Reason.DAMAGED, stopped=INTEGRITY)
def upgraded(scene: OpenPGP) -> bytes:
    first = envelope().container(signed(scene))[1:]
    return put(scene, sealed(bytes((2, 9, 2, 6)) + bytes(range(32)) + first))


@pgp(
    "encrypted-twice",
    "a container within a container",
    Reason.DAMAGED,
    stopped="opening: one signed message inside the encryption",
)
def encrypted_twice(scene: OpenPGP) -> bytes:
    within = sealed(envelope().container(signed(scene)))
    return put(scene, sealed(envelope().container(within)))


@pgp("two-containers", "two containers one after the other", Reason.DAMAGED, stopped=ONE)
def two_containers(scene: OpenPGP) -> bytes:
    whole = sealed(envelope().container(signed(scene)))
    return put(scene, whole + whole)


@pgp(
    "signed-message-after",
    "an unencrypted signed message after the container",
    Reason.DAMAGED,
    stopped=ONE,
)
def signed_message_after(scene: OpenPGP) -> bytes:
    return put(scene, sealed(envelope().container(signed(scene))) + signed(scene))


@pgp("literal-before", "an unencrypted content before the session key", Reason.DAMAGED, stopped=ONE)
def literal_before(scene: OpenPGP) -> bytes:
    whole = sealed(envelope().container(signed(scene)))
    return put(scene, packets.literal(scene.inner()) + whole)


@pgp(
    "signed-only-message",
    "a signed message that was never encrypted, in place of the ciphertext",
    Reason.DAMAGED,
    stopped=ONE,
)
def signed_only_message(scene: OpenPGP) -> bytes:
    return put(scene, signed(scene))


@pgp(
    "only-compressed",
    "a compressed content in place of the ciphertext",
    Reason.DAMAGED,
    stopped=ONE,
)
def only_compressed(scene: OpenPGP) -> bytes:
    return put(scene, packets.compressed(signed(scene)))


@pgp(
    "by-password",
    "encrypted with a password only",
    Reason.NOT_FOR_US,
    stopped="opening: a session key for our key",
)
def by_password(scene: OpenPGP) -> bytes:
    with people.GpgHome() as home:
        options = ("--passphrase", "geheim", "--armor", "--symmetric", "-z", "0")
        message = home.run(*options, given=scene.inner()).stdout
    return scene.mail(pgp_mime(message))


@pgp(
    "signature-stripped",
    "the signature taken off and the rest encrypted anew",
    Reason.NOT_SIGNED,
    stopped="opening: a signature",
)
def signature_stripped(scene: OpenPGP) -> bytes:
    return scene.crafted(packets.literal(scene.inner()))


@pgp(
    "signature-replaced",
    "the signature taken off and a registered colleague's put in its place",
    Reason.FROM_MISMATCH,
    stopped="opening: the one From is the signer's address",
)
def signature_replaced(scene: OpenPGP) -> bytes:
    return scene.mail(scene.sealed(scene.inner(), Who.COLLEAGUE))


@pgp(
    "tampered-armor",
    "a character of the armored ciphertext changed",
    Reason.DAMAGED,
    stopped=INTEGRITY,
)
def tampered_armor(scene: OpenPGP) -> bytes:
    return crafted.tampered(scene.mail(), 0.7)


@pgp("two-armors", "two armored messages in one part", Reason.DAMAGED, stopped=ONE)
def two_armors(scene: OpenPGP) -> bytes:
    message = scene.message(scene.inner(), Who.SENDER)
    return scene.mail(pgp_mime(message.rstrip(b"\n") + b"\n\n" + message))


@pgp(
    "text-before-armor",
    "clear text in the part with the ciphertext, before it",
    Reason.DAMAGED,
    stopped=ONE,
)
def text_before_armor(scene: OpenPGP) -> bytes:
    return scene.mail(pgp_mime(b"Zie bijlage.\n\n" + scene.message(scene.inner(), Who.SENDER)))


@pgp(
    "text-after-armor",
    "clear text in the part with the ciphertext, after it",
    Reason.DAMAGED,
    stopped=ONE,
)
def text_after_armor(scene: OpenPGP) -> bytes:
    message = scene.message(scene.inner(), Who.SENDER)
    return scene.mail(pgp_mime(message.rstrip(b"\n") + b"\nZie bijlage.\n"))


@pgp(
    "third-part",
    "an unencrypted third part within the multipart/encrypted",
    Reason.MALFORMED,
    stopped=PARTS,
)
def third_part(scene: OpenPGP) -> bytes:
    end = b"--=-=outer=-=--"
    more = b"--=-=outer=-=\r\nContent-Type: text/plain\r\n\r\nx\r\n" + end
    return scene.mail(pgp_mime(scene.message(scene.inner(), Who.SENDER)).replace(end, more))


@pgp(
    "parts-changed-about",
    "the two parts of the multipart/encrypted changed about",
    Reason.MALFORMED,
    stopped=PARTS,
)
def parts_changed_about(scene: OpenPGP) -> bytes:
    body = pgp_mime(scene.message(scene.inner(), Who.SENDER))
    head, version, message, tail = body.split(b"--=-=outer=-=")
    return scene.mail(b"--=-=outer=-=".join([head, message, version, tail]))


@pgp(
    "encrypted-as-smime",
    "an OpenPGP message that calls itself another protocol",
    Reason.MALFORMED,
    stopped=PARTS,
)
def encrypted_as_smime(scene: OpenPGP) -> bytes:
    body = pgp_mime(scene.message(scene.inner(), Who.SENDER))
    return scene.mail(body.replace(b'"application/pgp-encrypted"', b'"application/pkcs7-mime"', 1))


@pgp(
    "preamble",
    "clear text before the first part, which some programs show",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: nothing but white space around the parts",
)
def preamble(scene: OpenPGP) -> bytes:
    body = pgp_mime(scene.message(scene.inner(), Who.SENDER))
    text = b"\r\n\r\nHet rapport van Bilal Fictief staat hieronder.\r\n--=-=outer=-=\r\n"
    return scene.mail(body.replace(b"\r\n\r\n--=-=outer=-=\r\n", text, 1))


@pgp(
    "epilogue",
    "clear text after the last part",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: nothing but white space around the parts",
)
def epilogue(scene: OpenPGP) -> bytes:
    body = pgp_mime(scene.message(scene.inner(), Who.SENDER))
    return scene.mail(body + b"Het rapport van Bilal Fictief staat hierboven.\r\n")
