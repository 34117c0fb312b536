"""Opening one mail with either engine: the order of steps, and what each failure means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.adapters.mime_read import attachments, protected_headers, read_inner, read_outer
from gateway.adapters.not_a_report import no_report
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.pgp_packets import Damaged, Oversize
from gateway.domain.mail import Protection, Signature, SignatureState, Unsealed
from gateway.domain.stops import Hold, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.mime_read import Outer
    from gateway.domain.mail import Letter


@dataclass(frozen=True, slots=True, repr=False)
class Decrypted:
    """Content of a message with the verdict on each signature around it (combined form)."""

    content: bytes
    signatures: tuple[Signature, ...]


class Engine(Protocol):
    """One OpenPGP implementation with the gateway's secret key; runs inside a worker.

    A sender's key counts as expired when it was expired at the moment `at`
    (the mail's arrival, normally now) or when the signature was made.
    """

    def set_keyring(self, certificates: Sequence[bytes]) -> None:
        """Replace the certificates that signatures may be attributed to."""

    def decrypt(self, ciphertext: bytes, at: datetime) -> Decrypted:
        """Open an armored message.  Raises `Damaged`, `NotForUs`, `Oversize`."""

    def verify(self, content: bytes, signature: bytes, at: datetime) -> tuple[Signature, ...]:
        """Judge each packet of an armored detached signature over `content`."""

    def seal(self, letter: Letter) -> bytes:
        """As `gateway.ports.Sealer.seal`."""

    def close(self) -> None:
        """Leave nothing behind."""


def _outer(content: bytes) -> Outer:
    try:
        return read_outer(content)
    except Reject as stop:
        # In the clear: refused, unless it was never meant for reading.
        raise no_report(content) or stop from None


def unseal(content: bytes, engine: Engine, at: datetime) -> Unsealed:
    """Open one mail.  Raises as `gateway.ports.Sealer.open`.

    Where no signature is valid, neither attachments nor protected headers leave
    this function: nobody stands behind them.
    """
    outer = _outer(content)
    del content
    try:
        message = engine.decrypt(outer.ciphertext, at)
    except NotForUs:
        raise Reject(Reason.NOT_FOR_US) from None
    except Damaged:
        raise Reject(Reason.DAMAGED) from None
    except (Oversize, MemoryError):
        raise Hold(Reason.OPENER_LIMIT) from None
    inner = read_inner(message.content)
    signatures = message.signatures
    if inner.signature is not None:
        signatures += engine.verify(inner.signed_bytes(), inner.signature, at)
    believed = any(each.state is SignatureState.VALID for each in signatures)
    return Unsealed(
        protection=Protection.OPENPGP,
        outer=outer.headers,
        protected=protected_headers(inner) if believed else None,
        signatures=signatures,
        attachments=attachments(inner) if believed else (),
    )
