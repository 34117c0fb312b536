"""Messages that no honest program writes, made with real programs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pysequoia import Cert
from pysequoia.packet import PacketPile, Tag

from tests.people import GpgHome, Person, entity, gnupg_message, pgp_mime, sequoia_message

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADERS = {
    "From": "Noor Voorbeeld <noor@taalschool.example>",
    "To": "poort@gemeente.example",
    "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
    "Message-ID": "<1@taalschool.example>",
    "Subject": "Voortgang",
}
DOCUMENT = b'{"bijsluiterVersie": 1}'


def report(extra: Sequence[tuple[str, str, bytes]] = ()) -> bytes:
    """An inner entity with the document in it."""
    return entity([("bijsluiter.json", "application/json", DOCUMENT), *extra])


def mail(message: bytes, **headers: str) -> bytes:
    """A PGP/MIME mail around an armored message."""
    return pgp_mime(HEADERS | {name.title(): value for name, value in headers.items()}, message)


def signed_packets(inner: bytes, *signers: Person, options: Sequence[str] = ()) -> bytes:
    """An uncompressed signed message as gpg writes it, not encrypted, binary."""
    with GpgHome() as home:
        home.add(*(each.tsk for each in signers))
        names = [word for each in signers for word in ("-u", each.fingerprint)]
        return home.run("-z", "0", *options, *names, "--sign", given=inner).stdout


def encrypted_packets(gateway_cert: bytes, packets: bytes) -> bytes:
    """`packets` as they are inside an encrypted message, armored."""
    return gnupg_message(None, gateway_cert, packets, "--no-literal", "-z", "0")


def with_other_content(packets: bytes, old: bytes, new: bytes) -> bytes:
    """The same signature over a content changed without changing its length."""
    assert len(old) == len(new)
    assert packets.count(old) == 1
    return packets.replace(old, new)


def tampered(mail_bytes: bytes, at: float = 0.5) -> bytes:
    """One character of the armored ciphertext changed, `at` of the way through it."""
    start = mail_bytes.index(b"\r\n\r\n", mail_bytes.index(b"-----BEGIN PGP MESSAGE-----")) + 4
    end = mail_bytes.index(b"\r\n-----END PGP MESSAGE-----") - 8  # before the checksum
    position = start + int((end - start) * at)
    while mail_bytes[position : position + 1] in b"\r\n=":
        position += 1
    other = b"A" if mail_bytes[position : position + 1] != b"A" else b"B"
    return mail_bytes[:position] + other + mail_bytes[position + 1 :]


def without_checksum(mail_bytes: bytes) -> bytes:
    """The armor's optional checksum left out, as RFC 9580 has it."""
    lines = mail_bytes.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not (len(line) == 5 and line[:1] == b"="))


def bomb(gateway_cert: bytes, megabytes: int) -> bytes:
    """A small mail that becomes that many megabytes of zeros."""
    return mail(gnupg_message(None, gateway_cert, bytes(megabytes * 1_000_000)))


def to_somebody_else() -> bytes:
    return mail(sequoia_message(None, stranger().cert, report()))


@cache
def stranger() -> Person:
    from tests.people import person

    return person("Niemand Bekend", "niemand@elders.example", made_by="gnupg")


def session_key_count(mail_bytes: bytes) -> int:
    """How many recipients a sealed mail names."""
    start = mail_bytes.index(b"-----BEGIN PGP MESSAGE-----")
    end = mail_bytes.index(b"-----END PGP MESSAGE-----") + 25
    pile = PacketPile.from_bytes(mail_bytes[start:end])
    return sum(packet.tag == Tag.PKESK for packet in pile)


def only_signing(somebody: Person) -> bytes:
    """The certificate without any key to encrypt to."""
    kept = []
    for packet in PacketPile.from_bytes(somebody.cert):
        if packet.tag == Tag.PublicSubkey:
            break
        kept.append(bytes(packet))
    data = b"".join(kept)
    assert Cert.from_bytes(data).fingerprint.upper() == somebody.fingerprint
    return data


def with_encryption_subkeys(*expiries: str, revoke_first: bool = False) -> Person:
    """A key by GnuPG with these encryption subkeys ("seconds=1" runs out at once, "0" never)."""
    with GpgHome() as home:
        home.run("--quick-generate-key", "Sub <sub@x.example>", "ed25519", "sign,cert")
        listing = home.run("--with-colons", "--list-keys").stdout.decode()
        fingerprint = next(field for field in listing.split(":") if len(field) == 40)
        for expiry in expiries:
            home.run("--quick-add-key", fingerprint, "cv25519", "encrypt", expiry)
        if revoke_first:
            script = b"key 1\nrevkey\ny\n0\n\ny\nsave\n"
            home.run("--no-batch", "--command-fd", "0", "--edit-key", fingerprint, given=script)
        secret = home.run("--export-secret-keys").stdout
        return Person("Sub", "sub@x.example", secret, home.run("--export").stdout)


@cache
def by_a_short_key() -> tuple[bytes, bytes]:
    """An RSA-1024 certificate, which GnuPG still makes, and a message signed by its key."""
    with GpgHome() as home:
        home.run("--quick-generate-key", "Oud <oud@x.example>", "rsa1024", "sign,cert")
        signed = home.run("-z", "0", "--sign", given=report()).stdout
        cert = home.run("--export").stdout
    return cert, signed
