"""The default engine: Sequoia signs, encrypts and verifies; the container is opened by ours.

Each signature packet is verified on its own over the literal's content, so
that two signatures are two verdicts, and each has its own date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pysequoia
from pysequoia import ArmorKind, Cert, Sig, Tsk
from pysequoia.packet import HashAlgorithm, PacketPile

from gateway.adapters import pgp_post_quantum
from gateway.adapters.certificates import SECRET_TAGS, components
from gateway.adapters.known import Known, found, indexed, judged
from gateway.adapters.mime_write import UnwritableError, inner_entity, outer_mail
from gateway.adapters.pgp_container import (
    SecretSubkey,
    UnsupportedKeyError,
    opened_with,
    secret_subkey,
)
from gateway.adapters.pgp_packets import (
    PKESK,
    Damaged,
    algorithm,
    dearmored,
    framed,
    packets,
    sealed,
    signature_packets,
    signed,
)
from gateway.adapters.pgp_signature import claims
from gateway.adapters.recipients import Recipients
from gateway.adapters.unsealing import Decrypted
from gateway.domain.mail import Signature, SignatureState
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.mail import Letter

WEAK_HASHES = (HashAlgorithm.MD5, HashAlgorithm.SHA1, HashAlgorithm.RipeMD)


class SequoiaEngine:
    """Holds the gateway's unprotected secret keys in memory: the first signs, all of them open.

    Raises `UnsupportedKeyError` when a key is protected or cannot decrypt or sign.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._owners = {
            key: str(Tsk.from_bytes(each).extract_certificate().fingerprint).upper()
            for each in secrets
            for key in _decryption_keys(each)
        }
        tsk = Tsk.from_bytes(secrets[0])
        self._signer = tsk.signer()
        self._own = tsk.extract_certificate()
        certificates = [Tsk.from_bytes(each).extract_certificate() for each in secrets]
        self._own_names = frozenset(
            each.fingerprint for cert in certificates for each in components(bytes(cert))
        )
        self._index: dict[str, list[Known]] = {}
        self._recipients = Recipients(post_quantum=True)
        self._wants_version_2: set[str] = set()

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        self._index = indexed(certificates)

    def decrypt(self, ciphertext: bytes, at: datetime) -> Decrypted:
        plain, key = opened_with(sealed(dearmored(ciphertext)), self._owners)
        message = signed(plain)
        verdicts = [self._judged(message.content, each, at) for each in message.signatures]
        return Decrypted(message.content, tuple(verdicts), self._owners[key])

    def verify(self, content: bytes, signature: bytes, at: datetime) -> tuple[Signature, ...]:
        try:
            packed = signature_packets(signature)
        except Damaged:
            return (Signature(state=SignatureState.BAD),)
        return tuple(self._judged(content, each, at) for each in packed)

    def _judged(self, content: bytes, packet: bytes, at: datetime) -> Signature:
        try:
            sig, said = Sig.from_bytes(packet), claims(packet)
        except (Damaged, RuntimeError, ValueError):
            return Signature(state=SignatureState.BAD)
        issuer = (sig.issuer_fingerprint or sig.issuer_key_id or "").upper()
        candidates = self._index.get(issuer, [])
        if not candidates:
            return Signature(state=SignatureState.UNKNOWN_KEY)
        signer, key = _signer(content, sig, candidates)
        finding = found(
            said,
            content,
            self._own_names,
            issuer=key or issuer,
            fits=signer is not None,
            weak=sig.hash_algorithm in WEAK_HASHES,
        )
        return judged(signer or candidates[0], finding, at)

    def seal(self, letter: Letter) -> bytes:
        cert = self._recipients.certificate(letter.certificate)
        try:
            armored = self._encrypted(inner_entity(letter), cert)
            return outer_mail(letter, armored)
        except UnwritableError:
            raise Hold(Reason.SEALING_FAILED) from None

    def close(self) -> None:
        self._index = {}

    def _encrypted(self, inner: bytes, cert: Cert) -> bytes:
        """Signed and encrypted, in the container that every reader knows (version 1).

        A certificate made by Sequoia asks for version 2, which the GnuPG 2.2 that
        its owner may use cannot read.  Encrypting to a second certificate that
        does not ask for it brings version 1; its session key packet is then left
        out again, so that the message is for the recipient alone.  Who has a
        post-quantum key has a program that knows version 2.
        """
        alone = cert.fingerprint not in self._wants_version_2
        message = self._message(inner, [cert] if alone else [cert, self._own])
        if alone and _needs_version_1(message):
            self._wants_version_2.add(cert.fingerprint)
            message = self._message(inner, [cert, self._own])
            alone = False
        if not alone:
            message = _for_first_recipient(message)
        return pysequoia.armor(message, ArmorKind.Message).encode("ascii")

    def _message(self, inner: bytes, recipients: list[Cert]) -> bytes:
        try:
            return pysequoia.encrypt(inner, recipients=recipients, signer=self._signer, armor=False)
        except (RuntimeError, ValueError):
            raise Hold(Reason.RECIPIENT_NO_KEY) from None


def _decryption_keys(secret: bytes) -> tuple[SecretSubkey, ...]:
    cert = bytes(Tsk.from_bytes(secret).extract_certificate())
    encrypting = {each.fingerprint for each in components(cert) if each.encrypts}
    keys = [
        secret_subkey(packet.body, bytes.fromhex(packet.fingerprint))
        for packet in PacketPile.from_bytes(secret)
        if packet.tag in SECRET_TAGS and packet.fingerprint.upper() in encrypting
    ]
    if not keys:
        raise UnsupportedKeyError("no decryption key in it")
    return tuple(keys)


def _signer(content: bytes, sig: Sig, candidates: list[Known]) -> tuple[Known | None, str]:
    """Whose signature it is, if it fits, and the fingerprint of the key that made it.

    A signature may name several keys of one certificate: the one that it fits is judged.
    """
    certs = [each.cert for each in candidates]
    try:
        result = pysequoia.verify(bytes=content, store=lambda _: certs, signature=sig)
    except (RuntimeError, ValueError):
        return None, ""
    made = {str(each.certificate).upper(): str(each.signing_key) for each in result.valid_sigs}
    signer = next((each for each in candidates if each.fingerprint in made), None)
    return (signer, made[signer.fingerprint].upper()) if signer else (None, "")


def _needs_version_1(message: bytes) -> bool:
    found = sealed(message)
    algorithms = {algorithm(each) for each in found.session_keys}
    return found.container[0] == 2 and pgp_post_quantum.ALGORITHM not in algorithms


def _for_first_recipient(message: bytes) -> bytes:
    every = list(packets(message))
    first = next(each for each in every if each.tag == PKESK)
    return framed(PKESK, first.body) + framed(every[-1].tag, every[-1].body)
