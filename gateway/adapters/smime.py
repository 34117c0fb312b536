"""The S/MIME engine: CMS is read and written by ours, over the primitives of `cryptography`.

The order of opening a mail (RFC 8551, section 3):

1. a signature around the encryption, if there is one (triple wrapping, section 3.7);
2. the encryption, for one of our keys;
3. the signature inside it, over the whole of what was encrypted.

Content leaves this engine only under exactly one valid signature: AES-CBC proves
nothing by itself, and what cannot be proven is not even looked at.  Whatever goes
wrong between the key and that signature is one and the same: not signed.  A
contact who asked us about somebody else's mail, a changed block at a time, would
learn its content from any difference (docs/adr/0026-smime-engine.md).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.cms_envelope import (
    AUTH_ENVELOPED,
    ENVELOPED,
    SIGNED,
    Unproven,
    content_info,
    opened,
    opener,
)
from gateway.adapters.cms_names import loaded
from gateway.adapters.cms_read import SEQUENCE
from gateway.adapters.cms_signed import Signers, judged, signed_data
from gateway.adapters.cms_write import UnusableKeyError, detached_signature, enveloped
from gateway.adapters.mime_entities import Budget
from gateway.adapters.mime_headers import Broken
from gateway.adapters.mime_write import UnwritableError, inner_entity, outer_headers
from gateway.adapters.pgp_packets import Damaged
from gateway.adapters.smime_keys import OwnKeys
from gateway.adapters.smime_mime import Apart, Opaque, sealed_mail, shape, signed_entity
from gateway.adapters.trust import Purpose, TrustMaterial, TrustState, TrustStore
from gateway.adapters.unsealing import Decrypted
from gateway.domain.mail import Signature, SignatureState
from gateway.domain.stops import Hold, Reason, Reject, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from gateway.adapters.cms_envelope import Content
    from gateway.domain.mail import Letter

VALID = SignatureState.VALID
LAYERS_LIMIT = 2  # of signatures below the first; one is refused already
ENCRYPTIONS = frozenset({ENVELOPED, AUTH_ENVELOPED})
STATES: dict[TrustState, SignatureState] = {
    TrustState.GOOD: VALID,
    TrustState.WEAK: SignatureState.WEAK,
    TrustState.EXPIRED: SignatureState.KEY_EXPIRED,
    TrustState.NOT_YET_VALID: SignatureState.NOT_YET_VALID,
    TrustState.REVOKED: SignatureState.KEY_REVOKED,
    TrustState.UNTRUSTED: SignatureState.UNTRUSTED,
    TrustState.WRONG_USE: SignatureState.WRONG_USE,
    TrustState.REVOCATION_UNKNOWN: SignatureState.REVOCATION_UNKNOWN,
}
RECIPIENT_REASONS = {
    TrustState.EXPIRED: Reason.RECIPIENT_KEY_EXPIRED,
    TrustState.REVOKED: Reason.RECIPIENT_KEY_REVOKED,
}


class SmimeEngine:
    """Holds the gateway's unprotected secret keys in memory: the first signs, all of them open.

    `secrets` are PEM, each a private key with its certificates; `certificate` is PEM,
    the first key's own and those that lead to it.  Until `set_trust` nobody is
    trusted.  Raises `UnsupportedKeyError`.
    """

    def __init__(self, secrets: Sequence[bytes], certificate: bytes) -> None:
        self._own = OwnKeys(secrets, certificate)
        self._signers = Signers()
        self._trust = TrustStore(TrustMaterial())

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        """Replace the certificates (DER) that signatures may be attributed to."""
        self._signers = Signers(certificates)

    def set_trust(self, material: TrustMaterial) -> None:
        """Replace what certificates are judged by."""
        self._trust = TrustStore(material)

    def decrypt(self, ciphertext: bytes, at: datetime) -> Decrypted:
        """Open a CMS message, or a multipart/signed around one.

        Raises `Damaged`, `NotForUs`, `Oversize`, `Reject(WEAK_ENCRYPTION)`, and
        `Reject(NOT_ENCRYPTED)` for CMS that is not encrypted at its root.
        """
        message, outside = self._outside(ciphertext, at)
        try:
            content, inside = self._inside(opened(message, self._own.opening), at)
        except Unproven:
            content, inside = b"", ()
        signatures = _one_signer(outside, inside)
        believed = [each.state for each in signatures] == [VALID]
        by = opener(message, self._own.opening)
        return Decrypted(content if believed else b"", signatures, by.fingerprint if by else "")

    def verify(self, content: bytes, signature: bytes, at: datetime) -> tuple[Signature, ...]:
        """Judge each signature in a detached SignedData over `content`.

        One that carries a content of its own is bad: which of the two did it mean?
        """
        try:
            data = signed_data(content_info(signature))
        except Damaged:
            return (Signature(state=SignatureState.BAD),)
        if data.content is not None:
            return (Signature(state=SignatureState.BAD),) * len(data.signers)
        return judged(data, [content], self._signers, self._judge, at)

    def seal(self, letter: Letter) -> bytes:
        """As `gateway.ports.Sealer.seal`; `Retry` while nobody can say whether it is revoked."""
        recipient = self._recipient(letter)
        try:
            payload = inner_entity(letter)
            headers = outer_headers(letter)
        except UnwritableError:
            raise Hold(Reason.SEALING_FAILED) from None
        signature = detached_signature(payload, *self._own.signing)
        try:
            message = enveloped(signed_entity(payload, signature), recipient)
        except UnusableKeyError:
            raise Hold(Reason.RECIPIENT_NO_KEY) from None
        return sealed_mail(headers, message)

    def close(self) -> None:
        """Leave nothing behind."""
        self._signers = Signers()

    def _outside(self, ciphertext: bytes, at: datetime) -> tuple[Content, tuple[Signature, ...]]:
        """The encrypted message, and what is said about a signature around it."""
        layer: Apart | Opaque | None = Opaque(ciphertext)
        if ciphertext[:1] != bytes((SEQUENCE,)):
            layer = _shape(ciphertext)
        elif (message := content_info(ciphertext)).kind in ENCRYPTIONS:
            return message, ()
        elif message.kind != SIGNED:
            raise Reject(Reason.NOT_ENCRYPTED)
        if layer is None:
            raise Damaged
        payload, signatures = self._layer(layer, at)
        found = _shape(payload)
        if not isinstance(found, Opaque):
            raise Reject(Reason.NOT_ENCRYPTED)
        message = content_info(found.message)
        if message.kind not in ENCRYPTIONS:
            raise Reject(Reason.NOT_ENCRYPTED)
        if not signatures:
            raise Damaged
        return message, signatures

    def _inside(self, content: bytes, at: datetime) -> tuple[bytes, tuple[Signature, ...]]:
        """What is under the signatures that cover everything, and those signatures.

        Nothing without a valid one.  Raises `Unproven` for what cannot be read.
        """
        try:
            layer = _shape(content)
            if layer is None:
                return b"", ()
            payload, signatures = self._layer(layer, at)
        except Damaged:
            raise Unproven from None
        if not signatures or any(each.state is not VALID for each in signatures):
            return b"", signatures
        return self._deeper(payload, signatures, at)

    def _deeper(
        self, payload: bytes, found: tuple[Signature, ...], at: datetime
    ) -> tuple[bytes, tuple[Signature, ...]]:
        """Further signatures under valid ones count as well.  Raises `Damaged` for too many."""
        for _ in range(LAYERS_LIMIT):
            try:
                layer = _shape(payload)
            except Damaged:  # the sender's own fault, which the reading of the payload will name
                return payload, found
            if layer is None:
                return payload, found
            payload, more = self._layer(layer, at)
            found += more
        raise Damaged

    def _layer(self, layer: Apart | Opaque, at: datetime) -> tuple[bytes, tuple[Signature, ...]]:
        if isinstance(layer, Apart):
            return layer.payload, self.verify(layer.payload, layer.signature, at)
        data = signed_data(content_info(layer.message))
        if data.content is None:
            return b"", (Signature(state=SignatureState.BAD),) * len(data.signers)
        verdicts = judged(data, data.content, self._signers, self._judge, at)
        return b"".join(data.content), verdicts

    def _judge(
        self, certificate: x509.Certificate, extra: Sequence[x509.Certificate], at: datetime
    ) -> SignatureState:
        return STATES[self._trust.judge(certificate, extra, at, Purpose.SIGN)]

    def _recipient(self, letter: Letter) -> x509.Certificate:
        try:
            certificate = loaded(letter.certificate)
        except ValueError:
            raise Hold(Reason.RECIPIENT_NO_KEY) from None
        state = self._trust.judge(
            certificate, self._own.signing[2], datetime.now(UTC), Purpose.ENCRYPT
        )
        if state is TrustState.REVOCATION_UNKNOWN:
            raise Retry(Reason.UNREACHABLE)
        if state is not TrustState.GOOD:
            raise Hold(RECIPIENT_REASONS.get(state, Reason.RECIPIENT_NO_KEY))
        return certificate


def _shape(content: bytes) -> Apart | Opaque | None:
    try:
        return shape(content, Budget())
    except Broken:
        raise Damaged from None


def _one_signer(
    outside: tuple[Signature, ...], inside: tuple[Signature, ...]
) -> tuple[Signature, ...]:
    """One signature, where the one outside is by who also signed inside; else all of them.

    One that is only outside says nothing about the content.
    """
    if not inside:
        return ()
    everybody = outside + inside
    valid = all(each.state is VALID for each in everybody)
    same = len({each.fingerprint for each in everybody}) == 1
    if len(outside) == len(inside) == 1 and valid and same:
        return inside
    return everybody
