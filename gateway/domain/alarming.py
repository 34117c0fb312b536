"""Which reasons concern security, and as what they are on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.audit import Action
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

# Reasons that concern security, and which action tells of them; the others are everyday work.
ALARMING: Final[Mapping[Reason, Action]] = {
    Reason.NOT_ENCRYPTED: Action.NOT_ENCRYPTED,
    Reason.PARTLY_ENCRYPTED: Action.NOT_ENCRYPTED,
    Reason.INLINE_PGP: Action.NOT_ENCRYPTED,
    Reason.NOT_SIGNED: Action.SIGNATURE_REFUSED,
    Reason.BAD_SIGNATURE: Action.SIGNATURE_REFUSED,
    Reason.WEAK_SIGNATURE: Action.SIGNATURE_REFUSED,
    Reason.SEVERAL_SIGNATURES: Action.SIGNATURE_REFUSED,
    Reason.KEY_EXPIRED: Action.SIGNATURE_REFUSED,
    Reason.KEY_REVOKED: Action.SIGNATURE_REFUSED,
    Reason.NOT_YET_VALID: Action.SIGNATURE_REFUSED,
    Reason.UNTRUSTED: Action.SIGNATURE_REFUSED,
    Reason.WRONG_USE: Action.SIGNATURE_REFUSED,
    Reason.SIGNATURE_DATE: Action.SIGNATURE_REFUSED,
    Reason.NOT_A_SIGNING_KEY: Action.SIGNATURE_REFUSED,
    Reason.NOT_INTENDED: Action.SENDER_MISMATCH,
    Reason.DATES_DIFFER: Action.SENDER_MISMATCH,
    Reason.UNKNOWN_SIGNER: Action.UNKNOWN_SIGNER,
    Reason.UNREGISTERED_SENDER: Action.UNKNOWN_SIGNER,
    Reason.SEVERAL_FROM: Action.SENDER_MISMATCH,
    Reason.FROM_MISMATCH: Action.SENDER_MISMATCH,
    Reason.REPLAYED: Action.REPLAY_REFUSED,
    Reason.OPENER_LIMIT: Action.OPENER_KILLED,
    Reason.OTHER_PROVIDER: Action.STRANGERS_REPORT,
    Reason.SENDER_NOT_DESIGNATED: Action.STRANGERS_REPORT,
}
