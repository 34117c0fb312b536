"""The in-memory twin of the sealer: the same refusals, an envelope that hides nothing.

For tests and measurements of the walk without cryptography.  A "ciphertext" is
base64 of a JSON object that names its readers and signers; a "signature" is a
digest over the signer's fingerprint and the content, so that a changed content
is noticed as it would be in earnest.  Nobody outside a test is to use it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway.adapters.certificates import CertificateRefusedError
from gateway.adapters.correspondents import protection_of
from gateway.adapters.form_readers import read_form
from gateway.adapters.known import Finding, Known, indexed, judged, known
from gateway.adapters.mime_read import read_outer
from gateway.adapters.mime_write import UnwritableError, inner_entity, outer_headers, outer_mail
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.pgp_packets import Damaged
from gateway.adapters.recipients import Recipients
from gateway.adapters.smime_mime import sealed_mail
from gateway.adapters.trust_purposes import Purpose, TrustState, fitness
from gateway.adapters.unsealing import Decrypted, Engines, unseal
from gateway.adapters.x509_certificates import one_certificate
from gateway.domain.form_reading import form_kind
from gateway.domain.mail import Protection, Signature, SignatureState
from gateway.domain.plans import rewritten
from gateway.domain.stops import Hold, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from gateway.adapters.trust_material import TrustMaterial
    from gateway.domain.form_reading import FormRead
    from gateway.domain.mail import Attachment, Letter, SealedMail, Unsealed
    from gateway.domain.plans import PlanFile
    from gateway.ports import Keyring

BEGIN = b"-----BEGIN TRANSPARENT MESSAGE-----\n"
END = b"-----END TRANSPARENT MESSAGE-----\n"
_UNFIT = {
    TrustState.WEAK: SignatureState.WEAK,
    TrustState.EXPIRED: SignatureState.KEY_EXPIRED,
    TrustState.NOT_YET_VALID: SignatureState.NOT_YET_VALID,
}


def transparent_message(
    inner: bytes, *, reader: bytes, signers: Sequence[bytes], made: datetime | None = None
) -> bytes:
    """`inner` for the owner of certificate `reader`, signed by the owners of `signers`."""
    moment = (made or datetime.now(UTC)).isoformat()
    names = [_fingerprint(each) for each in signers]
    envelope = {
        "reader": _fingerprint(reader),
        "inner": base64.b64encode(inner).decode("ascii"),
        "signatures": [[name, moment, _digest(name, moment, inner)] for name in names],
    }
    text = json.dumps(envelope).encode("ascii")
    whole = hashlib.sha256(text).hexdigest().encode("ascii") + text
    return BEGIN + base64.encodebytes(whole) + END


def read_transparent(mail: bytes) -> bytes:
    """The inner entity of a mail, whoever it is for."""
    return base64.b64decode(_envelope(read_outer(mail).ciphertext)["inner"])


class TransparentEngine:
    """`certificate` is the gateway's own public one."""

    def __init__(self, certificate: bytes) -> None:
        self._certificate = certificate
        self._fingerprint = _fingerprint(certificate)
        self._index: dict[str, list[Known]] = {}
        self._recipients = Recipients()

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        self._index = indexed(certificates)

    def decrypt(self, ciphertext: bytes, at: datetime) -> Decrypted:
        envelope = _envelope(ciphertext)
        if envelope["reader"] != self._fingerprint:
            raise NotForUs([bytes.fromhex(envelope["reader"])])
        inner = base64.b64decode(envelope["inner"])
        found = [self._judged(inner, *each, at=at) for each in envelope["signatures"]]
        return Decrypted(inner, tuple(found), self._fingerprint)

    def _judged(
        self, inner: bytes, name: str, made: str, digest: str, *, at: datetime
    ) -> Signature:
        candidates = self._index.get(name)
        if not candidates:
            return Signature(state=SignatureState.UNKNOWN_KEY)
        finding = Finding(
            issuer=name,
            created=datetime.fromisoformat(made),
            fits=digest == _digest(name, made, inner),
            weak_hash=False,
            digest=digest,
        )
        return judged(candidates[0], finding, at)

    def verify(self, content: bytes, signature: bytes, at: datetime) -> tuple[Signature, ...]:
        """A detached signature in this format does not exist."""
        return (Signature(state=SignatureState.BAD),)

    def seal(self, letter: Letter) -> bytes:
        self._recipients.certificate(letter.certificate)
        try:
            inner = inner_entity(letter)
            message = transparent_message(
                inner, reader=letter.certificate, signers=[self._certificate], made=letter.date
            )
            return outer_mail(letter, message)
        except UnwritableError:
            raise Hold(Reason.SEALING_FAILED) from None

    def close(self) -> None:
        self._index = {}


