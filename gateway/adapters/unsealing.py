"""Opening one mail with the engine of its protection: the order of steps, and each failure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from gateway.adapters.gateway_secrets import OwnNames
from gateway.adapters.key_names import holder_of
from gateway.adapters.mime_read import (
    attachments,
    protected_headers,
    read_inner,
    read_outer,
    words,
)
from gateway.adapters.not_a_report import no_report
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.pgp_packets import Damaged, Oversize
from gateway.domain.mail import (
    Attachment,
    Protection,
    SealedMail,
    Signature,
    SignatureState,
    Unsealed,
)
from gateway.domain.stops import Hold, Reason, Reject, Retry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.adapters.mime_read import Inner, Outer
    from gateway.adapters.trust_material import TrustMaterial
    from gateway.domain.mail import Headers, Letter
    from gateway.ports import Keyring


@dataclass(frozen=True, slots=True, repr=False)
class Decrypted:
    """Content of a message with the verdict on each signature around it (combined form).

    `opened_by` is the fingerprint of the gateway's key that opened it, as in `Unsealed`.
    """

    content: bytes
    signatures: tuple[Signature, ...]
    opened_by: str = ""


class Engine(Protocol):
    """One implementation of a protection with the gateway's keys; runs inside a worker.

    A sender's key counts as expired when it was expired at the moment `at`
    (the mail's arrival, normally now) or when the signature was made.
    """

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        """Replace the certificates that signatures may be attributed to."""

    def decrypt(self, ciphertext: bytes, at: datetime) -> Decrypted:
        """Open a message: armored, or DER of S/MIME.  Raises `Damaged`, `NotForUs`, `Oversize`."""

    def verify(self, content: bytes, signature: bytes, at: datetime) -> tuple[Signature, ...]:
        """Judge each signature in a detached one (armored, or DER) over `content`."""

    def seal(self, letter: Letter) -> bytes:
        """As `gateway.ports.Sealer.seal`."""

    def close(self) -> None:
        """Leave nothing behind."""


class CertificateEngine(Engine, Protocol):
    """An engine that believes a certificate only with its path and revocation (S/MIME)."""

    def set_trust(self, material: TrustMaterial) -> None:
        """Replace what certificates are judged by."""


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine of each protection; None where the gateway has no key for it.

    `signers` are the fingerprints of the keys that they sign with, `others` the names of
    keys of ours that open nothing here.
    """

    openpgp: Engine | None = None
    smime: CertificateEngine | None = None
    signers: Mapping[Protection, str] = field(default_factory=dict)
    others: OwnNames = field(default_factory=OwnNames)

    def of(self, protection: Protection) -> Engine | None:
        """The engine of this protection."""
        return self.openpgp if protection is Protection.OPENPGP else self.smime

    def set_keyring(self, keyring: Keyring) -> None:
        """Each engine gets the certificates of its own kind."""
        if self.openpgp is not None:
            self.openpgp.set_keyring(keyring.certificates)
        if self.smime is not None:
            self.smime.set_keyring(keyring.x509)

    def sealed(self, letter: Letter) -> SealedMail:
        """As `gateway.ports.Sealer.sealed`, with the protection of the recipient's key."""
        engine = self.of(letter.protection)
        if engine is None:
            raise Hold(Reason.RECIPIENT_NO_KEY)
        return SealedMail(
            mail=engine.seal(_with_print(letter)),
            by=self.signers.get(letter.protection, ""),
            to=holder_of(letter.certificate, letter.protection),
        )

    def close(self) -> None:
        """Leave nothing behind."""
        for engine in (self.openpgp, self.smime):
            if engine is not None:
                engine.close()


def _with_print(letter: Letter) -> Letter:
    """What goes with it on paper, set: here, where a process is bounded and may be lost."""
    if letter.paper is None:
        return letter
    from gateway.adapters.typeset import printed  # noqa: PLC0415 - only who prints waits for it

    pdf = Attachment(
        name=letter.paper.name, media_type="application/pdf", content=printed(letter.paper)
    )
    return replace(letter, attachments=(*letter.attachments, pdf), paper=None)


_NO_ENGINE = {
    Protection.OPENPGP: Reason.OPENPGP_NOT_CONFIGURED,
    Protection.SMIME: Reason.SMIME_NOT_CONFIGURED,
}


def _outer(content: bytes) -> Outer:
    try:
        return read_outer(content)
    except Reject as stop:
        # In the clear: refused, unless it was never meant for reading.
        raise no_report(content) or stop from None


def unseal(content: bytes, engines: Engines, at: datetime) -> Unsealed:
    """Open one mail.  Raises as `gateway.ports.Sealer.open`.

    The outer shape says which engine; nothing is tried.  Where no signature is
    valid, neither attachments nor protected headers leave this function: nobody
    stands behind them.
    """
    outer = _outer(content)
    del content
    engine = engines.of(outer.protection)
    if engine is None:
        raise Reject(_NO_ENGINE[outer.protection])
    message = _decrypted(engine, outer.ciphertext, at, engines.others)
    inner = read_inner(message.content, outer.protection)
    signatures = message.signatures
    if inner.signature is not None:
        signatures += engine.verify(inner.signed_bytes(), inner.signature, at)
    believed = any(each.state is SignatureState.VALID for each in signatures)
    return Unsealed(
        protection=outer.protection,
        outer=outer.headers,
        protected=protected_headers(inner) if believed else None,
        signatures=signatures,
        attachments=attachments(inner) if believed else (),
        opened_by=message.opened_by,
        words=_words(inner, outer.headers) if believed else "",
    )


def _words(inner: Inner, outer: Headers) -> str:
    """What people write to us in a report is read nowhere; what they answer, by a person."""
    protected = protected_headers(inner)
    return words(inner) if (protected or outer).answers else ""


def _decrypted(engine: Engine, ciphertext: bytes, at: datetime, others: OwnNames) -> Decrypted:
    names: frozenset[str]
    try:
        return engine.decrypt(ciphertext, at)
    except NotForUs as stop:
        names = stop.names
    except Damaged:
        raise Reject(Reason.DAMAGED) from None
    except (Oversize, MemoryError):
        raise Hold(Reason.OPENER_LIMIT) from None
    if names & others.absent:
        raise Retry(Reason.OWN_KEY_ABSENT)
    raise Reject(Reason.OWN_KEY_CLOSED if names & others.closed else Reason.NOT_FOR_US)
