"""12.5: was it secured, and by whom?  A signature is not an identity until it is pinned to one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.mail import Headers, Signature, SignatureState, Unsealed, same_address
from gateway.domain.parties import KeyState
from gateway.domain.stages import Opened
from gateway.domain.stops import Hold, Reason, Reject, Retry
from gateway.pipeline.reading import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.parties import Contact
    from gateway.domain.stages import RawMail
    from gateway.pipeline.gate import Gate

# A mail server may keep trying for five days (RFC 5321, 4.5.4.1); a weekend more for people.
OLDEST_SIGNATURE = timedelta(days=7)
CLOCK_SKEW = timedelta(minutes=15)
# Written, signed and put on the way by one program at one moment; a day for a draft that lay
# in an outbox and for clocks set to another time zone.
DATES_APART = timedelta(days=1)

_REFUSED: dict[SignatureState, Reason] = {
    SignatureState.BAD: Reason.BAD_SIGNATURE,
    SignatureState.WEAK: Reason.WEAK_SIGNATURE,
    SignatureState.MEANT_FOR_ANOTHER: Reason.NOT_INTENDED,
    SignatureState.EXPIRED: Reason.SIGNATURE_DATE,
    SignatureState.NOT_A_SIGNING_KEY: Reason.NOT_A_SIGNING_KEY,
    SignatureState.KEY_EXPIRED: Reason.KEY_EXPIRED,
    SignatureState.KEY_REVOKED: Reason.KEY_REVOKED,
    SignatureState.UNKNOWN_KEY: Reason.UNKNOWN_SIGNER,
    SignatureState.NOT_YET_VALID: Reason.NOT_YET_VALID,
    SignatureState.UNTRUSTED: Reason.UNTRUSTED,
    SignatureState.WRONG_USE: Reason.WRONG_USE,
}
_NOT_REFUSED = frozenset({SignatureState.VALID, SignatureState.REVOCATION_UNKNOWN})


async def opening(raw: RawMail, gate: Gate) -> Opened:
    """The mail decrypted, with the one registered contact who signed it, for the first time."""
    opened = await opening_again(raw, gate)
    if await gate.registry.opened_before(opened.signed, raw):
        raise Reject(Reason.REPLAYED)
    return opened


async def opening_again(raw: RawMail, gate: Gate) -> Opened:
    """The same for somebody who asks about a mail, which may well have been here before."""
    if raw.oversize:
        raise Hold(Reason.TOO_LARGE)
    keyring = await gate.registry.keyring()
    unsealed = await gate.sealer.open(raw.content, keyring, at=raw.instant)
    signature = _the_one(unsealed.signatures)
    holders = await gate.registry.holders(signature.fingerprint, raw.instant)
    if len(holders) != 1:
        raise Reject(Reason.UNREGISTERED_SENDER)
    _prove(unsealed, signature, holders[0], raw.instant)
    signed_at = _near(signature.created, raw.received_at)
    _prove_dates(unsealed, signed_at)
    _prove_intended(unsealed, signature, gate.addresses)
    files = await reading(unsealed.attachments, gate)  # only of a sender who is proven
    return Opened(
        raw=raw,
        sender=holders[0],
        protection=unsealed.protection,
        signed_at=signed_at,
        signed=signature.digest,
        message_id=(unsealed.protected or unsealed.outer).message_id,
        attachments=unsealed.attachments,
        automatic=any(each and each.automatic for each in (unsealed.outer, unsealed.protected)),
        opened_by=unsealed.opened_by,
        reply=any(each and each.reply for each in (unsealed.outer, unsealed.protected)),
        words=unsealed.words,
        answers=(unsealed.protected or unsealed.outer).answers,
        form=files.form,
        form_file=files.form_file,
        plans=files.plans,
    )


def _the_one(signatures: tuple[Signature, ...]) -> Signature:
    if not signatures:
        raise Reject(Reason.NOT_SIGNED)
    refused = [_REFUSED[found.state] for found in signatures if found.state not in _NOT_REFUSED]
    if len(signatures) > 1:
        raise Reject(Reason.SEVERAL_SIGNATURES, *refused)
    if refused:
        raise Reject(*refused)
    if signatures[0].state is SignatureState.REVOCATION_UNKNOWN:
        # A list that did not come in is nobody's fault here; it may be there in a moment.
        raise Retry(Reason.REVOCATION_UNKNOWN)
    return signatures[0]


def _prove(unsealed: Unsealed, signature: Signature, holder: Contact, instant: datetime) -> None:
    for headers in (unsealed.outer, unsealed.protected):
        if headers is not None:
            _prove_from(headers, holder)
    state = holder.key_state(instant)
    if state is KeyState.REVOKED:
        raise Reject(Reason.KEY_REVOKED)
    if state is not KeyState.READY or holder.key is None:
        raise Reject(Reason.KEY_EXPIRED)
    if holder.key.fingerprint != signature.fingerprint:
        raise Reject(Reason.UNKNOWN_SIGNER)


def _prove_from(headers: Headers, holder: Contact) -> None:
    if len(headers.from_) > 1:
        raise Reject(Reason.SEVERAL_FROM)
    # Sender names who sent it for somebody else; a contact sends their own mail (12.5).
    named = (*headers.from_, *headers.sender)
    if not headers.from_ or not all(same_address(each, holder.address) for each in named):
        raise Reject(Reason.FROM_MISMATCH)


def _prove_dates(unsealed: Unsealed, signed_at: datetime) -> None:
    """The protected Date is the one that counts; the outer one and the signature's must agree."""
    date = unsealed.protected.date if unsealed.protected else None
    if date is None:
        return
    others = [signed_at] if unsealed.outer.date is None else [signed_at, unsealed.outer.date]
    if any(abs(date - other) > DATES_APART for other in others):
        raise Reject(Reason.DATES_DIFFER)


def _prove_intended(unsealed: Unsealed, signature: Signature, addresses: Sequence[str]) -> None:
    """Whether its author meant it for us, and not somebody who then encrypted it on to us.

    The signature's own word decides (where it names others it did not come this far), then
    what the protected headers say.  Where neither says anything (GnuPG 2.2 without header
    protection), the outer address is all there is.
    """
    protected = unsealed.protected
    if protected is not None and protected.in_the_clear:
        raise Reject(Reason.NOT_ENCRYPTED)
    if signature.meant_for_us:
        return
    named = protected.to if protected and protected.to else unsealed.outer.to
    if not any(same_address(each, own) for each in named for own in addresses):
        raise Reject(Reason.NOT_INTENDED)


def _near(created: datetime | None, received: datetime) -> datetime:
    if created is None or not received - OLDEST_SIGNATURE <= created <= received + CLOCK_SKEW:
        raise Reject(Reason.SIGNATURE_DATE)
    return created