class TransparentSmimeEngine(TransparentEngine):
    """The same for S/MIME: `certificate` is DER; who issued a certificate is not asked."""

    def __init__(self, certificate: bytes) -> None:
        super().__init__(certificate)
        self._certificates: dict[str, x509.Certificate] = {}

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        self._certificates = {_fingerprint(each): one_certificate(each) for each in certificates}

    def set_trust(self, material: TrustMaterial) -> None:
        """Nothing is judged by it here."""

    def _judged(
        self, inner: bytes, name: str, made: str, digest: str, *, at: datetime
    ) -> Signature:
        found = self._certificates.get(name)
        if found is None:
            return Signature(state=SignatureState.UNKNOWN_KEY)
        created = datetime.fromisoformat(made)
        unfit = fitness(found, at, Purpose.SIGN)
        state = _UNFIT.get(unfit, SignatureState.WRONG_USE) if unfit else SignatureState.VALID
        if state is SignatureState.VALID and digest != _digest(name, made, inner):
            state = SignatureState.BAD
        valid = state is SignatureState.VALID
        return Signature(state=state, fingerprint=name, created=created if valid else None)

    def seal(self, letter: Letter) -> bytes:
        recipient = _recipient(letter.certificate)
        try:
            inner = inner_entity(letter)
            message = transparent_message(
                inner, reader=recipient, signers=[self._certificate], made=letter.date
            )
            return sealed_mail(outer_headers(letter), message)
        except UnwritableError:
            raise Hold(Reason.SEALING_FAILED) from None

    def close(self) -> None:
        self._certificates = {}


def _recipient(certificate: bytes) -> bytes:
    try:
        unfit = fitness(one_certificate(certificate), datetime.now(UTC), Purpose.ENCRYPT)
    except CertificateRefusedError:
        raise Hold(Reason.RECIPIENT_NO_KEY) from None
    if unfit is TrustState.EXPIRED:
        raise Hold(Reason.RECIPIENT_KEY_EXPIRED)
    if unfit is not None:
        raise Hold(Reason.RECIPIENT_NO_KEY)
    return certificate


class MemorySealer:
    """`gateway.ports.Sealer` and `Forms` in this process.

    For the gateway whose certificates are given; `smime` is the one for S/MIME, DER,
    where it has one.
    """

    def __init__(self, certificate: bytes, smime: bytes | None = None) -> None:
        self._engines = Engines(
            openpgp=TransparentEngine(certificate),
            smime=TransparentSmimeEngine(smime) if smime else None,
            signers=_signers(certificate, smime),
        )
        self._keyring: Keyring | None = None

    async def open(
        self, content: bytes, keyring: Keyring, *, at: datetime | None = None
    ) -> Unsealed:
        """As the port says; `at` as in `gateway.adapters.workers.WorkerPool`."""
        if keyring is not self._keyring:
            self._engines.set_keyring(keyring)
            self._keyring = keyring
        return unseal(content, self._engines, at or datetime.now(UTC))

    async def read(self, attachment: Attachment) -> FormRead:
        """As the port says."""
        kind = form_kind(attachment)
        if kind is None:
            raise Reject(Reason.NO_DOCUMENT)
        return read_form(kind, attachment.content)

    async def cleaned(self, attachment: Attachment) -> PlanFile:
        """As the port says."""
        from gateway.adapters.pdf_clean import cleaned  # noqa: PLC0415 - plans are rare

        return rewritten(attachment, cleaned(attachment.content))

    async def seal(self, letter: Letter) -> bytes:
        """The mail alone, as `sealed` makes it."""
        return (await self.sealed(letter)).mail

    async def sealed(self, letter: Letter) -> SealedMail:
        """As the port says."""
        return self._engines.sealed(letter)

    async def close(self) -> None:
        self._engines.close()


def _signers(certificate: bytes, smime: bytes | None) -> dict[Protection, str]:
    own = {Protection.OPENPGP: certificate, Protection.SMIME: smime}
    return {protection: _fingerprint(each) for protection, each in own.items() if each}


def _envelope(ciphertext: bytes) -> dict[str, Any]:
    start, end = ciphertext.find(BEGIN.strip()), ciphertext.find(END.strip())
    try:
        whole = base64.b64decode(ciphertext[start + len(BEGIN) : end])
        digest, text = whole[:64], whole[64:]
        if start < 0 or end < 0 or hashlib.sha256(text).hexdigest().encode() != digest:
            raise Damaged
        envelope: dict[str, Any] = json.loads(text)
    except ValueError:
        raise Damaged from None
    return envelope


def _digest(name: str, made: str, inner: bytes) -> str:
    return hashlib.sha256(f"{name} {made} ".encode() + inner).hexdigest()


@lru_cache(maxsize=1000)
def _fingerprint(certificate: bytes) -> str:
    if protection_of(certificate) is Protection.SMIME:
        return hashlib.sha256(certificate).hexdigest().upper()
    found = known(certificate)
    if found is None:
        raise ValueError("not a certificate")
    return found.fingerprint
