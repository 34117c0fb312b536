"""Which held reports walk again by themselves, because what they wait for has changed.

A report that waits for nothing but a key goes by itself once two people have
confirmed one, and one about somebody who asked for restriction once that is lifted.
A report that may no longer be shared at all is refused by itself.
Everything else waits for a person, and nothing that changes lets it pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.policy import Effect
from gateway.domain.restricting import RESTRAINED
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.policy import Verdict

# A key of the recipient's (12.5), or the lifting of a restriction (AVG 18, 21).
FOR_A_FACT = RESTRAINED | {
    Reason.RECIPIENT_NO_KEY,
    Reason.RECIPIENT_KEY_EXPIRED,
    Reason.RECIPIENT_KEY_REVOKED,
}
# A mail that has walked this often by itself waits for the officer, whatever else changes.
MOST_WALKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A held report of a held mail, with the facts that it was held on.

    `round` is that of the mail; `dossier_id` is empty while the person is not
    proven.  `digest` is that of the facts; None where none was kept.
    """

    trace: str
    round: int
    number: int
    sender_id: str
    dossier_id: str
    reasons: tuple[Reason, ...]
    digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A resting report whose facts were read at this revision, and hold until then."""

    resting: Resting
    revision: int
    until: datetime | None


def waits_for_a_fact(reasons: Iterable[Reason]) -> bool:
    """Whether nothing is in the way that a person has to look at this report for."""
    found = frozenset(reasons)
    return bool(found) and found <= FOR_A_FACT


def walks(resting: Resting, digest: str, outlook: Verdict) -> bool:
    """Whether this report has reason to walk again by itself.

    `digest` is that of the facts as they are now, `outlook` what the table in
    force says of them.  While the facts are those it was held on, walking again
    would end in the same place, so it does not.
    """
    if resting.digest == digest:
        return False
    if outlook.effect is Effect.REJECT:
        return True
    return waits_for_a_fact(resting.reasons) and outlook.effect is Effect.ADMIT
